"""Answers judged by the question alone."""

from __future__ import annotations

import pytest

from lanewise.verifiers.maths.question import judged_alone


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is 17 * 23?", "17 * 23 = 391"),
        ("What is 15% of 80?", "The answer is 12."),
        ("Calculate 2^10 + 5.", "1029"),
        ("Solve for x: x^2 - 5x + 6 = 0", "x = 2 or x = 3"),
        ("Solve 2x + 3 = 11 for x.", "So x = 4."),
        ("If 3x + 5 = 20, what is x?", "x = 5"),
        ("Solve the system x + y = 5, x - y = 1", "x = 3, y = 2"),
    ],
)
def test_recomputed_or_put_in_it_is_proved(question: str, answer: str) -> None:
    assert judged_alone(question, answer).right is True


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is 17 * 23?", "The answer is 392."),
        ("Solve for x: x^2 - 5x + 6 = 0", "x = 2 and x = 4"),
        ("Solve the system x + y = 5, x - y = 1", "x = 2, y = 3"),
        ("How much do we owe?", "5 * 12 = 50, so you owe 50."),
    ],
)
def test_what_is_wrong_is_proved_wrong_and_can_be_mended(question: str, answer: str) -> None:
    found = judged_alone(question, answer)
    assert found.right is False
    assert found.repairable
    assert found.why


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Solve for x: x^2 - 5x + 6 = 0", "x = 2"),
        ("If 3x + 5 = 20, what is 2x?", "10"),
        (r"Solve $\sqrt{x} = 3$ for $x$.", "x = 9"),
        ("Find the positive solution x of x^2 = 9, that is, solve for x.", "x = -3"),
        ("What is 10/3 rounded to 2 decimals?", "3.33"),
        ("How many r are in strawberry?", "3"),
        ("What is 9^9^9^9?", "7"),
        ("What is 17 * 23?", "It is 17 * 23."),
        ("What is 9^9^9^9?", "9^9^9^9"),
        ("", "12"),
    ],
)
def test_what_is_not_proved_is_not_accepted(question: str, answer: str) -> None:
    assert judged_alone(question, answer).right is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Calculate 3 + 4. Then double it.", "7"),
        ("What is 3 + 4? And what is its square?", "7"),
        ("Solve 2x + 3 = 7 for x, then add 5.", "2"),
        ("Solve 2x + 3 = 7 and give 3x.", "2"),
        ("Solve the equation x^4 = 1 over the complex numbers.", "1, -1"),
        ("A rectangle has x(x + 2) = 15. Find x", "3, -5"),
        ("Solve sqrt(x) = 2", "4"),
    ],
)
def test_a_question_that_asks_for_more_is_not_proved_by_a_part_of_it(question: str, answer: str) -> None:
    assert judged_alone(question, answer).right is None


def test_percents_of_a_calculation_are_hundredths() -> None:
    assert judged_alone("What is 15% of 80?", "12%").right is False
