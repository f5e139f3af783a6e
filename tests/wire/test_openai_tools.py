"""Tools and the choice of them, read out of a chat completion request."""

from __future__ import annotations

from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest
from wire.calls import MESSAGES, chat, sent_json

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
