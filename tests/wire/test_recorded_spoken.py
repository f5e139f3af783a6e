"""What real clients asked, said anew in chat completions: nothing of it may change on the way."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from lanewise.core.conversation import Conversation, Document, Image, Text, Thinking, ToolResult, ToolUse, Translated
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect
from lanewise.wire import INBOUND, OUTBOUND
from recordings import encoded, exchanges, inbound_requests
from wire.calls import CHAT, MESSAGES, call
from wire.test_recorded_messages import requests

pytestmark = pytest.mark.data

CAPABLE = ModelFacts(thinking="effort", efforts=("none", "minimal", "low", "medium", "high", "xhigh", "max"))


def chat_requests() -> list[tuple[str, bytes]]:
    recorded = [(each.name, encoded(each.request)) for each in exchanges("chat") if each.request is not None]
    return [*recorded, *inbound_requests("chat/completions")]


def spoken(body: bytes, dialect: Dialect) -> tuple[Translated, bytes, tuple[str, ...]]:
    """A request's meaning, the chat completion that says it, and what is told as lost."""
    made = call(body, spoken=dialect, facts=CAPABLE, max_output_tokens=1_000_000)
    meant = INBOUND[dialect].read_conversation(made.request)
    wire = OUTBOUND[CHAT].write_call(made, meant)
    return meant, wire.body, wire.dropped


def plain(conversation: Conversation) -> dict[str, Any]:
    """A conversation without what chat completions say otherwise: words in pieces, markers, thinking, a failure's mark."""
    said = dataclasses.asdict(dataclasses.replace(conversation, turns=(), system=(), top_k=None, tools=()))
    said["tools"] = [
        (tool.name, tool.description or None, json.loads(tool.schema), tool.strict) for tool in conversation.tools
    ]
    said["schema"] = None if conversation.schema is None else json.loads(conversation.schema)
    said["schema_name"] = ""
    said["system"] = "\n\n".join(text.text for text in conversation.system)
    said["turns"] = [(turn.role, *pieces(turn.parts)) for turn in conversation.turns]
    return said


def pieces(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    words = "".join(part.text for part in parts if isinstance(part, Text))
    results = [(part.call_id, result_words(part)) for part in parts if isinstance(part, ToolResult)]
    seen = [part for part in parts if isinstance(part, Image | Document)]
    seen += [
        inner for part in parts if isinstance(part, ToolResult) for inner in part.parts if not isinstance(inner, Text)
    ]
    pictures = sorted((part.url, part.data, part.media_type) for part in seen)
    calls = [(part.id, part.name, json.loads(part.arguments or "{}")) for part in parts if isinstance(part, ToolUse)]
    return "".join(words.split()), results, pictures, calls


def result_words(result: ToolResult) -> str:
    return "".join("".join(part.text.split()) for part in result.parts if isinstance(part, Text))


@pytest.mark.parametrize(("dialect", "least"), [(CHAT, 80), (MESSAGES, 50)])
def test_every_recorded_request_says_the_same_in_chat_completions(dialect: Dialect, least: int) -> None:
    compared = 0
    for name, body in chat_requests() if dialect is CHAT else requests():
        try:
            meant, written, dropped = spoken(body, dialect)
        except InvalidRequest:  # told apart where the dialect's own recordings are tested
            continue
        again, _ = INBOUND[CHAT].read_conversation(INBOUND[CHAT].read_request(written))
        before, after = plain(meant.conversation), plain(again)
        if any(each.startswith("user: ") for each in dropped):  # longer than OpenAI takes
            before["user"] = None
        moved = any("moved into a message of the user" in each for each in dropped)
        if moved:  # the pictures of a tool's result come back as the user's, with a word of what they are
            before["turns"], after["turns"] = [], []
        assert after == before, name
        compared += 1
    assert compared >= least


def test_what_is_lost_of_recorded_requests_is_told() -> None:
    for name, body in requests():
        try:
            meant, written, dropped = spoken(body, MESSAGES)
        except InvalidRequest:
            continue
        conversation = meant.conversation
        told = " ".join(dropped)
        parts = [part for turn in conversation.turns for part in turn.parts]
        if any(isinstance(part, Thinking) for part in parts):
            assert "thinking" in told, name
        if b"cache_control" in body and any(
            getattr(part, "cache_marker", None) for part in [*parts, *conversation.system]
        ):
            assert "cache_control" in told, name
            assert b'"cache_control"' not in written, name
        assert all(": " in each for each in dropped), name
