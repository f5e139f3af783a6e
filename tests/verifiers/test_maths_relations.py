"""Equations and inequalities that say the same."""

from __future__ import annotations

import pytest

from lanewise.verifiers.maths.relations import holds, interval_of, replaced, same_relation
from lanewise.verifiers.maths.shapes import read
from lanewise.verifiers.maths.tree import Interval, Relation
from verifiers.reading_maths import node


def relation(text: str) -> Relation:
    value = read(text)
    assert isinstance(value, Relation)
    return value


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("x < 1", "-x > -1", True),
        ("x < 1", "x > -1", False),
        ("x >= 5", "x <= 5", False),
        ("2x + 4y - 3 = 0", r"y = -\frac{1}{2}x + \frac{3}{4}", True),
        ("x^2/4 + y^2/3 = 1", "x^2/16 + y^2/12 = 1/4", True),
        ("f(2) < f(1) < f(4)", "f(4) > f(1) > f(2)", True),
        ("f(2) < f(1) < f(4)", "f(2) < f(4) < f(1)", False),
        ("xy = 1", "y = 1/x", None),
        ("x^2 + y^2 = 1", r"y = \sqrt{1 - x^2}", None),  # any two expressions have one ratio at one point
        ("y = \\ln(x)", "2y - 2\\ln(x) = 0", True),
        ("\\log_2(32) = 5", "x = -2", False),  # what is left of nothing is no multiple
    ],
)
def test_two_relations(left: str, right: str, expected: bool | None) -> None:
    assert same_relation(relation(left), relation(right)) is expected


def test_an_inequality_of_one_unknown_is_an_interval() -> None:
    assert interval_of(relation("-793 < a <= 10")) == Interval(node("-793"), node("10"), high_closed=True)
    assert interval_of(relation("5 > x")) == interval_of(relation("x < 5"))
    assert interval_of(relation("x + y < 5")) is None


def test_a_solution_is_put_in() -> None:
    assert holds(relation("x^2 = 9"), {"x": node("-3")})
    assert not holds(relation("x^2 = 9"), {"x": node("4")})
    assert replaced(node("x + y"), {"x": node("1")}) == node("1 + y")
