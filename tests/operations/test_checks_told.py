"""What traces say of checks."""

from __future__ import annotations

from typing import Any

from lanewise.core.events import Escalated
from lanewise.core.record import CheckRecord, Trace
from lanewise.core.usage import Cost
from lanewise.operations.checks_told import ChecksTold
from stores.samples import START_US, a_call, a_trace


def check(verdict: str, of: str = "", verifier: str = "math_answer", **more: Any) -> CheckRecord:
    return CheckRecord(verifier=verifier, kind="proof", verdict=verdict, of=of, lane="standard", **more)


def told(*traces: Trace, lane: str = "standard", cost_nanousd: int = 100) -> ChecksTold:
    found = ChecksTold()
    for trace in traces:
        found.add(START_US, lane, cost_nanousd, trace)
    return found


def test_words_are_counted_by_verifier_and_week() -> None:
    trace = a_trace(
        checks=(check("reject"), check("accept", "repair-1/"), check("down", verifier="judge", cost_nanousd=7))
    )
    judge, maths = told(trace, trace).weeks()
    assert (maths.verifier, maths.week, maths.answers, maths.rejected, maths.reject_rate) == (
        "math_answer", "2026-W39", 4, 2, 0.5,
    )  # fmt: skip
    assert (judge.down, judge.reject_rate, judge.cost_nanousd) == (2, 0.0, 14)


def test_a_repair_that_ends_well_is_a_rescue() -> None:
    rescued = a_trace(checks=(check("reject"), check("reject", "repair-1/"), check("accept", "repair-2/")))
    lost = a_trace(checks=(check("reject"), check("reject", "repair-1/")))
    never = a_trace(checks=(check("reject"),))
    good = a_trace(checks=(check("accept"),))
    (rescue,) = told(rescued, lost, never, good).rescues()
    assert (rescue.verifier, rescue.lane, rescue.repaired, rescue.rescued) == ("math_answer", "standard", 2, 1)


def test_every_check_that_rejected_is_told_what_the_repair_was_good_for() -> None:
    form = check("reject", verifier="form")
    both = a_trace(checks=(form, check("reject"), check("accept", "repair-1/")))
    assert [(each.verifier, each.repaired, each.rescued) for each in told(both).rescues()] == [
        ("form", 1, 1),
        ("math_answer", 1, 1),
    ]


def test_samples_are_repaired_each_by_itself() -> None:
    trace = a_trace(
        checks=(
            check("reject", "sample-0/"),
            check("reject", "sample-1/"),
            check("accept", "sample-1/repair-1/"),
            check("reject", "sample-0/repair-1/"),
        )
    )
    (rescue,) = told(trace).rescues()
    assert (rescue.repaired, rescue.rescued) == (2, 1)


def test_few_rescues_say_that_the_trouble_is_elsewhere_once_there_are_enough_of_them() -> None:
    lost = a_trace(checks=(check("reject"), check("reject", "repair-1/")))
    saved = a_trace(checks=(check("reject"), check("accept", "repair-1/")))
    (few,) = told(*[lost] * 9).rescues()
    (many,) = told(*[lost] * 8, *[saved] * 2).rescues()
    (enough,) = told(*[lost] * 7, *[saved] * 3).rescues()
    assert (few.is_upstream, many.is_upstream, enough.is_upstream) == (False, True, False)


def climbed(later_nanousd: int) -> Trace:
    calls = (a_call(), a_call(lane="reasoning", cost=Cost(output=later_nanousd)))
    return a_trace(*calls, escalated=(Escalated(reason="reject: x", from_="standard", to="reasoning"),))


def test_climbing_is_set_beside_going_direct() -> None:
    found = told(a_trace(), a_trace(), cost_nanousd=100)
    found.add(START_US, "reasoning", 1_100, climbed(1_000))
    (climb,) = found.climbs()
    assert (climb.lane, climb.to, climb.runs, climb.climbed) == ("standard", "reasoning", 3, 1)
    assert (climb.cost_nanousd, climb.direct_nanousd, climb.dearer) == (1_300, 3_000, False)


def test_it_is_dearer_where_nearly_everybody_climbs() -> None:
    found = ChecksTold()
    for _ in range(3):
        found.add(START_US, "reasoning", 1_600, climbed(1_000))
    (climb,) = found.climbs()
    assert climb.dearer
