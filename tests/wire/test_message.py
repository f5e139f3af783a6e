"""What a message says in the spellings of many vendors: heard once, and never lost to a leaf of an unknown shape."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Finish
from lanewise.wire.openai_chat.message import FINISH_WORDS, Function, Message, arguments_of, finish_of, said

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "thinking", "summary", "signature"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def _said(reasoning_field: str | None = None, **members: Any) -> tuple[str, str, str]:
    return said(msgspec.convert(members, Message), reasoning_field)


@pytest.mark.parametrize(
    ("content", "text", "thought"),
    [
        ("Hi", "Hi", ""),
        (None, "", ""),
        (["Grü", {"type": "text", "text": "ße"}], "Grüße", ""),
        ([{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "4"}], "4", "hm"),
        ([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "4"}], "4", "hm"),
        ([{"type": "reference", "reference_ids": [3]}, {"type": "text", "text": "4"}], "4", ""),
        ([{"type": "text", "text": None}, 5, {"type": "text", "text": "4"}], "4", ""),
    ],
)  # fmt: skip
def test_text_and_thinking_are_told_apart_in_every_form_of_content(content: Any, text: str, thought: str) -> None:
    assert _said(content=content) == (text, thought, "")


def test_where_two_fields_tell_different_thinking_the_vendors_own_counts() -> None:
    both = {"content": "4", "reasoning_content": "long", "reasoning": "short"}
    assert _said(**both) == ("4", "long", "")
    assert _said("reasoning_content", **both) == ("4", "long", "")
    assert _said("reasoning", **both) == ("4", "short", "")
    assert _said("reasoning", content="4", reasoning_content="long", reasoning="") == ("4", "long", "")


@pytest.mark.parametrize(
    ("details", "thought", "signature"),
    [
        ([{"type": "reasoning.text", "text": "a"}, {"type": "reasoning.text", "text": "b"}], "ab", ""),
        ([{"type": "reasoning.summary", "summary": "in short"}], "in short", ""),
        ([{"type": "reasoning.encrypted", "data": "aGlk", "id": "r"}], "", ""),
        ([{"type": "reasoning.text", "text": None, "signature": "c2ln"}], "", "c2ln"),
    ],
)
def test_openrouters_details_are_heard_where_they_come_alone_and_their_proof_always(
    details: list[dict[str, Any]], thought: str, signature: str
) -> None:
    assert _said(content="", reasoning_details=details) == ("", thought, signature)
    assert _said(content="", reasoning="told", reasoning_details=details) == ("", "told", signature)


@given(st.dictionaries(st.text(max_size=5), _JSON, max_size=3))
def test_arguments_told_as_an_object_are_the_same_object_as_text(arguments: dict[str, Any]) -> None:
    assert json.loads(arguments_of(Function(name="f", arguments=arguments))) == arguments


@given(st.text())
def test_arguments_told_as_text_are_that_very_text(arguments: str) -> None:
    assert arguments_of(Function(name="f", arguments=arguments)) == arguments


def test_no_arguments_are_no_text() -> None:
    assert arguments_of(None) == arguments_of(Function(name="f")) == ""


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("eos", Finish.STOP),
        ("end_turn", Finish.STOP),
        ("max_tokens", Finish.LENGTH),
        ("tool_use", Finish.TOOL_CALLS),
        ("STOP", Finish.OTHER),
        (7, None),
    ],
)
def test_words_of_other_dialects_for_an_end_are_understood(word: object, finish: Finish | None) -> None:
    assert finish_of(word) is finish


def test_every_end_has_a_word_of_openais_that_is_read_back_as_the_same_end() -> None:
    assert FINISH_WORDS.keys() == set(Finish)
    assert set(FINISH_WORDS.values()) <= {"stop", "length", "tool_calls", "content_filter", "function_call"}
    for finish in set(Finish) - {Finish.OTHER}:  # which no word of the official SDK's says
        assert finish_of(FINISH_WORDS[finish]) is finish
