"""Numbers in words: read whole, or not at all."""

from __future__ import annotations

from fractions import Fraction

import pytest

from lanewise.verifiers.maths.number_words import names_a_number, worth


@pytest.mark.parametrize(
    ("text", "value", "rest"),
    [
        ("five", Fraction(5), ""),
        ("forty-two apples", Fraction(42), "apples"),
        ("one hundred and five", Fraction(105), ""),
        ("two million three hundred thousand", Fraction(2_300_000), ""),
        ("two thirds", Fraction(2, 3), ""),
        ("three and a half", Fraction(7, 2), ""),
        ("half", Fraction(1, 2), ""),
    ],
)
def test_a_number_in_words_is_what_it_says(text: str, value: Fraction, rest: str) -> None:
    assert worth(text) == (value, rest)


@pytest.mark.parametrize(
    "text", ["seven eight", "seven point five", "seven or eight", "half a dozen", "apples", "hundred five"]
)
def test_what_goes_on_with_another_number_is_none(text: str) -> None:
    assert worth(text) is None


def test_a_number_is_seen_in_a_sentence() -> None:
    assert names_a_number("it takes five days")
    assert not names_a_number("it takes days")
