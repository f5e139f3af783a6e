"""Figures by lane are counted, not estimated; intervals are Wilson's."""

from __future__ import annotations

import pytest

from lanewise.lab.asking import Answered, Switch
from lanewise.lab.demo_figures import Failover, by_lane, failovers, figures, wilson


def an_answer(*, lane: str = "small", right: bool | None = True, latency_us: int = 1_000, cost: int = 10) -> Answered:
    return Answered(question_id="q", stream=False, lane=lane, right=right, latency_us=latency_us, cost_nanousd=cost)


@pytest.mark.parametrize(
    ("right", "graded", "low", "high"),
    [(10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962), (0, 10, 0.0, 0.2775), (1, 1, 0.2065, 1.0)],
)
def test_intervals_are_those_of_the_literature(right: int, graded: int, low: float, high: float) -> None:
    interval = wilson(right, graded)
    assert interval is not None
    assert interval == pytest.approx((low, high), abs=5e-5)


def test_nothing_graded_has_no_interval() -> None:
    assert wilson(0, 0) is None


def test_lanes_come_in_the_policys_order_with_their_shares() -> None:
    answers = [an_answer(lane="reasoning"), an_answer(lane="small"), an_answer(lane="small"), an_answer(lane="other")]
    lanes = by_lane(answers, ("small", "standard", "reasoning"))
    assert [(each.lane, each.requests, each.share) for each in lanes] == [
        ("small", 2, 0.5),
        ("reasoning", 1, 0.25),
        ("other", 1, 0.25),
    ]


def test_accuracy_counts_graded_answers_only_and_so_does_the_cost_of_a_right_one() -> None:
    answers = [
        an_answer(cost=30),
        an_answer(cost=31),
        an_answer(right=False, cost=40),
        an_answer(right=None, cost=1_000),
    ]
    found = figures(answers, lane="small", of=4)
    assert (found.requests, found.graded, found.right) == (4, 3, 2)
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.cost_nanousd == 1_101
    assert found.cost_per_right_nanousd == 51  # 101 for two right ones, rounded up


def test_percentiles_are_by_nearest_rank_over_what_was_answered() -> None:
    answers = [an_answer(latency_us=each) for each in range(1, 21)]
    lost = Answered(question_id="q", stream=False, problem="HTTP 503: none", latency_us=10**9)
    found = figures([*answers, lost], lane="small", of=21)
    assert (found.p50_us, found.p95_us, found.waited_us) == (10, 19, 210)


def test_a_lane_without_a_right_answer_has_no_price_of_one() -> None:
    found = figures([an_answer(right=False)], lane="small", of=1)
    assert found.cost_per_right_nanousd is None
    assert figures([], lane="small", of=0).p50_us is None


def test_failovers_are_counted_by_who_took_over_from_whom() -> None:
    one = Switch(from_="a/x", to="b/y", reason="fallback: overloaded")
    two = Switch(from_="b/y", to="c/z", reason="fallback: overloaded")
    answers = [
        Answered(question_id="1", stream=False, switches=(one,)),
        Answered(question_id="2", stream=True, switches=(one, two)),
    ]
    assert failovers(answers) == (
        Failover(from_="a/x", to="b/y", reason="fallback: overloaded", count=2),
        Failover(from_="b/y", to="c/z", reason="fallback: overloaded", count=1),
    )
