"""Answers in set phrases, times and dates."""

from __future__ import annotations

import pytest

from lanewise.verifiers.maths.phrases import ALL_REALS, INFINITELY_MANY, phrase, same_date
from lanewise.verifiers.maths.tree import Clock, Group, Words
from verifiers.reading_maths import right


def test_phrases_mean_what_signs_mean() -> None:
    assert phrase("the system has no solution") == Group("set", ())
    assert phrase("all real numbers") == ALL_REALS
    assert phrase("there are infinitely many solutions") == INFINITELY_MANY
    assert phrase("the limit does not exist") == Words("undefined")
    assert phrase("yes, it is") == Words("yes")
    assert phrase("no integer solutions") is None
    assert phrase("20:34") == Clock(74_040, "", "20:34")


@pytest.mark.parametrize(
    ("expected", "answer", "verdict"),
    [
        ("no solution", r"\emptyset", True),
        ("no solution", "There are no real solutions.", True),
        ("no solution", "0", False),
        ("DNE", "The limit does not exist.", True),
        (r"\mathbb{R}", r"(-\infty, \infty)", True),
        (r"\mathbb{R}", r"[0, \infty)", False),
        (r"\mathbb{R} \setminus \{2\}", r"x \neq 2", True),
        (r"\mathbb{R} \setminus \{2\}", r"(-\infty, 2) \cup (2, \infty)", True),
        (r"\mathbb{R} \setminus \{2\}", r"x \neq 3", False),
        (r"\infty", "infinitely many", True),
        (r"-\infty", "infinity", False),
        ("True", "Yes", True),
        ("True", "No", False),
        ("June 20", "20th of June", True),
        ("June 20", "June 21", False),
        ("March 5, 2024", "2024-03-05", True),
        ("8:34 PM", "20:34", True),
        ("8:34 PM", "8:34 AM", False),
        ("8:34 PM", "8:34", True),
        ("10:05", "10:5", False),
        ("2:30", "1:15", None),  # a ratio, or a time of day
        ("3:4:5", "6:8:10", True),
        ("3:4:5", "3:5:4", False),
        ("7:32", "7/32", True),
    ],
)
def test_two_phrases(expected: str, answer: str, verdict: bool | None) -> None:
    assert right(expected, answer) is verdict


def test_a_year_that_is_missing_is_not_guessed() -> None:
    assert right("March 5, 2024", "March 5") is None
    assert not same_date("date of any year 03-05", "date 2024-03-06")
