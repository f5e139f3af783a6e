"""Values, exact and numeric, and numbers that nobody should write out."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.verifiers.maths.numbers import TooLarge, Undefined, exact, rounds_to, same
from lanewise.verifiers.maths.tree import Number
from verifiers.reading_maths import node


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (r"\sqrt{8}", r"2\sqrt2"),
        (r"\sqrt{\sqrt{11}+\sqrt{194}}", r"\sqrt{\sqrt{194}+\sqrt{11}}"),
        (r"\frac{1}{\sqrt{2}}", r"\frac{\sqrt{2}}{2}"),
        ("(x-2)(x+2)", "x^2 - 4"),
        (r"2 \sin b \cos a", r"\sin(a+b) - \sin(a-b)"),
        (r"\log_2 8", "3"),
        (r"\sin^2 x + \cos^2 x", "1"),
        (r"\frac{1}{3\sqrt[3]{x}^2}", r"\frac{1}{3x^{2/3}}"),
        (r"\ln(ab)", r"\ln a + \ln b"),
        ("f(2x)", "f(x + x)"),
    ],
)
def test_the_same_in_other_words(left: str, right: str) -> None:
    assert same(node(left), node(right))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("6√2", "6"),
        (r"\sqrt{2}", "1.41421356237309504880"),
        ("x^2", "x^3"),
        ("f(x)", "g(x)"),
        ("p - 2", "2"),
        ("4 + E", "4"),
    ],
)
def test_what_differs_differs(left: str, right: str) -> None:
    assert not same(node(left), node(right))


@pytest.mark.parametrize(
    "text", ["9^9^9^9", "10^{10^{10}}", "100000!", r"\binom{100000}{50000}", "e^{e^{e^{e^e}}}", "2^{0.5 * 10^9}"]
)
def test_what_is_too_large_is_told_at_once(text: str) -> None:
    with pytest.raises(TooLarge):
        same(node(text), node("1"))


def test_a_division_by_zero_has_no_value() -> None:
    with pytest.raises(Undefined):
        exact(node("1/(2-2)"))


def test_a_decimal_is_a_value_rounded_to_its_places() -> None:
    assert rounds_to(node("1/3"), Number(Fraction("0.333333"), 6))
    assert not rounds_to(node("1/3"), Number(Fraction("0.333334"), 6))


@given(st.fractions(max_denominator=10**6), st.fractions(max_denominator=10**6))
def test_fractions_are_compared_exactly(left: Fraction, right: Fraction) -> None:
    assert same(Number(left), Number(right)) == (left == right)


@pytest.mark.parametrize(
    ("left", "right"), [("|x|", "x"), ("sqrt(x^2)", "x"), ("|x - 10|", "10 - x"), ("floor(x/100)", "0")]
)
def test_unknowns_are_of_both_signs_near_and_far(left: str, right: str) -> None:
    assert not same(node(left), node(right))
