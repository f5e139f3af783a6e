from __future__ import annotations

import pytest

from lanewise.core.protocols.comparing import TwoAnswers
from lanewise.core.protocols.router import Question
from lanewise.verifiers.same_answer import SameAnswer
from walking import ask_nobody, deployment

OPEN = "You can change it in the settings, on the second tab, and save it with the button below."
OTHER = "That is only possible by writing to those who have made it, who will send you another one."


def two(given: str, again: str, *, judged: bool = False) -> TwoAnswers:
    judge = deployment("judge/model") if judged else None
    return TwoAnswers(question="How is it changed?", given=given, again=again, judge=judge)


@pytest.mark.parametrize(
    ("given", "again", "correct", "told_by"),
    [
        ("It is  8.", "it is 8", True, "words"),
        (OPEN, OPEN.upper(), True, "words"),
        ("Long talk. The answer is 1,000.", "So: \\boxed{1000}", True, "final answer"),
        ("The answer is 7.", "The answer is 8.", False, "final answer"),
        ("", "8", None, ""),
        (OPEN, OTHER, None, ""),
    ],
)
async def test_words_and_final_answers_tell_by_themselves(
    given: str, again: str, correct: bool | None, told_by: str
) -> None:
    told = await SameAnswer().compare(two(given, again, judged=False), ask_nobody)
    assert (told.correct, told.told_by) == (correct, told_by)


@pytest.mark.parametrize(
    ("said", "correct"),
    [
        (['{"same": true}', '{"same": true}'], True),
        (['{"same": false}', 'Well: {"same": false}'], False),
        (['{"same": true}', '{"same": false}'], None),
        (["no idea"], None),
        ([None], None),
    ],
)
async def test_a_judge_is_asked_in_both_orders_and_must_say_the_same(
    said: list[str | None], correct: bool | None
) -> None:
    asked: list[Question] = []

    async def ask(question: Question) -> str | None:
        asked.append(question)
        return said[len(asked) - 1]

    told = await SameAnswer().compare(two(OPEN, OTHER, judged=True), ask)
    assert told.correct is correct
    assert told.told_by == ("judge" if correct is not None else "")
    assert len(asked) == len(said)
    if len(asked) == 2:
        assert asked[0].text.index(OPEN) < asked[0].text.index(OTHER)
        assert asked[1].text.index(OTHER) < asked[1].text.index(OPEN)


async def test_what_is_too_long_to_be_shown_is_not_judged() -> None:
    told = await SameAnswer().compare(two(OPEN * 400, OTHER * 400, judged=True), ask_nobody)
    assert told.correct is None
