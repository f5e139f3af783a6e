"""Checks as values: what is written, what stands in, and what holds where nothing is written."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from config.made_up import JudgeOptions, NoOptions, SchemaOptions
from lanewise.config.build_checks import USUAL_CALLS
from lanewise.config.load import Loaded
from lanewise.core.policy import Condition, Policy

HEAD = """\
providers: {openai: {api_key: k}}
lanes:
  standard: {deployments: [openai/gpt-5.4-mini]LANE}
  reasoning: {deployments: [openai/gpt-5.5], effort: high}
"""


@pytest.fixture
def built(read: Callable[..., Loaded]) -> Callable[..., Policy]:
    def built(text: str = "", lane: str = "") -> Policy:
        return read(HEAD.replace("LANE", lane) + text).policy

    return built


def test_rules_hold_their_checks_the_cheapest_first(built: Callable[..., Policy]) -> None:
    policy = built(
        "verify:\n"
        "  - when: {task: sums}\n"
        "    use:\n"
        "      - judge: {deployment: openai/gpt-5.4-nano, rubric: short}\n"
        "      - json_schema: {most: 3, schema: {type: object, maxProperties: 2, required: ['5']}}\n"
        "      - loops\n"
        "  - use: math_answer\n"
    )
    first, second = policy.verification.rules
    assert first.when == Condition(task=("sums",))
    assert [check.verifier for check in first.checks] == ["json_schema", "loops", "judge"]
    schema, loops, judge = first.checks
    assert isinstance(schema.options, SchemaOptions)
    assert schema.options.most == 3
    assert schema.options.schema is not None
    assert schema.options.schema["maxProperties"] == 2
    assert loops.options == NoOptions()
    assert isinstance(judge.options, JudgeOptions)
    assert judge.options.deployment is policy.deployments["openai/gpt-5.4-nano"]
    assert (schema.timeout_s, judge.timeout_s, schema.why) == (10.0, 30.0, "verify[0]")
    assert judge.stand_in is not None
    assert judge.stand_in.verifier == "loops"
    assert second.when == Condition()


def test_a_model_that_only_a_verifier_asks_can_have_a_price(built: Callable[..., Policy]) -> None:
    policy = built(
        "verify: [{use: {judge: {deployment: openai/gpt-5.4-nano}}}]\nprices: {openai/gpt-5.4-nano: {input: $1, output: $2}}\n"
    )
    prices = policy.deployments["openai/gpt-5.4-nano"].prices
    assert prices is not None
    assert prices.source == "operator"


def test_what_is_written_of_a_verifier_holds_wherever_it_is_used(built: Callable[..., Policy]) -> None:
    policy = built(
        "verifiers: {judge: {timeout: 5s, stand_in: none, options: {deployment: openai/gpt-5.5, rubric: long}}}\n"
        "verify: [{use: [judge]}, {use: {judge: {rubric: short}}}]\n"
    )
    (usual,), (own,) = (rule.checks for rule in policy.verification.rules)
    assert (usual.timeout_s, usual.stand_in, usual.options.rubric) == (5.0, None, "long")  # type: ignore[attr-defined]
    assert own.options.rubric == "short"  # type: ignore[attr-defined]
    assert own.options.deployment.model == "gpt-5.5"  # type: ignore[attr-defined]
    assert [check.verifier for check in policy.verification.of_tasks["proof"]] == ["judge"]


def test_defaults_are_there_as_far_as_their_verifiers_need_nothing(built: Callable[..., Policy]) -> None:
    verification = built().verification
    assert verification.rules == ()
    assert {task: check.written for task, (check,) in verification.of_tasks.items()} == {"sums": False}
    assert [check.verifier for check in verification.of_thinking] == ["loops"]
    assert verification.expected is not None
    assert (verification.expected.verifier, verification.expected.written) == ("math_answer", True)
    assert verification.tests is None  # no such verifier is there
    assert verification.tool_calls is not None


def test_a_lane_has_checks_of_its_own(built: Callable[..., Policy]) -> None:
    lane = built(lane=", verify: [loops, math_answer], repairs: 1, stream: released, all_checks: true").lanes[
        "standard"
    ]
    assert [(check.verifier, check.why) for check in lane.checks] == [
        ("loops", "lanes.standard"),
        ("math_answer", "lanes.standard"),
    ]
    assert (lane.repairs, lane.stream, lane.makes_sure, lane.all_checks) == (1, "released", True, True)


@pytest.mark.parametrize(
    ("lane", "samples", "repairs"),
    [
        ("", 1, 2),
        (", strategy: draft", 1, 2),
        (", strategy: vote", 5, 0),
        (", strategy: best_of_n", 3, 0),
        (", strategy: vote, samples: 7, repairs: 1", 7, 1),
    ],
)
def test_samples_and_repairs_follow_the_strategy(
    built: Callable[..., Policy], lane: str, samples: int, repairs: int
) -> None:
    made = built(lane=lane).lanes["standard"]
    assert (made.samples, made.repairs) == (samples, repairs)


@pytest.mark.parametrize(
    ("text", "lane", "calls"),
    [
        ("", "", USUAL_CALLS),
        ("verify: [{use: loops}]\n", "", USUAL_CALLS + 2),
        ("", ", strategy: vote", USUAL_CALLS + 4),
        ("verify: [{use: loops}]\nrouting: {escalate: [standard, reasoning]}\n", "", USUAL_CALLS + 5),
        ("", ", strategy: vote, samples: 90", 60),
        ("limits: {max_calls: 3}\n", ", strategy: vote", 3),
    ],
)
def test_one_request_may_make_as_many_calls_as_the_policy_s_own_wishes_need(
    built: Callable[..., Policy], text: str, lane: str, calls: int
) -> None:
    assert built(text, lane).amplification.max_calls == calls


def test_the_ladder_and_its_thresholds_are_read(built: Callable[..., Policy]) -> None:
    routing = built("routing: {escalate: [standard, reasoning, human], thresholds: {writing: 10%}}\n").routing
    assert routing.escalate == ("standard", "reasoning", "human")
    assert (routing.thresholds.usual, routing.thresholds.writing) == (0.75, 0.10)


def test_irreversible_tools_are_named(built: Callable[..., Policy]) -> None:
    assert built("irreversible_tools: [refund, 'delete_*']\n").verification.irreversible_tools == ("refund", "delete_*")


def test_a_search_is_judged_by_its_lane_s_own_model_where_nobody_writes_who(built: Callable[..., Policy]) -> None:
    search = built(lane=", strategy: search, search: {width: 4, step_tokens: 99}").lanes["standard"].search
    (judge,) = search.judges
    assert (search.width, search.beam, search.depth, search.step_tokens) == (4, 2, 5, 99)
    assert (judge.verifier, judge.why, judge.stand_in) == ("judge", "lanes.standard.search", None)
    assert isinstance(judge.options, JudgeOptions)
    assert (judge.options.deployment.name, judge.options.own_family) == ("openai/gpt-5.4-mini", True)
    assert built().lanes["standard"].search.judges == ()


def test_a_search_may_draw_what_its_bounds_allow_and_its_request_make_the_calls_for_it(
    built: Callable[..., Policy],
) -> None:
    policy = built(lane=", strategy: search, search: {width: 2, beam: 1, depth: 3}")
    # The plain answer, three rounds of steps, two more answers.
    assert policy.lanes["standard"].samples == 1 + 2 + 2 + 2 + 2
    assert policy.amplification.max_calls == USUAL_CALLS + 9 + 6 - 1  # and a judge's call for each step
    policy = built(lane=", strategy: search, search: {width: 2, beam: 1, depth: 3, judge: math_answer}")
    assert policy.amplification.max_calls == USUAL_CALLS + 9 - 1
