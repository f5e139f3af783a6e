"""Answers that say nothing are told apart, whether their content was wanted or not."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from lanewise.core.answer import Delta
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect
from lanewise.wire import OUTBOUND
from lanewise.wire.silence import is_blank
from recordings import exchanges
from wire.calls import CHAT, MESSAGES, events, read_whole

CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
THOUGHT = {"type": "thinking", "thinking": "Hmm", "signature": "s"}
PICTURE = {"type": "image_url", "image_url": {"url": "data:,"}}


def is_empty(dialect: Dialect, body: bytes) -> bool:
    read = [OUTBOUND[dialect].read_answer(body, want_content=wanted) for wanted in (True, False)]
    assert read[0].empty is read[1].empty
    assert read[0].failure == read[1].failure
    return read[0].empty


def completion(*messages: dict[str, Any] | None, finish: str | None = "stop", **members: object) -> bytes:
    choices = [{"index": at, "message": each, "finish_reason": finish} for at, each in enumerate(messages)]
    return json.dumps({"model": "m", "choices": choices, **members}).encode()


def message(*blocks: dict[str, Any], stop: str = "end_turn") -> bytes:
    return json.dumps({"type": "message", "model": "m", "content": blocks, "stop_reason": stop}).encode()


@pytest.mark.parametrize(
    ("said", "empty"),
    [
        ({"content": ""}, True),
        ({"content": None, "refusal": None, "tool_calls": None}, True),
        ({}, True),
        (None, True),
        ({"content": " \n\t"}, True),
        ({"content": "", "tool_calls": [], "function_call": None, "audio": None, "images": []}, True),
        ({"content": "", "reasoning_content": "Let me think"}, True),
        ({"content": None, "reasoning": "Hmm", "reasoning_details": [{"text": "Hmm"}]}, True),
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hmm"}]}]}, True),
        ({"content": [{"type": "text", "text": " "}]}, True),
        ({"content": "0"}, False),
        ({"content": "Eight. " * 100}, False),
        ({"content": " " * 70 + "8"}, False),
        ({"content": [THOUGHT, {"type": "text", "text": "Eight"}]}, False),
        ({"content": ["Eight"]}, False),
        ({"content": [PICTURE]}, False),
        ({"content": None, "refusal": "No"}, False),
        ({"content": None, "tool_calls": [CALL]}, False),
        ({"content": "", "function_call": {"name": "f", "arguments": "{}"}}, False),
        ({"content": None, "audio": {"id": "a", "data": "AAAA"}}, False),
        ({"content": "", "images": [PICTURE]}, False),
    ],
)
def test_a_chat_completion_without_a_word_is_empty(said: dict[str, Any] | None, *, empty: bool) -> None:
    assert is_empty(CHAT, completion(said)) is empty


@pytest.mark.parametrize(
    ("blocks", "empty"),
    [
        ([], True),
        ([{"type": "text", "text": ""}], True),
        ([{"type": "text", "text": "\n\n"}], True),
        ([THOUGHT], True),
        ([{"type": "redacted_thinking", "data": "x"}, {"type": "text", "text": ""}], True),
        ([{"type": "fallback", "to": {"model": "m2"}}], True),
        ([THOUGHT, {"type": "text", "text": "8"}], False),
        ([{"type": "tool_use", "id": "t", "name": "f", "input": {}}], False),
        ([{"type": "server_tool_use", "id": "t", "name": "web_search", "input": {}}], False),
    ],
)
def test_a_message_without_a_word_is_empty(blocks: list[dict[str, Any]], *, empty: bool) -> None:
    assert is_empty(MESSAGES, message(*blocks)) is empty


@pytest.mark.parametrize(
    ("finish", "empty"),
    [("stop", True), ("length", True), (None, True), ("content_filter", False), ("tool_calls", False), ("odd", False)],
)
def test_silence_of_a_filter_or_for_a_reason_of_its_own_is_no_empty_answer(finish: str | None, *, empty: bool) -> None:
    assert is_empty(CHAT, completion({"content": ""}, finish=finish)) is empty


@pytest.mark.parametrize(
    ("stop", "empty"), [("end_turn", True), ("max_tokens", True), ("refusal", False), ("pause_turn", False)]
)
def test_the_same_of_messages(stop: str, *, empty: bool) -> None:
    assert is_empty(MESSAGES, message(stop=stop)) is empty


def test_of_several_answers_one_that_says_something_is_enough() -> None:
    assert is_empty(CHAT, completion({"content": ""}, {"content": ""}))
    assert not is_empty(CHAT, completion({"content": ""}, {"content": "Eight"}))


def test_an_error_is_no_empty_answer() -> None:
    error = {"message": "busy", "type": "overloaded_error"}
    assert not is_empty(CHAT, completion({"content": ""}, error=error))
    assert not is_empty(CHAT, json.dumps({"error": error}).encode())


@pytest.mark.parametrize("content", [b'"\xff"', b"[" * 3_000 + b"]" * 3_000])
def test_what_cannot_be_looked_into_counts_as_said(content: bytes) -> None:
    body = b'{"model":"m","choices":[{"message":{"content":' + content + b'},"finish_reason":"stop"}]}'
    assert not OUTBOUND[CHAT].read_answer(body, want_content=False).empty


def test_a_long_value_is_not_decoded() -> None:
    assert not is_blank(msgspec.Raw(b'"' + b" " * 100 + b'"'))
    assert is_blank(msgspec.Raw())


def deltas_of(dialect: Dialect, *datas: dict[str, Any]) -> list[Delta]:
    stream = events(*(json.dumps(data) for data in datas))
    return read_whole(OUTBOUND[dialect].stream_reader(ModelFacts()), stream)[0]


@pytest.mark.parametrize("said", [{"audio": {"data": "AAAA"}}, {"images": [PICTURE]}])
def test_sound_and_pictures_of_a_stream_are_shown_and_answer(said: dict[str, Any]) -> None:
    """Held back until words come, a stream of sound would be heard at its end only."""
    (delta,) = deltas_of(CHAT, {"choices": [{"index": 0, "delta": said}]})
    assert (delta.media, delta.shows, delta.answers) == (True, True, True)


@pytest.mark.parametrize(
    ("block", "media"),
    [
        ({"type": "server_tool_use", "id": "t", "name": "web_search", "input": {}}, True),
        ({"type": "thinking", "thinking": ""}, False),
        ({"type": "text", "text": ""}, False),
        ({"type": "redacted_thinking", "data": "x"}, False),
        ({"type": ["odd"]}, False),
    ],
)
def test_a_vendor_s_own_tool_at_work_is_shown(block: dict[str, Any], *, media: bool) -> None:
    (delta,) = deltas_of(MESSAGES, {"type": "content_block_start", "index": 0, "content_block": block})
    assert delta.media is media


@pytest.mark.data
@pytest.mark.parametrize(("api", "dialect"), [("chat", CHAT), ("messages", MESSAGES)])
def test_recorded_answers_are_told_the_same_with_and_without_their_content(api: str, dialect: Dialect) -> None:
    seen = 0
    for exchange in exchanges(api):
        if exchange.status != 200 or exchange.stream:
            continue
        answer = OUTBOUND[dialect].read_answer(exchange.body, want_content=True)
        empty = is_empty(dialect, exchange.body)
        if answer.content is not None and (answer.content.text.strip() or answer.content.tool_calls):
            assert not empty, exchange.name
        seen += 1
    assert seen >= 20
