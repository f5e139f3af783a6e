"""A conversation that both dialects can say: read back from what was sent it must be the same."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wire.calls import MESSAGES, chat, sent, unhurried

_WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
    lambda text: bool(text.strip())
)
_ARGUMENTS = st.dictionaries(_WORDS, st.integers() | _WORDS | st.booleans(), max_size=3)
_IMAGES = st.sampled_from([("", "image/png", "AAAA"), ("https://example.com/a", "", "")])


@st.composite
def _conversations(draw: st.DrawFn) -> list[tuple[str, list[Any]]]:
    turns: list[tuple[str, list[Any]]] = []
    number = 0
    for _ in range(draw(st.integers(1, 4))):
        parts: list[Any] = [("text", text) for text in draw(st.lists(_WORDS, max_size=2))]
        parts += [("image", image) for image in draw(st.lists(_IMAGES, max_size=1))]
        turns.append(("user", parts or [("text", "?")]))
        said: list[Any] = [("text", draw(_WORDS))] if draw(st.booleans()) else []
        calls = [("call", f"c{number + i}", draw(_ARGUMENTS)) for i in range(draw(st.integers(0, 2)))]
        number += len(calls)
        if said or calls:
            turns.append(("assistant", said + calls))
        if calls:
            turns.append(("user", [("result", call_id, draw(_WORDS)) for _, call_id, _ in calls]))
    return turns


def _as_chat(turns: list[tuple[str, list[Any]]]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    for role, parts in turns:
        content: list[dict[str, Any]] = []
        calls: list[dict[str, Any]] = []
        for part in parts:
            if part[0] == "text":
                content.append({"type": "text", "text": part[1]})
            elif part[0] == "image":
                url, media_type, data = part[1]
                content.append({"type": "image_url", "image_url": {"url": url or f"data:{media_type};base64,{data}"}})
            elif part[0] == "call":
                calls.append(
                    {"id": part[1], "type": "function", "function": {"name": "f", "arguments": json.dumps(part[2])}}
                )
            else:
                messages.append({"role": "tool", "tool_call_id": part[1], "content": part[2]})
        if content or calls:
            messages.append({"role": role, "content": content or None, **({"tool_calls": calls} if calls else {})})
    return messages


def _from_messages(messages: list[dict[str, Any]]) -> list[tuple[str, list[Any]]]:
    turns: list[tuple[str, list[Any]]] = []
    for message in messages:
        content = message["content"]
        blocks: list[dict[str, Any]] = [{"type": "text", "text": content}] if isinstance(content, str) else content
        parts: list[Any] = []
        for block in blocks:
            if block["type"] == "text":
                parts.append(("text", block["text"]))
            elif block["type"] == "image":
                source = block["source"]
                parts.append(("image", (source.get("url", ""), source.get("media_type", ""), source.get("data", ""))))
            elif block["type"] == "tool_use":
                parts.append(("call", block["id"], block["input"]))
            else:
                parts.append(("result", block["tool_use_id"], block["content"]))
        turns.append((message["role"], parts))
    return turns


def _merged(turns: list[tuple[str, list[Any]]]) -> list[tuple[str, list[Any]]]:
    merged: list[tuple[str, list[Any]]] = []
    for role, parts in turns:
        if merged and merged[-1][0] == role:
            merged[-1] = (role, merged[-1][1] + parts)
        else:
            merged.append((role, parts))
    return merged


@unhurried
@given(_conversations())
def test_a_conversation_that_both_dialects_can_say_arrives_unchanged(turns: list[tuple[str, list[Any]]]) -> None:
    wire = sent(chat(messages=_as_chat(turns)), dialect=MESSAGES)
    assert wire.dropped == ()
    assert _from_messages(json.loads(wire.body)["messages"]) == _merged(turns)
