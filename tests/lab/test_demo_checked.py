from __future__ import annotations

import dataclasses

import pytest
from msgspec import structs

from lanewise.bootstrap import load_text, policy_text
from lanewise.core.record import CheckRecord, RunRecord
from lanewise.lab.asking import Answered
from lanewise.lab.demo_checked import (
    COUNT,
    LANE,
    TASK,
    calculations,
    checked_part,
    every_proof_is_true,
    with_checked_lanes,
)
from stores.samples import a_call, a_record, a_trace


def answered(number: int, *, right: bool = True) -> Answered:
    return Answered(question_id=f"q{number}", stream=False, text="4", run_id=f"run_{number}", right=right)


def a_run(number: int, first: str, verdict: str = "accept", *, attempts: int = 1, climbed: bool = False) -> RunRecord:
    check = CheckRecord(verifier="math_answer", kind="proof", verdict=first)
    trace = structs.replace(a_trace(a_call()), checks=(check,))
    return a_record(
        f"run_{number}", verdict=verdict, verdict_kind="proof", attempts=attempts, escalated=climbed, cost_nanousd=100, trace=trace
    )  # fmt: skip


RUNS = [
    a_run(1, "accept"),
    a_run(2, "reject", attempts=2),
    a_run(3, "reject", attempts=3, climbed=True),
    a_run(4, "reject", "reject", attempts=4, climbed=True),
]
ANSWERS = [answered(1), answered(2), answered(3), answered(4, right=False)]


def test_what_was_rejected_mended_and_climbed_is_counted_and_money_is_of_all() -> None:
    part = checked_part(ANSWERS, [*RUNS, a_run(9, "accept")])
    assert (part.asked, part.rejected, part.mended, part.escalated, part.climbed) == (4, 3, 1, 2, 1)
    assert (part.proven, part.wrong, part.cost_nanousd, part.cost_per_proven_nanousd) == (3, 1, 400, 134)


def test_where_nothing_is_proven_there_is_no_cost_of_it() -> None:
    assert checked_part(ANSWERS[3:], RUNS).cost_per_proven_nanousd is None


def test_a_proof_of_a_wrong_answer_fails_it_and_so_does_an_answer_that_nobody_checked() -> None:
    assert every_proof_is_true(ANSWERS, RUNS).passed
    assert not every_proof_is_true([*ANSWERS[:3], answered(4)], RUNS).passed
    assert not every_proof_is_true([answered(1, right=False)], RUNS).passed
    assert not every_proof_is_true(ANSWERS, RUNS[:3]).passed
    assert not every_proof_is_true([dataclasses.replace(ANSWERS[0], problem="HTTP 500")], RUNS).passed
    assert not every_proof_is_true([], RUNS).passed


def test_what_every_check_of_the_first_answer_says_counts() -> None:
    form = CheckRecord(verifier="json_schema", kind="form", verdict="accept", of="checked/")
    right = CheckRecord(verifier="math_answer", kind="proof", verdict="reject", of="checked/")
    later = structs.replace(right, of="checked/repair-1/")
    rows = [
        structs.replace(run, trace=structs.replace(run.trace, checks=checks))
        for run, checks in zip(RUNS, ((form, right), (form, later)), strict=False)
    ]
    part = checked_part(ANSWERS[:2], rows)
    assert (part.as_json, part.rejected) == (2, 1)


@pytest.mark.parametrize("place", range(COUNT))
def test_what_the_calculations_come_to_is_right(place: int) -> None:
    question = calculations()[place]
    what = question.messages[0]["content"].removeprefix("What is ").partition("?")[0]
    (said,) = question.expected.values()
    assert eval(what) == int(said)


def test_every_third_is_asked_for_as_json() -> None:
    assert [place for place, each in enumerate(calculations()) if each.schema] == list(range(2, COUNT, 3))


async def test_they_are_led_to_a_lane_that_checks_and_climbs() -> None:
    text = with_checked_lanes((await policy_text(None, simulator_url="http://127.0.0.1:9"))[0])
    policy = load_text(text, file="it").policy
    assert policy.routing.escalate[0] == LANE
    assert policy.routing.rules[0].lane == LANE
    assert policy.routing.rules[0].when.task == (TASK,)
    assert [check.verifier for check in policy.lanes[LANE].checks] == ["math_answer"]
    (rule,) = policy.verification.rules
    assert (rule.when.task, [check.verifier for check in rule.checks]) == ((TASK,), ["json_schema"])
