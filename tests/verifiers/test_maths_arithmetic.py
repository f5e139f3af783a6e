"""Calculations in prose."""

from __future__ import annotations

import pytest

from lanewise.verifiers.maths.arithmetic import in_digits, statements
from lanewise.verifiers.maths.numbers import exact
from verifiers.reading_maths import node


@pytest.mark.parametrize(
    "text",
    [
        "17 * 23 = 391",
        "We pay $1,200 x 3 = $3,600.",
        "10 / 3 = 3.33",
        "10/3 = 3",
        "2/3 = 0.66",
        "0.1 + 0.2 = 0.3",
        r"4 \times 5 = 20",
    ],
)
def test_what_holds_or_is_rounded_is_true(text: str) -> None:
    assert [found.true for found in statements(text)] == [True]


@pytest.mark.parametrize("text", ["17 * 23 = 392", "so 3 + 4 * 2 = 14,", "5-3=2.5"])
def test_what_does_not_hold_is_found(text: str) -> None:
    assert [found.true for found in statements(text)] == [False]


@pytest.mark.parametrize(
    "text",
    [
        "x + 3 = 7",
        "3 + 4 = 7 * 2 = 14",
        "2^3 + 1 = 9",
        "20% * 50 = 10",
        "1101_2 + 1 = 14",
        "5/10 = 50%",
        "3 + 4 = 7x",
        "9^9^9 + 1 = 3",
    ],
)
def test_what_is_more_than_it_seems_is_left_alone(text: str) -> None:
    assert all(found.true for found in statements(text))


def test_a_value_is_said_as_people_write_it() -> None:
    assert [in_digits(exact(node(text))) for text in ("7", "1/4", "1/3")] == ["7", "0.25", "about 0.333333"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["In binary, 1 + 1 = 10.", "2 + 2 = 5 is false", "It is wrong that 2 + 2 = 5.", "3,5 + 1 = 4,5"]
)
def test_what_is_denied_or_of_another_arithmetic_is_left_alone(text: str) -> None:
    assert list(statements(text)) == []
