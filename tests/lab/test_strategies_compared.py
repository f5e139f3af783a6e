"""Strategies on outcomes that are known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.lab.recorded_outcomes import Outcome, Workload
from lanewise.lab.strategies_compared import Compared, compare


def outcome(fast: bool, strong: bool, **more: Any) -> Outcome:
    return Outcome(**({"fast_right": fast, "strong_right": strong, "fast_cost": 1.0, "strong_cost": 10.0} | more))


def rows(*outcomes: Outcome) -> dict[str, Compared]:
    made = compare(Workload(name="w", models="a → b", cost_is="calls", outcomes=outcomes))
    return {row.strategy: row for row in made.rows}


SOME = (
    outcome(True, True, other_agrees=True, doubt=10.0),
    outcome(True, True, other_agrees=False, doubt=20.0),
    outcome(False, True, other_agrees=False, doubt=40.0),
    outcome(False, False, other_agrees=True, doubt=30.0),
)


def test_each_strategy_is_right_and_costs_what_it_does() -> None:
    found = rows(*SOME)
    assert [(name, row.right.share, row.cost) for name, row in found.items()] == [
        ("always fast", 0.5, 1.0),
        ("always reasoning", 0.75, 10.0),
        ("fast + proof + escalate", 0.75, 6.0),
        ("fast + agreement + escalate", 0.75, 7.0),
        ("length of the fast answer, at the cost of the first check", 0.75, 6.0),
    ]
    assert found["fast + proof + escalate"].cost_per_right == 8.0
    assert found["fast + proof + escalate"].coin == pytest.approx(0.5 + 5 / 9 * 0.25)


def test_what_was_not_recorded_is_not_compared() -> None:
    assert list(rows(outcome(True, True), outcome(False, True))) == [
        "always fast",
        "always reasoning",
        "fast + proof + escalate",
    ]


def test_votes_and_second_opinions_are_paid_for() -> None:
    found = rows(
        outcome(True, True, two_agree=True, votes=(True, True)),
        outcome(False, True, two_agree=False, votes=(False, False)),
    )
    assert found["fast + one of two agrees + escalate"].cost == 3.0 + 5.0
    assert found["vote of three + escalate"].right.share == 1.0


@given(st.lists(st.builds(outcome, st.booleans(), st.booleans(), doubt=st.floats(0, 99)), min_size=1, max_size=30))
def test_a_check_that_knows_is_never_worse_than_either_and_doubt_never_dearer_than_it(outcomes: list[Outcome]) -> None:
    found = rows(*outcomes)
    proof = found["fast + proof + escalate"]
    assert proof.right.share >= max(found["always fast"].right.share, found["always reasoning"].right.share) - 1e-9
    assert found["length of the fast answer, at the cost of the first check"].cost <= proof.cost + 1e-9
