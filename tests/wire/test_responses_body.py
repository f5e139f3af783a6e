"""The body of a Responses request, and what is said where it is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.wire.openai_responses.body import Item, read_body, texts_of


def test_its_members_and_where_they_stand() -> None:
    body = b'{"model": "any", "input": [{"role": "user", "content": "Hi"}], "later": {"a": 1.10}}'
    asked, members = read_body(body)
    assert asked.model == "any"
    assert isinstance(asked.input, list)
    assert asked.input[0].kind == "message"
    assert body[slice(*members["later"][1:])] == b'{"a": 1.10}'


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ({"type": "function_call"}, "function_call"),
        ({"role": "user"}, "message"),
        ({}, ""),
        ({"type": 5, "role": "user"}, "message"),
    ],
)
def test_an_item_without_a_type_is_a_message_if_somebody_says_it(item: dict[str, Any], kind: str) -> None:
    assert Item(**item).kind == kind


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"input": 5}, "input"),
        ({"max_output_tokens": "0"}, "max_output_tokens"),
        ({"text": {"format": 5}}, "text.format"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, object], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_body(json.dumps({"model": "any", "input": "Hi"} | wrong).encode())
    assert refused.value.param == param


def test_words_are_found_however_they_are_written() -> None:
    assert texts_of("a") == ["a"]
    assert texts_of([{"type": "input_text", "text": "a"}, "b", {"type": "input_image"}, 5]) == ["a", "b"]
    assert texts_of(None) == texts_of({"text": "a"}) == []
