"""A long body is read around its messages: the same values, places and refusals as of a short one."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.errors import InvalidRequest
from lanewise.wire.openai_chat import body as body_file
from lanewise.wire.openai_chat.body import Body, read_body
from lanewise.wire.splice import members
from wire.calls import unhurried

LONG = "Please read this. " * 1_000
SCHEMA = {"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}}, "required": ["a"]}
TOOLS = [{"type": "function", "function": {"name": f"tool_{i}", "parameters": SCHEMA}} for i in range(9)]
CALLS = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
MESSAGES: dict[str, list[dict[str, Any]]] = {
    "text": [{"role": "system", "content": LONG}, {"role": "user", "content": "Hello"}],
    "role last": [{"content": LONG, "role": "user"}],
    "parts": [{"role": "user", "content": [{"type": "text", "text": LONG}]}],
    "calls": [{"role": "user", "content": LONG}, {"role": "assistant", "content": None, "tool_calls": CALLS}],
    "null": [{"role": "user", "content": LONG}, {"role": "assistant", "tool_calls": CALLS, "content": None}],
    "JSON in text": [{"role": "user", "content": LONG + json.dumps([{"role": "user", "content": '"}],"n":1}'}])}],
}
REST: dict[str, dict[str, Any]] = {
    "nothing": {},
    "numbers": {"temperature": 0.2, "max_tokens": 256},
    "tools": {"temperature": 0.2, "tools": TOOLS},
    "tools and lists": {"stop": ["a", "b"], "tools": TOOLS, "modalities": ["text"], "top_p": 1},
    "a schema": {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}, "n": 1},
}


@pytest.mark.parametrize("rest", REST.values(), ids=REST)
@pytest.mark.parametrize("messages", MESSAGES.values(), ids=MESSAGES)
def test_a_long_body_in_a_usual_order_is_scanned_once_and_read_the_same(
    messages: list[Any], rest: dict[str, Any]
) -> None:
    model = {"model": "any", "user": 'a "quoted" \\ name'}
    said = {"messages": messages}
    for ordered in ({**model, **said, **rest}, {**said, **model, **rest}):
        for separators in ((",", ":"), (", ", ": ")):
            body = json.dumps(ordered, separators=separators)
            read = body_file._read_around_messages(body.encode())  # taken at all: the slower way gives the same
            assert read is not None
            assert read == (msgspec.json.decode(body, type=Body), members(body.encode()))


_PIECES = st.sampled_from(
    ['{"role":"user","content":"x"}', '"', "]", "[", "}]", '"}]', '"}],', '"tools":', '"n":1', "{", "}", ",", "\\", " "]
)


@unhurried
@given(st.lists(_PIECES, max_size=8), st.lists(_PIECES, max_size=8), st.sampled_from(["", '"temperature":1,']))
def test_whatever_stands_there_a_long_body_is_taken_or_refused_as_a_short_one(
    inside: list[str], after: list[str], head: str
) -> None:
    start = f'{{"model":"any",{head}"messages":[{{"role":"user","content":"'
    end = "".join(inside) + '"}],"n":1' + "".join(after) + "}"
    short, long = f"{start}{end}", f"{start}{LONG}{end}"
    try:
        asked, places = read_body(short.encode())
    except InvalidRequest:
        with pytest.raises(InvalidRequest):
            read_body(long.encode())
        return
    asked_at_length, places_at_length = read_body(long.encode())

    assert places_at_length == members(long.encode())
    assert places_at_length.keys() == places.keys()
    asked_at_length.messages[0].content = asked.messages[0].content
    assert asked_at_length == asked


@pytest.mark.parametrize("text", ["Hello", LONG])
def test_a_key_said_twice_is_refused_before_anything_is_asked(text: str) -> None:
    message = json.dumps([{"role": "user", "content": text}])
    for twice, name in ((f'"messages":{message}', "messages"), ('"n":2', "n")):
        body = f'{{"model":"any","n":1,"messages":{message},{twice}}}'
        with pytest.raises(InvalidRequest, match=f"'{name}' stands twice"):
            read_body(body.encode())


@pytest.mark.parametrize("text", ["Hello", LONG])
def test_a_mistake_in_a_message_is_named_by_its_place(text: str) -> None:
    body = json.dumps({"model": "any", "messages": [{"role": "user", "content": text}, {"content": "x"}]})
    with pytest.raises(InvalidRequest, match=r"messages\[1\]"):
        read_body(body.encode())
