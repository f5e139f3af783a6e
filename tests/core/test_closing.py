from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.closing import Closing, ClosingMarks

EVERY: frozenset[Closing] = frozenset({"answer", "json", "code"})


def closed_after(text: str, *of: Closing, size: int = 1) -> list[str]:
    """What had come whenever something was closed, in pieces of this size."""
    marks = ClosingMarks(frozenset(of) or EVERY)
    return [text[: at + size] for at in range(0, len(text), size) if marks.take(text[at : at + size])]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("So \\boxed{391}. Let me check", ["So \\boxed{391}"]),
        ("\\boxed{\\frac{1}{2}} it is", ["\\boxed{\\frac{1}{2}}"]),
        ("17 * 23 = 391\nAnswer: 391\nLet me check", ["17 * 23 = 391\nAnswer: 391\n"]),
        ("steps\n#### 72\nmore", ["steps\n#### 72\n"]),
        ("the answer is not known yet, the set {1, 2} is", []),
        ("Answer: 391", []),  # its line goes on, as far as anybody knows
    ],
)
def test_a_result_is_closed_with_its_box_or_its_line(text: str, ends: list[str]) -> None:
    assert closed_after(text, "answer") == ends


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ('{"a": {"b": [1, "}"]}} and more }', ['{"a": {"b": [1, "}"]}}']),
        (' \n[{"a": "\\"}"}]\n', [' \n[{"a": "\\"}"}]']),
        ('Here is it: {"a": 1}', []),
        ('{"a": 1', []),
    ],
)
def test_json_is_closed_with_its_first_bracket(text: str, ends: list[str]) -> None:
    assert closed_after(text, "json") == ends


def test_code_is_closed_with_the_fence_that_follows_its_first() -> None:
    text = "So:\n```python\nx = '```'\nAnswer: 1\n```\nand\n```\ny\n```"
    assert closed_after(text, "code") == ["So:\n```python\nx = '```'\nAnswer: 1\n```", text]
    assert closed_after("```python\nprint('Answer: 1')\nAnswer: 1\n", "answer") == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
).filter(lambda value: isinstance(value, list | dict))


@given(VALUES, st.integers(1, 9), st.booleans())
def test_whatever_the_json_and_its_pieces_it_is_closed_once_at_its_end(value: Any, size: int, plain: bool) -> None:
    text = json.dumps(value, ensure_ascii=plain)
    (first,) = closed_after(text + ' "}]{', "json", size=size)
    assert first[: len(text)] == text
    assert len(first) < len(text) + size


@given(st.text(alphabet='`\\boxed{}[]"\n Answer:#1', max_size=80), st.integers(1, 9))
def test_whatever_comes_is_followed(text: str, size: int) -> None:
    closed_after(text, size=size)
