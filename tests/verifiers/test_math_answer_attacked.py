"""Answers of our own making that should fool the comparison: units, percent, intervals, names, numbers in words, hostile text, JSON."""

from __future__ import annotations

import pytest

from judging import candidate, nobody
from lanewise.verifiers.math_answer import MathAnswerVerifier
from lanewise.verifiers.maths.task import MathTask, MathTold
from lanewise.verifiers.maths.worker import told_of
from verifiers.attacks_on_maths import RIGHT, WRONG


@pytest.mark.parametrize(("answer", "expected"), WRONG)
def test_what_is_wrong_is_never_accepted(answer: str, expected: str) -> None:
    assert told_of(MathTask(text=answer, expected=expected)).right is not True


@pytest.mark.parametrize(("answer", "expected"), RIGHT)
def test_what_is_right_is_not_rejected(answer: str, expected: str) -> None:
    assert told_of(MathTask(text=answer, expected=expected)).right is not False


def test_nearly_all_that_is_right_is_proven() -> None:
    unread = [pair for pair in RIGHT if told_of(MathTask(text=pair[0], expected=pair[1])).right is None]
    assert len(unread) <= 0.05 * len(RIGHT), unread


async def calculate(task: MathTask) -> MathTold:
    return told_of(task)


async def test_commands_that_json_swallowed_are_put_back_and_told() -> None:
    said = await MathAnswerVerifier(calculate=calculate).verify(
        candidate("So it is \\boxed{\x0crac{1}{2}}.", expected="1/2"), nobody
    )
    assert said.word == "accept"
    assert said.changed == (r"put \frac back, which JSON had swallowed",)
    assert said.answer == r"So it is \boxed{\frac{1}{2}}."


async def test_what_was_swallowed_beside_the_answer_changes_nothing() -> None:
    said = await MathAnswerVerifier(calculate=calculate).verify(
        candidate("Half is \x0crac{1}{2}. The answer is 7.", expected="7"), nobody
    )
    assert (said.word, said.changed, said.answer) == ("accept", (), "7")
