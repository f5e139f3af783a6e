"""Turns as chat messages: what stands where, and what is told as moved or lost."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from lanewise.core.conversation import (
    Conversation,
    Document,
    Image,
    Part,
    Role,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Turn,
)
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.wire.openai_chat.turns import Messages
from wire.calls import MESSAGES

MARKER = b'{"type":"ephemeral"}'
PDF = Document(data="aGk=", media_type="application/pdf", name="a.pdf")
THINKS = ModelFacts(reasoning_field="reasoning_content")
CALL = ToolUse(id="t", name="f", arguments='{"x": 1.10}')


def told(*turns: tuple[Role, list[Part]], facts: ModelFacts | None = None, system: Any = ()) -> tuple[Any, list[str]]:
    messages = Messages(facts or ModelFacts())
    conversation = Conversation(turns=tuple(Turn(role=r, parts=tuple(p)) for r, p in turns), system=system)
    return json.loads(msgspec.json.encode(messages.of(conversation))), messages.dropped


def test_words_alone_are_one_string() -> None:
    said, dropped = told(
        ("user", [Text(text="a"), Text(text="b")]),
        ("assistant", [Text(text="c"), Text(text="d")]),
        ("user", [Text(text="e")]),
        system=(Text(text="s"), Text(text="t")),
    )
    assert said == [
        {"role": "system", "content": "s\n\nt"},
        {"role": "user", "content": "a\n\nb"},
        {"role": "assistant", "content": "cd"},
        {"role": "user", "content": "e"},
    ]
    assert dropped == []


def test_pictures_and_files_stand_beside_words() -> None:
    said, _ = told(
        ("user", [Text(text="Look"), Image(url="https://a/b.png"), Image(data="aGk=", media_type="image/gif"), PDF])
    )
    assert said[0]["content"] == [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": "https://a/b.png"}},
        {"type": "image_url", "image_url": {"url": "data:image/gif;base64,aGk="}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,aGk="}},
    ]


@pytest.mark.parametrize(
    "document",
    [
        Document(text="words", name="A"),
        Document(data="d29yZHM=", media_type="text/plain", name="A"),
    ],
)
def test_a_document_of_words_is_words(document: Document) -> None:
    said, _ = told(("user", [document, Text(text="Sum it up")]), facts=ModelFacts(documents=False))
    assert said[0]["content"] == "A\n\nwords\n\nSum it up"


@pytest.mark.parametrize(
    ("document", "facts", "why"),
    [
        (PDF, ModelFacts(documents=False), "takes no files"),
        (Document(url="https://a/b.pdf"), ModelFacts(), "by its address"),
        (Document(data="/w==", media_type="text/plain"), ModelFacts(documents=False), "takes no files"),
    ],
)
def test_a_file_that_cannot_be_said_is_refused(document: Document, facts: ModelFacts, why: str) -> None:
    with pytest.raises(InvalidRequest, match=why):
        told(("user", [document]), facts=facts)


def test_results_come_before_what_the_user_says_and_calls_keep_their_bytes() -> None:
    said, dropped = told(
        ("user", [Text(text="x")]),
        ("assistant", [Text(text="I look."), CALL, ToolUse(id="u", name="g", arguments="")]),
        (
            "user",
            [
                Text(text="and?"),
                ToolResult(call_id="t", parts=(Text(text="1"), Text(text="2"))),
                ToolResult(call_id="u", parts=()),
            ],
        ),
    )
    assert said[1]["tool_calls"] == [
        {"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"x": 1.10}'}},
        {"id": "u", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]
    assert said[2:] == [
        {"role": "tool", "tool_call_id": "t", "content": "1\n2"},
        {"role": "tool", "tool_call_id": "u", "content": ""},
        {"role": "user", "content": "and?"},
    ]
    assert dropped == []


def test_what_a_tool_shows_moves_into_a_message_of_the_user() -> None:
    said, dropped = told(
        ("assistant", [CALL]),
        ("user", [ToolResult(call_id="t", parts=(Image(url="https://a/b.png"),)), Text(text="and?")]),
    )
    assert said[1:] == [
        {"role": "tool", "tool_call_id": "t", "content": "What it gave is in the next message."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What tool call t gave:"},
                {"type": "image_url", "image_url": {"url": "https://a/b.png"}},
                {"type": "text", "text": "and?"},
            ],
        },
    ]
    assert dropped == ["messages: pictures and files that a tool gave were moved into a message of the user"]


def test_that_a_tool_failed_is_told_as_lost() -> None:
    said, dropped = told(
        ("assistant", [CALL, CALL]),
        (
            "user",
            [
                ToolResult(call_id="t", parts=(Text(text="no"),), failed=True),
                ToolResult(call_id="t", parts=(), failed=True),
            ],
        ),
    )
    assert [message["content"] for message in said[1:]] == ["no", "The tool failed."]
    assert set(dropped) == {
        "messages[].is_error: chat completions cannot say that a tool failed; its words are sent as they are"
    }


def test_thinking_goes_back_only_unsigned_and_only_while_tools_are_at_work() -> None:
    unsigned, signed = Thinking(text="hm"), Thinking(text="mine", signature="proof", origin=MESSAGES)
    result: list[Part] = [ToolResult(call_id="t", parts=(Text(text="1"),))]
    asked: list[Part] = [Text(text="x")]
    said, dropped = told(("user", asked), ("assistant", [unsigned, CALL]), ("user", result), facts=THINKS)
    assert (said[1]["reasoning_content"], dropped) == ("hm", [])

    lost = ["messages[].thinking: thinking is never sent to another vendor"]
    for turns, facts in (
        ([("user", asked), ("assistant", [signed, CALL]), ("user", result)], THINKS),
        ([("user", asked), ("assistant", [unsigned, CALL]), ("user", result)], ModelFacts()),
        ([("user", asked), ("assistant", [unsigned, Text(text="8")]), ("user", asked)], THINKS),
    ):
        said, dropped = told(*turns, facts=facts)  # type: ignore[arg-type]  # lists of several kinds of parts
        assert "reasoning_content" not in said[1]
        assert dropped == lost
    assert told(("assistant", [signed]), ("user", asked))[0] == [{"role": "user", "content": "x"}]


def test_cache_markers_stay_where_the_model_takes_them() -> None:
    marked: list[Part] = [Text(text="u", cache_marker=MARKER), Text(text="v")]
    said, dropped = told(("user", marked), facts=ModelFacts(cache_markers=True))
    assert said[0]["content"] == [
        {"type": "text", "text": "u", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "v"},
    ]
    assert dropped == []
    said, dropped = told(("user", marked))
    assert said[0]["content"] == "u\n\nv"
    assert dropped == ["cache_control: the model takes no cache markers"]
    _, dropped = told(("assistant", marked), ("user", [Text(text="x")]), facts=ModelFacts(cache_markers=True))
    assert dropped == ["cache_control: only what the user says takes cache markers"]


def test_an_answer_begun_for_the_model_is_told_to_be_taken_otherwise() -> None:
    _, dropped = told(("user", [Text(text="x")]), ("assistant", [Text(text="The answer is")]))
    assert dropped == ["messages: an answer that was begun for the model is taken for one of its earlier answers"]
