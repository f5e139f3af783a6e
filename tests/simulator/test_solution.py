from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.simulator.problems.solution import Solution, number_text, scalar, wrong_numbers


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Fraction(391), None, "391"),
        (Fraction(5, 4), None, "1.25"),
        (Fraction(1, 3), None, "1/3"),
        (Fraction(1, 3), 2, "0.33"),
        (Fraction(5, 2), 0, "3"),
        (Fraction(-5, 2), 0, "-3"),
        (Fraction(-1, 1000), 2, "0.00"),
    ],
)
def test_numbers_are_written_as_people_write_them(value: Fraction, places: int | None, text: str) -> None:
    assert number_text(value, places) == text


@given(st.fractions(max_denominator=10**6))
def test_an_exact_number_reads_back_as_itself(value: Fraction) -> None:
    assert Fraction(number_text(value)) == value


@given(st.fractions(max_denominator=1000), st.none() | st.integers(0, 6))
def test_mistakes_differ_from_the_answer_and_from_one_another(value: Fraction, places: int | None) -> None:
    wrong = wrong_numbers(value, places)
    assert wrong
    assert number_text(value, places) not in wrong
    assert len(set(wrong)) == len(wrong)


def test_json_carries_whole_numbers_as_such() -> None:
    assert [scalar(Fraction(4)), scalar(Fraction(1, 2))] == [4, 0.5]


def test_only_what_can_be_wrong_is_graded() -> None:
    assert Solution(kind="sum", difficulty=1, answer="4", wrong=("5",)).gradable
    assert Solution(kind="data", difficulty=1, answer="{}", fields={}).gradable
    assert not Solution(kind="talk", difficulty=1, answer="Hello").gradable
