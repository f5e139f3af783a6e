from __future__ import annotations

import pytest

from lanewise.core.said_aloud import said_aloud


@pytest.mark.parametrize(
    ("text", "aloud"),
    [
        ("plainly said", "plainly said"),
        ("<think>is it 41?</think>\nAnswer: 42", "\nAnswer: 42"),
        ("\n<THINK>a</think> b <think>c</THINK>d", "d"),
        ("<thinking>Answer: 42</thinking>", ""),
        ("<think>Answer: 42", ""),
        ("HTML has no <think> tag", "HTML has no <think> tag"),
        ("", ""),
    ],
)
def test_thinking_at_the_beginning_of_a_text_is_not_said(text: str, aloud: str) -> None:
    assert said_aloud(text) == aloud
