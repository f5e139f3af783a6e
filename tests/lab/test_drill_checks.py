"""Each condition of a drill fails on what it is there to find, and on having tested nothing."""

from __future__ import annotations

from typing import Any

import pytest

from lab.drilled import BROKEN, HUNG, REFUSED, a_pass, a_reply, a_run, an_incident, called
from lanewise.core.failure import FailureKind
from lanewise.lab import drill_checks as must
from lanewise.lab.drill_books import Compared
from lanewise.lab.drill_figures import Load
from lanewise.lab.drill_incidents import Step
from lanewise.lab.drill_operator import BreakerStory
from walking import lane, policy

CALM = a_pass([a_reply(number) for number in (1, 2, 3)])
POLICY = policy(lane("small", "simopen/sim-small", "simthropic/sim-haiku"))
OTHER: dict[str, Any] = {"deployment": "simthropic/sim-haiku"}
ALL_DOWN = an_incident(
    all_down=True,
    steps=(Step(at_s=1.0, says="503", faults=({"kind": "status", "code": 503},)), Step(at_s=2.0, says="well")),
)


def test_an_incident_nobody_felt_tested_nothing() -> None:
    assert not must.felt(CALM).passed
    failed = must.felt(a_pass([a_reply(1, **BROKEN)], [a_run(1, called(failure=FailureKind.MALFORMED), called())]))
    assert failed.passed
    assert failed.said == "1 call failed (malformed 1), 1 of them after their first words were shown"


@pytest.mark.parametrize(
    ("got", "may_break", "passed"),
    [
        ({}, False, True),
        (BROKEN, True, True),
        (BROKEN, False, False),
        (BROKEN | {"text": ""}, True, False),
        (BROKEN | {"told_error": ""}, True, False),
        (REFUSED, True, False),
        (HUNG, True, False),
    ],
)
def test_while_a_vendor_lives_only_an_answer_will_do_or_the_truth_after_the_first_words(
    got: dict[str, Any], may_break: bool, passed: bool
) -> None:
    struck = a_pass([a_reply(1), a_reply(2, **got)])
    assert must.nobody_unanswered(an_incident(may_break=may_break), CALM, struck).passed is passed


def test_a_calm_pass_that_was_not_answered_counts_too() -> None:
    check = must.nobody_unanswered(an_incident(), a_pass([a_reply(1, **REFUSED)]), CALM)
    assert not check.passed
    assert "3 of 4 requests" in check.said
    assert "q1 asked at 0.00 s: HTTP 503: all rest" in check.said


def refusals(*replies: Any) -> bool:
    return must.refusals_are_kind(a_pass(list(replies)), down_s=(1.0, 2.0), rest_s=0.5).passed


def test_while_nobody_lives_who_cannot_wait_is_refused_and_who_can_is_kept() -> None:
    refused, kept = a_reply(1, at_s=1.5, **REFUSED), a_reply(2, at_s=1.6, can_wait=True)
    assert must.nobody_unanswered(ALL_DOWN, CALM, a_pass([refused, kept])).passed
    assert not must.nobody_unanswered(ALL_DOWN, CALM, a_pass([a_reply(1, at_s=1.5, **HUNG)])).passed
    assert refusals(refused, kept)
    assert not refusals(kept), "nobody was refused: nothing was tested"
    assert not refusals(refused), "nobody waited: nothing was tested"
    assert not refusals(refused, kept, a_reply(3, at_s=1.5, can_wait=True, **REFUSED))
    assert not refusals(refused, kept, a_reply(3, at_s=5.0, **REFUSED)), "vendors lived again"
    assert not refusals(refused, kept, a_reply(3, at_s=1.5, **REFUSED | {"status": 429}))
    assert not refusals(refused, kept, a_reply(3, at_s=1.5, **REFUSED | {"latency_us": 9_000_000})), (
        "it was kept hanging"
    )


def marked(*replies: Any, runs: Any = None, under: Any = POLICY) -> bool:
    return must.every_degraded_answer_is_marked(CALM, a_pass(list(replies), runs), under).passed


def test_an_answer_of_another_deployment_says_so() -> None:
    assert marked(a_reply(1), a_reply(2, **OTHER, marked=True))
    assert not marked(a_reply(1, **OTHER))
    assert marked(a_reply(1, **OTHER, **REFUSED)), "no answer, nothing to mark"


def test_a_hedge_s_answer_is_the_one_that_was_asked_for() -> None:
    race = a_run(1, called(failure=FailureKind.OUTRUN), called(OTHER["deployment"], reason="hedge"))
    assert marked(a_reply(1, **OTHER), runs=[race])
    lost = a_run(1, called(OTHER["deployment"], reason="hedge", failure=FailureKind.OVERLOADED), called("simdeep/x"))
    assert not marked(a_reply(1), runs=[lost])


def test_where_weights_decide_only_a_failed_call_before_makes_an_answer_degraded() -> None:
    weighted = policy(lane("small", "simopen/sim-small", "simthropic/sim-haiku", weights=(1.0, 1.0)))
    drawn = a_run(1, called(OTHER["deployment"]))
    fallen = a_run(1, called(failure=FailureKind.OVERLOADED), called(OTHER["deployment"]))
    assert marked(a_reply(1, **OTHER), runs=[drawn], under=weighted)
    assert not marked(a_reply(1, **OTHER), runs=[fallen], under=weighted)


def test_another_lane_is_always_a_degradation() -> None:
    weighted = policy(lane("small", "simopen/sim-small", "simthropic/sim-haiku", weights=(1.0, 1.0)))
    assert not marked(a_reply(1), runs=[a_run(1, lane="standard")], under=weighted)


@pytest.mark.parametrize(("probes", "closed_s", "passed"), [(1, 2.0, True), (0, 2.0, False), (1, None, False)])
def test_a_breaker_that_never_closed_by_a_probe_did_not_work(probes: int, closed_s: float | None, passed: bool) -> None:
    story = BreakerStory(
        lane="small", deployment="a/x", opened_s=1.0, probes=probes, closed_s=closed_s, open_in_all_s=1.0
    )
    assert must.a_breaker_worked([story]).passed is passed
    assert not must.a_breaker_worked([]).passed


def a_load(calls: int, normal: int) -> Load:
    return Load(whom="simopen", calls=calls, normal=normal, calls_in_all=calls, normal_in_all=normal)


@pytest.mark.parametrize(("calls", "normal", "passed"), [(12, 10, True), (13, 10, False), (0, 10, True), (3, 0, False)])
def test_a_storm_is_more_than_a_fifth_above_normal_and_no_traffic_tests_nothing(
    calls: int, normal: int, passed: bool
) -> None:
    assert must.no_storm([a_load(calls, normal)]).passed is passed


def test_of_several_who_fail_all_together_are_judged() -> None:
    assert must.no_storm([a_load(20, 10), a_load(12, 10)]).passed


def test_traffic_is_back_when_enough_of_the_last_requests_are_answered_as_in_calm() -> None:
    calm = a_pass([a_reply(number) for number in range(1, 11)])
    gone = [a_reply(number, **OTHER) for number in range(1, 9)]
    back = a_pass([*gone, a_reply(9), a_reply(10)])
    assert not must.traffic_is_back(calm, back, an_incident(comes_back=0.5)).passed
    assert must.traffic_is_back(calm, back, an_incident(comes_back=0.4)).passed
    assert must.traffic_is_back(calm, calm, an_incident(comes_back=1.0)).passed
    assert not must.traffic_is_back(calm, calm, an_incident(failing=("simdeep",))).passed, "nobody was tested"


def test_every_request_has_its_row_at_the_cost_it_was_told() -> None:
    assert must.every_request_is_in_the_ledger(CALM, CALM).passed
    told = a_pass([a_reply(1, cost_nanousd=1)])
    assert "told 1, row 300,000" in must.every_request_is_in_the_ledger(told).said
    assert not must.every_request_is_in_the_ledger(told).passed
    other = a_pass([a_reply(1, **OTHER)], [a_run(1)])
    assert "told simthropic/sim-haiku, row simopen/sim-small" in must.every_request_is_in_the_ledger(other).said
    assert must.every_request_is_in_the_ledger(a_pass([a_reply(1, cost_nanousd=0, **BROKEN)])).passed
    assert not must.every_request_is_in_the_ledger(a_pass([a_reply(1)], [])).passed
    stray = must.every_request_is_in_the_ledger(a_pass([a_reply(1)], [a_run(1), a_run(2)]))
    assert not stray.passed
    assert "1 row belongs to no request" in stray.said


def compared(**changes: Any) -> Compared:
    given = {
        "calls": 5,
        "whole": 4,
        "cut_short": 3,
        "lost": 1,
        "estimated_nanousd": 1,
        "charged_nanousd": 2,
        "wrong": (),
    }
    return Compared(**{**given, **changes})


def test_books_that_differ_or_hold_nothing_fail() -> None:
    good = must.ledger_equals_books(compared())
    assert good.passed
    assert good.said == (
        "4 whole calls agree to the token and nano-dollar; 2 that were cut short are marked as estimated; "
        "1 were lost with their connection before a word, and taken as free"
    )
    assert not must.ledger_equals_books(compared(wrong=("x",))).passed
    assert not must.ledger_equals_books(compared(whole=0)).passed
