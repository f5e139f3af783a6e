"""Units known by many names."""

from __future__ import annotations

import pytest

from lanewise.verifiers.maths.units import same_unit


@pytest.mark.parametrize(
    ("expected", "answer", "loose", "strict"),
    [
        ("cm", "centimeters", True, True),
        ("cm^2", "square centimeters", True, True),
        ("cm", "m", False, False),
        ("cm^2", "cm", False, False),
        ("cm", "", True, False),
        ("", "cups of flour", True, True),
        ("apples", "pears", True, True),
    ],
)
def test_two_units(expected: str, answer: str, loose: bool, strict: bool) -> None:
    assert same_unit(expected, answer, required=False) is loose
    assert same_unit(expected, answer, required=True) is strict
