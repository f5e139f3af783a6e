"""Expressions are read whole or not at all."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.verifiers.maths.numbers import exact
from lanewise.verifiers.maths.shapes import read
from lanewise.verifiers.maths.syntax import Expressions, as_number
from lanewise.verifiers.maths.tokens import Unreadable
from verifiers.reading_maths import node


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 * 4", Fraction(14)),
        ("2 - 3 - 4", Fraction(-5)),
        ("12 / 2 / 3", Fraction(2)),
        ("2^3^2", Fraction(512)),
        ("-2^2", Fraction(-4)),
        (r"\frac94", Fraction(9, 4)),
        (r"1\frac{1}{2}", Fraction(3, 2)),
        ("1 1/2", Fraction(3, 2)),
        (r"31.\overline{6}", Fraction(95, 3)),
        (r"\sqrt[3]{-8}", Fraction(-2)),
        ("5!", Fraction(120)),
        (r"\binom{5}{2}", Fraction(10)),
        ("|3 - 5|", Fraction(2)),
        (r"\lfloor 7/2 \rfloor", Fraction(3)),
        ("2(3)(4)", Fraction(24)),
        ("7 * 7 * 7 * 7 * 4", Fraction(9604)),
    ],
)
def test_an_expression_is_worth(text: str, value: Fraction) -> None:
    assert exact(node(text)) == value


@pytest.mark.parametrize("text", ["1 2", "(1", "1 +", r"\int x dx", r"\frac{1}", "(" * 60 + "1" + ")" * 60, "2 $ 3 $"])
def test_half_an_expression_is_none(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


def test_digits_have_a_limit() -> None:
    with pytest.raises(Unreadable):
        as_number("1" * 1_001)


@given(st.text(alphabet="0123456789+-*/^()x.,=\\{}[]$ √fracsqt", max_size=40))
def test_whatever_is_written_it_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Unreadable):
        Expressions(text).expression()
