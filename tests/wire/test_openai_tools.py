"""Tools and the choice of one, read out of a chat completion request."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lanewise.core.conversation import Tool, ToolChoice
from lanewise.core.errors import InvalidRequest
from lanewise.wire.openai_chat.tools import ToolSpec, read_tool_choice, read_tools
from wire.calls import MESSAGES, chat, sent_json

NAMED = b'{"type":"function","function":{"name":"look_up","description":"Finds","parameters":%b}}'


def _read(*specs: bytes) -> tuple[Tool, ...]:
    return read_tools(msgspec.json.decode(b"[" + b",".join(specs) + b"]", type=list[ToolSpec]))


def test_tools_keep_their_order_their_words_and_each_schemas_bytes() -> None:
    schema = b'{ "type":"object","properties":{"t":{"maximum":1.10,"\\u00e9":1e2}} }'
    tools = _read(NAMED % schema, b'{"function":{"name":"b"}}')
    assert tools == (Tool(name="look_up", description="Finds", schema=schema), Tool(name="b"))


@pytest.mark.parametrize(
    ("spec", "marker"),
    [
        (b'{"function":{"name":"f"},"cache_control":{"type": "ephemeral"}}', b'{"type": "ephemeral"}'),
        (b'{"function":{"name":"f","cache_control":{"ttl":"1h"}}}', b'{"ttl":"1h"}'),
        (b'{"function":{"name":"f","cache_control":{"a":1}},"cache_control":{"b":2}}', b'{"b":2}'),
        (b'{"function":{"name":"f"}}', None),
    ],
)
def test_a_cache_marker_is_found_on_the_tool_or_in_its_function(spec: bytes, marker: bytes | None) -> None:
    (tool,) = _read(spec)
    assert tool.cache_marker == marker


@pytest.mark.parametrize(("written", "strict"), [(b"false", False), (b"null", None), (b"true", True)])
def test_strictness_goes_along(written: bytes, strict: bool | None) -> None:
    (tool,) = _read(b'{"function":{"name":"f","strict":%b}}' % written)
    assert tool.strict is strict


@pytest.mark.parametrize(
    "spec",
    [
        b'{"type":"web_search"}',
        b'{"type":"custom","custom":{"name":"f"}}',
        b'{"type":"web_search","function":{"name":"f"}}',
        b'{"type":"function"}',
    ],
)
def test_a_vendors_own_tool_is_refused_by_its_place(spec: bytes) -> None:
    with pytest.raises(InvalidRequest, match="write function") as refused:
        _read(NAMED % b"{}", spec)
    assert refused.value.param == "tools[1].type"


@pytest.mark.parametrize("parallel", [True, False])
@pytest.mark.parametrize(
    ("choice", "mode", "name"),
    [
        (None, "auto", ""),
        ("auto", "auto", ""),
        ("none", "none", ""),
        ("required", "any", ""),
        ("any", "any", ""),
        ({"type": "function", "function": {"name": "look_up"}}, "tool", "look_up"),
        ({"function": {"name": "look_up"}}, "tool", "look_up"),
    ],
)
def test_a_choice_is_read_with_whether_calls_may_come_side_by_side(
    choice: Any, mode: Any, name: str, parallel: bool
) -> None:
    assert read_tool_choice(choice, parallel=parallel) == ToolChoice(mode=mode, name=name, parallel=parallel)


@pytest.mark.parametrize(
    "choice",
    [
        "always",
        True,
        7,
        ["look_up"],
        {"type": "tool", "name": "look_up"},
        {"type": "function", "function": "look_up"},
        {"type": "function", "function": {"name": None}},
    ],
)
def test_a_choice_that_other_vendors_cannot_be_told_is_refused_with_what_to_write(choice: Any) -> None:
    with pytest.raises(InvalidRequest, match='write "auto", "none", "required" or') as refused:
        read_tool_choice(choice, parallel=True)
    assert refused.value.param == "tool_choice"


def test_some_of_the_tools_may_be_allowed() -> None:
    tools = [{"type": "function", "function": {"name": name}} for name in ("f", "g")]
    for mode, meaning in (("auto", "auto"), ("required", "any")):
        choice = {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}}
        told = read_tool_choice(choice, parallel=False)
        assert (told.mode, told.allowed, told.parallel) == (meaning, ("f", "g"), False)


@pytest.mark.parametrize("told", [None, {}, {"tools": []}, {"tools": [{"type": "function"}]}, {"tools": [7]}])
def test_a_list_of_allowed_tools_that_names_none_is_refused(told: Any) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_tool_choice({"type": "allowed_tools", "allowed_tools": told}, parallel=True)
    assert refused.value.param == "tool_choice.allowed_tools.tools"


TOOL = {"type": "function", "function": {"name": "f"}}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, None),
        ({"tool_choice": "auto"}, None),
        ({"tool_choice": "none"}, {"type": "none"}),
        ({"tool_choice": "required"}, {"type": "any"}),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, {"type": "tool", "name": "f"}),
        ({"parallel_tool_calls": False}, {"type": "auto", "disable_parallel_tool_use": True}),
        ({"parallel_tool_calls": False, "tool_choice": "required"}, {"type": "any", "disable_parallel_tool_use": True}),
        ({"parallel_tool_calls": True}, None),
    ],
)
def test_the_choice_of_tools(members: dict[str, Any], expected: dict[str, Any] | None) -> None:
    assert sent_json(chat(tools=[TOOL], **members), dialect=MESSAGES).get("tool_choice") == expected


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"tools": [{"type": "custom", "custom": {"name": "f"}}]}, "tools"),
        ({"tools": [TOOL], "tool_choice": "often"}, "tool_choice"),
    ],
)
def test_what_cannot_be_said_elsewhere_is_refused_by_its_name(members: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        sent_json(chat(**members), dialect=MESSAGES)
