"""Units known by many names, and what they are worth in one another."""

from __future__ import annotations

from fractions import Fraction

import pytest

from lanewise.verifiers.maths.units import compound, worth_in


@pytest.mark.parametrize(
    ("expected", "answer", "loose", "strict"),
    [
        ("cm", "centimeters", 1, 1),
        ("cm^2", "square centimeters", 1, 1),
        ("cm", "m", 100, 100),
        ("hour", "minutes", Fraction(1, 60), Fraction(1, 60)),
        ("dollars", "cents", Fraction(1, 100), Fraction(1, 100)),
        ("m / s", "meters per second", 1, 1),
        ("m/s", "km/h", Fraction(5, 18), Fraction(5, 18)),
        ("m / s^2", "m/s", None, None),
        ("cm^2", "cm", None, None),
        ("cm", "hours", None, None),
        ("month", "weeks", None, None),
        ("dollar", "euro", None, None),
        ("sterling", "pounds", 1, 1),
        ("cm", "", 1, None),
        ("", "cups of flour", 1, 1),
        ("apples", "pears", 1, 1),
    ],
)
def test_two_units(expected: str, answer: str, loose: Fraction | None, strict: Fraction | None) -> None:
    assert worth_in(expected, answer, required=False) == loose
    assert worth_in(expected, answer, required=True) == strict


def test_parts_of_one_quantity_are_added() -> None:
    assert compound("2 hours 30 minutes") == (Fraction(150), "minutes")
    assert compound("5 feet and 6 inches") == (Fraction(66), "inches")
    assert compound("1 h 1 min 1 s") == (Fraction(3661), "s")


@pytest.mark.parametrize("text", ["30 minutes 2 hours", "2 hours 3 apples", "2 hours", "3 m 5 kg"])
def test_what_is_no_quantity_in_parts(text: str) -> None:
    assert compound(text) is None
