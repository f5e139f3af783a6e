"""Expressions as values."""

from __future__ import annotations

from fractions import Fraction

from lanewise.verifiers.maths.tree import Number, Symbol, negative, symbols_of
from verifiers.reading_maths import node


def test_constants_are_no_unknowns() -> None:
    assert symbols_of(node(r"2\pi r + e^{i x_1}")) == {"r", "x_1"}


def test_minus_a_number_is_a_number() -> None:
    assert negative(Number(Fraction(3))) == Number(Fraction(-3))
    assert negative(negative(Symbol("x"))) != Symbol("x")
