"""Tools of a Responses request for vendors that know functions only."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.conversation import ToolChoice
from lanewise.core.errors import InvalidRequest
from lanewise.wire.openai_responses.tools import (
    Spoken,
    ToolSpec,
    arguments_with,
    free_text_of,
    read_specs,
    read_tool_choice,
    read_tools,
    spoken_names,
)

FUNCTION = {
    "type": "function",
    "name": "f",
    "description": "d",
    "strict": True,
    "parameters": {"type": "object", "n": 1.0},
}
CUSTOM = {
    "type": "custom",
    "name": "patch",
    "description": "Apply a patch",
    "format": {"type": "grammar", "syntax": "lark", "definition": "start: WORD"},
}
NAMESPACE = {"type": "namespace", "name": "agents", "tools": [FUNCTION | {"name": "close"}]}


def specs(*tools: Any) -> list[ToolSpec]:
    return read_specs([msgspec.Raw(json.dumps(tool).encode()) for tool in tools])


def test_a_function_keeps_its_schema_byte_for_byte() -> None:
    (tool,) = read_tools(specs(FUNCTION), [])
    assert (tool.name, tool.description, tool.strict) == ("f", "d", True)
    assert tool.schema == b'{"type": "object", "n": 1.0}'


def test_free_text_becomes_one_string_and_its_grammar_stands_in_the_description() -> None:
    (tool,) = read_tools(specs(CUSTOM), [])
    assert json.loads(tool.schema)["required"] == ["input"]
    assert tool.description == "Apply a patch\n\nWrite `input` in this grammar:\nstart: WORD"


def test_functions_of_a_namespace_are_offered_under_both_names() -> None:
    assert [tool.name for tool in read_tools(specs(FUNCTION, NAMESPACE), [])] == ["f", "agents__close"]


def test_a_vendor_s_own_tool_is_lost_and_told_beside_others_and_refused_alone() -> None:
    dropped: list[str] = []
    assert len(read_tools(specs(FUNCTION, {"type": "web_search"}), dropped)) == 1
    assert dropped == ["tools[].type web_search: the tool is the vendor's own and cannot be offered by another"]
    with pytest.raises(InvalidRequest, match="web_search cannot be said"):
        read_tools(specs({"type": "web_search"}), [])
    assert read_tools([], []) == ()


def test_what_is_no_tool_is_named() -> None:
    with pytest.raises(InvalidRequest) as refused:
        specs(FUNCTION, 5)
    assert refused.value.param == "tools[1]"


def test_how_the_caller_calls_them() -> None:
    assert spoken_names(specs(FUNCTION, CUSTOM, NAMESPACE)) == {
        "patch": Spoken("patch", free_text=True),
        "agents__close": Spoken("close", "agents"),
    }


@pytest.mark.parametrize(
    ("choice", "read"),
    [
        (None, ToolChoice()),
        ("auto", ToolChoice()),
        ("none", ToolChoice(mode="none")),
        ("required", ToolChoice(mode="any")),
        ({"type": "function", "name": "f"}, ToolChoice(mode="tool", name="f")),
        ({"type": "custom", "name": "patch"}, ToolChoice(mode="tool", name="patch")),
        ({"type": "function", "name": "close", "namespace": "agents"}, ToolChoice(mode="tool", name="agents__close")),
        (
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
            ToolChoice(allowed=("f",)),
        ),
        (
            {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "f"}]},
            ToolChoice(mode="any", allowed=("f",)),
        ),
    ],
)
def test_the_choice_of_one(choice: object, read: ToolChoice) -> None:
    assert read_tool_choice(choice, parallel=True) == read


@pytest.mark.parametrize(
    "choice", [{"type": "web_search"}, "later", 5, {"type": "allowed_tools", "tools": [{"type": "mcp"}]}]
)
def test_a_choice_that_others_lack_is_refused(choice: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_tool_choice(choice, parallel=True)
    assert refused.value.param == "tool_choice"


@given(st.text())
def test_free_text_goes_there_and_back(text: str) -> None:
    assert free_text_of(arguments_with(text)) == text


@pytest.mark.parametrize("arguments", ["", "no JSON", '{"other": 1}', "[]", '{"input": 5}'])
def test_arguments_that_hold_none_are_taken_whole(arguments: str) -> None:
    assert free_text_of(arguments) == arguments
