"""What a model has thought in its text is told from what it says: by one rule, whoever asks."""

from __future__ import annotations

import time

import pytest

from lanewise.core.said_aloud import said_aloud


@pytest.mark.parametrize(
    ("text", "aloud"),
    [
        ("plainly said", "plainly said"),
        ("<think>is it 41?</think>\nAnswer: 42", "\nAnswer: 42"),
        ("\n<THINK>a</think> b <think>c</THINK>d", "\nd"),
        ("<think>a <think>b</think> c</think>d", "d"),
        ("<think>a\n<think>b</think> c</think>d", "d"),
        ("<scratchpad>a</scratchpad>b", "b"),
        ("", ""),
    ],
)
def test_thinking_at_the_beginning_of_a_text_is_not_said(text: str, aloud: str) -> None:
    assert said_aloud(text) == aloud


@pytest.mark.parametrize(
    "text", ["<thinking>Answer: 42</thinking>", "<think>Answer: 42", "<think>a</think><think>b</think>"]
)
def test_of_thinking_alone_nothing_is_said(text: str) -> None:
    assert said_aloud(text) == ""


@pytest.mark.parametrize(
    ("text", "aloud"),
    [
        ("It is 5.\n<think>Or 6?</think>\nYes: 5.", "It is 5.\n\nYes: 5."),
        ("It is 5.\n  <think>Or 6?", "It is 5.\n"),
        ("<think>a</think>\nb\n<think>c</think>\nd", "\nb\n\nd"),
    ],
)
def test_what_was_said_before_more_thinking_stays_said(text: str, aloud: str) -> None:
    assert said_aloud(text) == aloud


def test_thinking_that_a_template_began_ends_all_the_same() -> None:
    assert said_aloud("Is it 41? No.\n</think>\n\n42") == "\n\n42"


@pytest.mark.parametrize(
    "text",
    [
        "HTML has no <think> tag",
        "HTML has no </think> tag",
        "It ends with </think>",
        'Write `re.sub("<think>.*</think>", "", text)`.',
        "a < b, and <b>b</b> is bold",
    ],
)
def test_to_speak_of_the_marks_is_not_to_think(text: str) -> None:
    assert said_aloud(text) == text


def test_an_answer_after_thinking_may_speak_of_the_marks() -> None:
    assert said_aloud("<think>a regex</think>Cut at `</think>`.") == "Cut at `</think>`."


@pytest.mark.parametrize("piece", ["<think>", "\n<think>", "</think>", "</think>\n", "\n" + " " * 21 + "<think", "<"])
def test_a_hostile_text_takes_no_time(piece: str) -> None:
    began = time.process_time()
    said_aloud(piece * 40_000)
    assert time.process_time() - began < 1.0
