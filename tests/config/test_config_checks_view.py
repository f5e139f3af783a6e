from __future__ import annotations

from collections.abc import Callable

from lanewise.config.checks_view import checks_of, view_checks
from lanewise.config.load import Loaded
from lanewise.core.plan import Plan, Rung

TEXT = """\
providers: {openai: {api_key: k}}
lanes:
  standard: {deployments: [openai/gpt-5.4-mini], verify: json_schema, all_checks: true}
  other: {deployments: [openai/gpt-5.4-mini], strategy: vote}
  deep:
    deployments: [openai/gpt-5.5]
    strategy: search
    search: {depth: 4, judge: [math_answer, judge: {deployment: openai/gpt-5.4-mini}]}
  reasoning: {deployments: [openai/gpt-5.5], effort: high, stream: released}
routing: {escalate: [standard, reasoning]}
verify:
  - when: {task: sums}
    use: [math_answer, judge: {deployment: openai/gpt-5.5}]
irreversible_tools: [refund]
"""


def test_everything_that_is_made_sure_of_is_said(read: Callable[..., Loaded]) -> None:
    shown = view_checks(read(TEXT).policy)
    assert shown.rules == (
        "1. When the task is sums: math_answer (calculation, 10s), then judge (model, 30s, loops while it is down).",
    )
    assert shown.lanes == (
        "standard: own checks json_schema (reading, 10s), all checks asked, at most 2 repairs, streams held until the verdict",
        "other: vote of 5, at most 0 repairs, streams held until the verdict",
        (
            "deep: search over at most 4 steps (3 tried after each, the best 2 carried on, 26 calls for steps and answers), judged by "
            "math_answer (calculation, 10s), then judge (model, 30s), at most 0 repairs, streams held until the verdict"
        ),
        "reasoning: by default loops (reading, 10s), at most 2 repairs, streams shown at once, the verdict at their end",
    )
    assert shown.tasks == ("math_answer (calculation, 10s): sums",)
    assert shown.ladder.startswith("standard → reasoning, where an answer is rejected, its model is below 75% sure")
    assert "not calibrated" in shown.ladder
    assert shown.tools.startswith("calls of refund are handed out only after")


def test_one_request_s_checks_are_said(read: Callable[..., Loaded]) -> None:
    policy = read(TEXT).policy
    first, later = policy.lanes["standard"], policy.lanes["reasoning"]
    rungs = (Rung(lane=first, checks=first.checks), Rung(lane=later, checks=first.checks, held=False))
    assert checks_of(Plan(rungs=rungs, reason="default", weighed=True)) == (
        "standard: json_schema (reading, 10s); then reasoning: json_schema (reading, 10s), shown before the verdict"
    )
    assert checks_of(Plan(rungs=rungs[:1], reason="default")) == "nothing: its answer is given as it comes"
