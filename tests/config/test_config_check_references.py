"""Mistakes in what is written of checks: each with its place and what to write."""

from __future__ import annotations

from collections.abc import Callable

import pytest

HEAD = """\
providers: {openai: {api_key: k}}
lanes:
  standard: {deployments: [openai/gpt-5.4-mini]}
  reasoning: {deployments: [openai/gpt-5.5], effort: high}
"""

GOLDEN = {
    "unknown verifier": (
        "verify: [{use: json_shcema}]",
        "5:16: verify[0].use: 'json_shcema' is no verifier. Did you mean 'json_schema'? Known: json_schema, judge, loops, math_answer.",
    ),
    "unknown verifier with options": (
        "verify:\n  - use: [loops, maths: {percent: same}]",
        "6:18: verify[0].use[1].maths: is no verifier. Did you mean 'math_answer'? Known: json_schema, judge, loops, math_answer.",
    ),
    "unknown option": (
        "verify: [{use: {json_schema: {most_of: 3}}}]",
        (
            "5:30: verify[0].use.json_schema: cannot be used: object contains unknown field `most_of`. Options of json_schema: "
            "schema, most."
        ),
    ),
    "an option out of its bounds": (
        "verify: [{use: {json_schema: {most: 0}}}]",
        "5:37: verify[0].use.json_schema.most: '0' cannot be used: expected `int` >= 1. Options of json_schema: schema, most.",
    ),
    "an option that is a list": (
        "verify: [{use: {judge: {deployment: openai/x, rubric: [strict]}}}]",
        "5:55: verify[0].use.judge.rubric: cannot be used: expected `str`",
    ),
    "a needed option": (
        "verify: [{use: judge}]",
        (
            "5:16: verify[0].use: 'judge' has no `deployment`, which judge cannot do without. Write it with its options: "
            "`judge: {deployment: ...}`, or for all uses at `verifiers.judge.options`."
        ),
    ),
    "a provider that is not there": (
        "verify: [{use: {judge: {deployment: opnai/x}}}]",
        "5:37: verify[0].use.judge.deployment: 'opnai/x' names a provider that is not in `providers`. ",
    ),
    "what the verifier itself refuses": (
        "verify: [{use: {judge: {deployment: openai/x, rubric: damn}}}]",
        "5:24: verify[0].use.judge: cannot be used: mind your language. Options of judge: deployment, rubric, own_family.",
    ),
    "no verifier at all": (
        "verify: [{use: []}]",
        "5:16: verify[0].use: names no verifier. Write a verifier's name, `name: {option: value}`, or a list of these.",
    ),
    "a verifier that is configured and is none": (
        "verifiers: {jugde: {timeout: 3s}}",
        "5:13: verifiers.jugde: is no verifier. Did you mean 'judge'? Known: json_schema, judge, loops, math_answer.",
    ),
    "a stand-in that is itself": (
        "verifiers: {loops: {stand_in: loops}}",
        "5:31: verifiers.loops.stand_in: 'loops' is this verifier itself. Write another one, or none.",
    ),
    "a stand-in that is not there": (
        "verifiers: {judge: {stand_in: jury}}",
        "5:31: verifiers.judge.stand_in: 'jury' is no verifier. Known: json_schema, judge, loops, math_answer.",
    ),
    "a ladder of one": (
        "routing: {escalate: standard}",
        "5:11: routing.escalate: has one lane, from which there is nowhere to climb. Add the next one, or remove it.",
    ),
    "a lane that is not there": (
        "routing: {escalate: [standard, reasoing]}",
        "5:32: routing.escalate[1]: 'reasoing' is not a lane of this file. Did you mean 'reasoning'? Known: reasoning, standard.",
    ),
    "a lane twice": (
        "routing: {escalate: [standard, reasoning, standard]}",
        "5:43: routing.escalate[2]: 'standard' is in the ladder twice. Keep one of the two.",
    ),
    "a person in the middle": (
        "routing: {escalate: [standard, human, reasoning]}",
        "5:39: routing.escalate[2]: 'reasoning' comes after human, who decides for good. Let human be the last one.",
    ),
    "a condition on a profile that is not there": (
        "verify: [{when: {profile: [chatbto]}, use: loops}]",
        "5:28: verify[0].when.profile[0]: 'chatbto' is no profile. Did you mean 'chatbot'? Known: chatbot.",
    ),
}


@pytest.mark.parametrize(("text", "told"), GOLDEN.values(), ids=GOLDEN)
def test_a_mistake_is_told_with_its_place_and_its_remedy(
    refused: Callable[..., list[str]], text: str, told: str
) -> None:
    (line,) = refused(f"{HEAD}{text}\n")
    assert line.removeprefix("lanewise.yaml:").startswith(told)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ("strategy: vote, stream: released", "lanes.standard.stream"),
        ("samples: 3", "lanes.standard.samples"),
        ("strategy: draft, samples: 3", "lanes.standard.samples"),
        ("repairs: 5", "lanes.standard.repairs"),
        ("verify: [nobody]", "lanes.standard.verify[0]"),
        ("strategy: gess", "lanes.standard.strategy"),
        ("strategy: search, stream: released", "lanes.standard.stream"),
        ("search: {width: 2}", "lanes.standard.search"),
        ("strategy: search, search: {judge: loops}", "lanes.standard.search.judge"),
        ("strategy: search, search: {judge: [math_answer, nobody]}", "lanes.standard.search.judge[1]"),
        ("strategy: search, search: {depth: 0}", "lanes.standard.search.depth"),
    ],
)
def test_settings_of_a_lane_that_mean_nothing_are_told(
    refused: Callable[..., list[str]], settings: str, key: str
) -> None:
    (line,) = refused(f"providers: {{openai: {{}}}}\nlanes: {{standard: {{deployments: [openai/a], {settings}}}}}\n")
    assert f": {key}: " in line
