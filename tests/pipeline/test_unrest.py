from __future__ import annotations

import pytest

from lanewise.core.conversation import Conversation, Role, Text, Turn
from lanewise.pipeline.unrest import unrest_in


def talk(*texts: str) -> Conversation:
    roles: tuple[Role, Role] = ("user", "assistant")
    return Conversation(
        turns=tuple(Turn(role=roles[place % 2], parts=(Text(text=text),)) for place, text in enumerate(texts))
    )


@pytest.mark.parametrize(
    "said",
    [
        "That's wrong.",
        "no, that is not what I meant",
        "Still not working after the change",
        "It doesn't work, same error",
        "Are you sure?",
        "Think again: 17 * 23",
        "You already said that",
        "Not what I asked for.",
    ],
)
def test_a_user_who_is_not_content_says_so_first(said: str) -> None:
    assert unrest_in(talk("What is 17 * 23?", "390", said)) == "dissatisfied"


@pytest.mark.parametrize(
    "said",
    [
        "Thanks! Now what is 18 * 23?",
        "Notice the second line: what does it do?",
        "Explain why the wrong answer is tempting",
        "yes",
        "Now, is this incorrect? 2 + 2 = 5",
    ],
)
def test_a_talk_that_goes_on_is_no_unrest(said: str) -> None:
    assert unrest_in(talk("What is 17 * 23?", "390", said)) is None


def test_a_first_message_has_nothing_to_be_unhappy_about() -> None:
    assert unrest_in(talk("That's wrong: 17 * 23 = 390. Why?")) is None


def test_the_same_question_again_is_a_stall() -> None:
    again = "How do I reset the password of my account?"
    assert unrest_in(talk(again, "Click reset.", "there is none", "Click it.", again)) == "stalled"


def test_the_same_answer_again_is_a_stall() -> None:
    told = "Please click on the button that is called reset."
    assert unrest_in(talk("how?", told, "there is no such button here", told, "what now, where else?")) == "stalled"


def test_short_words_repeat_without_meaning_anything() -> None:
    assert unrest_in(talk("go on", "ok, next", "go on", "ok, next", "go on")) is None
