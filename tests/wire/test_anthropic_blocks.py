"""What is said to Anthropic, block by block."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from wire.calls import MESSAGES, chat, sent, sent_json

MARKER = {"type": "ephemeral"}


TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}


def _sent(*messages: dict[str, Any], **members: Any) -> dict[str, Any]:
    return sent_json(chat(messages=list(messages), **members), dialect=MESSAGES)


def _user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def _call(call_id: str, arguments: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": "f", "arguments": arguments}}


def test_a_tool_loop_keeps_its_order_its_ids_and_its_bytes() -> None:
    body = chat(
        messages=[
            _user("weather?"),
            {
                "role": "assistant",
                "content": "Looking.",
                "tool_calls": [_call("a", '{"t": 1.10, "é":"\\u00e9"}'), _call("b", "")],
            },
            {"role": "tool", "tool_call_id": "a", "content": "5"},
            {
                "role": "tool",
                "tool_call_id": "b",
                "content": [{"type": "text", "text": "6"}, {"type": "text", "text": "7"}],
            },
            _user("Thanks"),
        ],
        tools=[TOOL],
    )
    wire = sent(body, dialect=MESSAGES)
    assert '{"type":"tool_use","id":"a","name":"f","input":{"t": 1.10, "é":"\\u00e9"}}'.encode() in wire.body
    assert json.loads(wire.body)["messages"] == [
        _user("weather?"),
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Looking."},
                {"type": "tool_use", "id": "a", "name": "f", "input": {"t": 1.1, "é": "é"}},
                {"type": "tool_use", "id": "b", "name": "f", "input": {}},
            ],
        },
        _user(
            [
                {"type": "tool_result", "tool_use_id": "a", "content": "5"},
                {
                    "type": "tool_result",
                    "tool_use_id": "b",
                    "content": [{"type": "text", "text": "6"}, {"type": "text", "text": "7"}],
                },
                {"type": "text", "text": "Thanks"},
            ]
        ),
    ]


@pytest.mark.parametrize("arguments", ["[1]", "{", "text", '{"a":1}{"b":2}', '{"a":1,"a":2}'])
def test_arguments_that_are_no_object_are_refused(arguments: str) -> None:
    messages = [_user("x"), {"role": "assistant", "tool_calls": [_call("call-7", arguments)]}]
    with pytest.raises(InvalidRequest, match="'call-7' must be a JSON object"):
        _sent(*messages)


def test_tools_keep_their_schema_byte_for_byte() -> None:
    body = (
        b'{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":'
        b'{"name":"f","parameters":{"type":"object","properties":{"t":{"maximum":1.10}}}}}]}'
    )
    assert b'"input_schema":{"type":"object","properties":{"t":{"maximum":1.10}}}' in sent(body, dialect=MESSAGES).body


@pytest.mark.parametrize(
    ("function", "schema"),
    [
        ({"name": "f"}, {"type": "object", "properties": {}}),
        ({"name": "f", "parameters": None}, {"type": "object", "properties": {}}),
        ({"name": "f", "parameters": {}}, {"type": "object"}),
        ({"name": "f", "parameters": {"properties": {}}}, {"properties": {}, "type": "object"}),
    ],
)
def test_a_schema_always_says_it_is_an_object(function: dict[str, Any], schema: dict[str, Any]) -> None:
    body = _sent(_user("x"), tools=[{"type": "function", "function": function}])
    assert body["tools"] == [{"name": "f", "input_schema": schema}]


def test_images_by_bytes_and_by_address() -> None:
    body = _sent(
        _user(
            [
                {"type": "text", "text": "What?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0="}},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.jpg", "detail": "auto"}},
            ]
        )
    )
    assert body["messages"][0]["content"][1:] == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0="}},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.jpg"}},
    ]


@pytest.mark.parametrize("url", ["ftp://x/y.png", "data:image/tiff;base64,AAAA", "data:image/png,raw", "AAAA"])
def test_images_the_vendor_cannot_take_are_refused(url: str) -> None:
    with pytest.raises(InvalidRequest):
        _sent(_user([{"type": "image_url", "image_url": {"url": url}}]))


MARKED = chat(
    messages=[
        {"role": "system", "content": [{"type": "text", "text": "long", "cache_control": MARKER}]},
        {"role": "user", "content": [{"type": "text", "text": "x", "cache_control": MARKER}]},
    ],
    tools=[{**TOOL, "cache_control": MARKER}],
)


def test_the_callers_cache_markers_reach_a_model_that_takes_them() -> None:
    wire = sent(MARKED, dialect=MESSAGES, facts=ModelFacts(cache_markers=True))
    body = json.loads(wire.body)
    assert body["system"] == [{"type": "text", "text": "long", "cache_control": MARKER}]
    assert body["messages"][0]["content"][0]["cache_control"] == MARKER
    assert body["tools"][0]["cache_control"] == MARKER
    assert wire.dropped == ()


def test_they_are_dropped_visibly_elsewhere() -> None:
    wire = sent(MARKED, dialect=MESSAGES)
    assert b"cache_control" not in wire.body
    assert wire.dropped == ("cache_control: the model takes no cache markers",)
