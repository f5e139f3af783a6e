"""Thinking that was hidden from the caller, put back before the tool calls it led to: its vendor wants to see it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from lanewise.core.answer import Thought
from lanewise.wire.splice import elements, members, replace_elements, splice


class _Block(msgspec.Struct, gc=False):
    type: Any = ""
    id: Any = None


class _Message(msgspec.Struct, gc=False):
    role: Any = None
    content: list[_Block] | str | None = None


_MESSAGES = msgspec.json.Decoder(list[_Message])
_THINKING = frozenset({"thinking", "redacted_thinking"})


def bare_calls(body: bytes) -> dict[int, str]:
    """Answers with tool calls and no thinking: the place of each among the messages, and its first call's id."""
    if b'"tool_use"' not in body:
        return {}
    _, start, end = members(body)["messages"]
    found: dict[int, str] = {}
    for place, message in enumerate(_MESSAGES.decode(body[start:end])):
        if message.role != "assistant" or not isinstance(message.content, list):
            continue
        if any(block.type in _THINKING for block in message.content):
            continue
        called = next((block.id for block in message.content if block.type == "tool_use"), None)
        if isinstance(called, str):
            found[place] = called
    return found


def with_thinking(body: bytes, thoughts: Mapping[int, tuple[Thought, ...]]) -> bytes:
    """The body with these thoughts at the beginning of the messages at these places; all other bytes stay."""
    found = members(body)
    _, start, end = found["messages"]
    raw = body[start:end]
    messages = elements(raw)
    replaced = {place: _with(messages[place], each) for place, each in thoughts.items()}
    return splice(body, {"messages": replace_elements(raw, replaced)}, found)


def _with(message: bytes, thoughts: tuple[Thought, ...]) -> bytes:
    found = members(message)
    _, start, end = found["content"]
    blocks = [msgspec.json.encode(_block(thought)) for thought in thoughts]
    return splice(message, {"content": b"[" + b",".join([*blocks, *elements(message[start:end])]) + b"]"}, found)


def _block(thought: Thought) -> dict[str, str]:
    if thought.encrypted:
        return {"type": "redacted_thinking", "data": thought.encrypted}
    return {"type": "thinking", "thinking": thought.text, "signature": thought.signature}
