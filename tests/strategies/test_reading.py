from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Content, Generation, ToolCall
from lanewise.core.request import Dialect
from lanewise.strategies.reading import answer_in, is_an_answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("391", "391"),
        ("17 * 20 = 340\n\nAnswer: 391", "391"),
        ("**Final answer:** 1,391.0", "1391"),
        ("so the answer is\nThe answer is 42.", "42"),
        ("We get \\boxed{\\frac{1}{2}} in the end", "\\frac{1}{2}"),
        ("steps\n#### 72", "72"),
        ("  Paris. ", "paris"),
        ('{"b": 1, "a": [2]}', '{"a":[2],"b":1}'),
        ("Answer: 3\nNo, wait.\nAnswer: 4", "4"),
        ("<think>Answer: 3</think>\nAnswer: 4", "4"),
        ("<think>Answer: 3", ""),
    ],
)
def test_the_final_answer_is_read_without_its_dress(text: str, answer: str) -> None:
    assert answer_in(Content(text=text)) == answer


def test_tool_calls_are_read_by_what_they_do() -> None:
    one = Content(tool_calls=(ToolCall(id="x", name="f", arguments='{"b":1, "a":2}'),))
    other = Content(tool_calls=(ToolCall(id="y", name="f", arguments='{"a": 2,"b": 1}'),))
    assert answer_in(one) == answer_in(other)


@given(st.text())
def test_whatever_comes_is_read(text: str) -> None:
    assert isinstance(answer_in(Content(text=text)), str)
    assert answer_in(None) == ""


def test_what_says_two_things_by_one_name_agrees_with_neither() -> None:
    assert answer_in(Content(text='{"a": 1, "a": 2}')) not in (answer_in(Content(text='{"a":2}')), '{"a":1}')
    calls = (ToolCall(id="c", name="pay", arguments='{"amount": 1, "amount": 2}'),)
    assert not is_an_answer(Generation(dialect=Dialect.OPENAI_CHAT, content=Content(tool_calls=calls)))
