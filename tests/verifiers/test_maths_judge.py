"""From a text to a judgement."""

from __future__ import annotations

import pytest

from lanewise.verifiers.maths.compare import Conventions
from lanewise.verifiers.maths.judge import expected_value, judged, reading_of
from verifiers.reading_maths import node, right


def test_the_answer_is_told_as_it_was_read() -> None:
    found = judged("2", r"We get \boxed{3}.", Conventions())
    assert (found.right, found.answer) == (False, "3")


def test_an_expected_answer_may_stand_in_a_sentence() -> None:
    assert right(r"So the answer is \[ \boxed{32349} \]", "32,349") is True
    assert expected_value("??") is None


def test_what_is_written_alike_is_right_even_if_nobody_can_read_it() -> None:
    assert right(r"\int_0^1 x dx", r"$\int_0^1 x dx$") is None
    assert right("x^{2", r"\boxed{x^{2}") is None


def test_mathematics_is_preferred_to_words() -> None:
    reading = reading_of("The largest possible value of |a| + |b| is 2.")
    assert reading is not None
    assert reading.value == reading_of("2").value  # type: ignore[union-attr]
    assert node("2") == reading.value.node  # type: ignore[union-attr]


def test_no_answer_is_nothing_that_could_be_wrong() -> None:
    assert right("2", "(" * 5_000) is None


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ("4", "at least 4"),
        ("4", "less than 4"),
        ("12", "12 is wrong"),
        ("12", "The answer is not 12."),
        ("12", "It cannot be 12; it must be 13."),
        ("6", r"\\boxed{6}\\sqrt{2}"),
        ("6", "6 times the square root of 2"),
        ("8", "8 plus 4√2"),
        ("5", "5 squared"),
        ("5", "5 million"),
        ("3", "3 and a half"),
        ("1", "1 in 3"),
        ("7", "7 remainder 2"),
        ("4", "The answer is 4 or 5."),
        ("2", "|x| = 2"),
        ("C", "(C) or (D)"),
    ],
)
def test_words_around_a_number_are_not_overlooked(expected: str, answer: str) -> None:
    assert right(expected, answer) is not True


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ("70", "It takes 70 minutes in total."),
        ("18", "She makes $18 every day at the market."),
        ("12", "**12**"),
        ("2, 3", "x = 2\nx = 3"),
        ("17", "17th"),
        ("6", "six apples"),
        ("5000", "5e3"),
        ("C", "The answer is (C) 12 cm."),
        ("1/2", "0.5 or 1/2"),
        ("7", "= 7"),
    ],
)
def test_words_around_a_number_do_not_hide_it(expected: str, answer: str) -> None:
    assert right(expected, answer) is True


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ("3", r"<think>So it is \boxed{3}.</think>"),
        ("3", "<think>Let me see. The answer is 3."),
        ("5", "The answer is 5. Wait, no, it is 7."),
        ("5", r"\boxed{5}. Wait, that is wrong. It is 7."),
        ("5", r"It is not \boxed{5}."),
        ("5", r"$x = -\boxed{5}$"),
        ("5", r"$x = 2\boxed{5}$"),
        ("5", r"$\sqrt{\boxed{5}}$"),
        ("5", r"$\boxed{5}x$"),
        ("5", r"$\boxed{5}$ or $6$"),
        ("3", r"It is \boxed{3"),
        ("5", "The answer can't be 5"),
        ("7", "Answer: ≥7"),
        ("7", "Answer: \u20117"),
        ("7", "Answer: 7⅞"),
        ("7", "Answer: 7 tenths"),
        ("20", "twenty one"),
        ("5", "five sixths"),
        ("3", '{"answer": "4", "answer": "3"}'),
        ("3", '{"reasoning": "3", "answer": null}'),
        ("A", "A) is wrong. The answer is B."),
        ("A", "(A) 3 is too small. (B) 4 is right."),
        ("1", "I cannot solve this. See equation 1"),
        (r"\$5", r"\boxed{5 cents}"),
        ("2", r"\boxed{2\text{ (rejected)}}"),
    ],
)
def test_what_was_thought_denied_taken_back_or_cut_off_is_no_answer(expected: str, answer: str) -> None:
    assert right(expected, answer) is not True


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ("42", "<answer>42</answer>"),
        ("42", "The answer is <b>42</b>"),
        ("42", "**Final Answer**\n\n42"),
        ("42", "Thus\n\\[\nx = 42\n\\]"),
        ("5", "So he has 5 apples left."),
        ("142", "one hundred and forty-two"),
        ("2/3", "two-thirds"),
        ("7/8", "⅞"),
        ("A", "A\n\nBecause it fits."),
        ("A", "So option A is correct."),
    ],
)
def test_a_final_answer_is_found_where_models_put_it(expected: str, answer: str) -> None:
    assert right(expected, answer) is True
