"""Answers that decline are told from answers that speak of it."""

from __future__ import annotations

import pytest

from lanewise.core.answer import Content, ToolCall
from lanewise.verifiers.reading.declined import declined


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I\u2019m sorry, I can\u2019t assist with that request.",
        "I cannot provide instructions for this.",
        "As an AI language model, I can't do this.",
        "I must decline.",
        "I'm unable to assist with that.",
        "I won't help with this.",
        "I'm sorry, but I can't fulfill this request.",
        "I won't be able to help with that.",
        "That's not something I can help with.",
        "I do not feel comfortable helping with this.",
        "This request violates my guidelines, so I can't complete it.",
        "<think>They ask for x.</think>I cannot discuss this topic.",
    ],
)
def test_a_model_that_will_not(text: str) -> None:
    assert declined(Content(text=text)) == "will_not"


@pytest.mark.parametrize(
    "text",
    [
        "CANNOT SOLVE: the figure is missing.",
        "So:\n**CANNOT SOLVE**",
        "I could not solve this.",
        "I don't have enough information.",
        "There is not enough information to determine x.",
        "I don't know.",
    ],
)
def test_a_model_that_says_it_cannot(text: str) -> None:
    assert declined(Content(text=text)) == "cannot"


@pytest.mark.parametrize(
    "text",
    [
        "I can't help but notice that x = 4.",
        "The equation has no solution.",
        "It cannot be solved by radicals; here is why. " * 3,
        "The tenant cannot help with repairs.",
        'The bot replied: "I can\'t help with that." This is a refusal.',
        "> I can't help with that.\n\nThat is what it said, and it is wrong.",
        '```python\nprint("I cannot help with that")\n```',
        "Subject: Your invitation\n\nDear Ms Lee,\n\nI must decline.",
        "Dear Tom, I can't help with the move on Sunday.",
        "I can't provide medical advice, but this is known. " + "Rest helps most people. " * 60,
        "You can say: I do not know the answer yet.",
        "<think>\nCANNOT SOLVE, unless x = 4.\n</think>\nx = 4",
        "42",
        "",
        "Let x be a number. " * 60 + "I could not solve the second part at once, but then: 5.",
    ],
)
def test_an_answer_is_an_answer(text: str) -> None:
    assert declined(Content(text=text)) is None


def test_a_vendors_own_refusal_counts_and_a_tool_call_does_not() -> None:
    assert declined(Content(refusal="I may not.")) == "will_not"
    assert (
        declined(Content(text="I can't help with that.", tool_calls=(ToolCall(id="1", name="x", arguments=""),)))
        is None
    )
