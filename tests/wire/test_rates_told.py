"""Rates other than the usual one, and uses of a vendor's own tools, as each dialect tells them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect, Target
from lanewise.core.usage import Usage
from lanewise.wire import INBOUND, OUTBOUND
from wire.calls import CHAT, MESSAGES, events, read_whole

RESPONSES = Dialect.OPENAI_RESPONSES
TOLD = {"input_tokens": 5, "output_tokens": 2}
SEARCH = {"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "q"}}
SAID = {"type": "message", "content": [{"type": "output_text", "text": "a"}]}


def whole(dialect: Dialect, body: dict[str, Any]) -> Usage:
    usage = OUTBOUND[dialect].read_answer(json.dumps(body).encode(), want_content=False).usage
    assert usage is not None
    return usage


def streamed(dialect: Dialect, *told: dict[str, Any]) -> Usage:
    stream = events(*map(json.dumps, told), *(["[DONE]"] if dialect is CHAT else []))
    deltas, _ = read_whole(OUTBOUND[dialect].stream_reader(ModelFacts()), stream, None)
    return next(delta.usage for delta in reversed(deltas) if delta.usage is not None)


def completion(**more: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"content": "a"}, "delta": {"content": "a"}, "finish_reason": "stop"}
    return {"choices": [choice], "usage": {"prompt_tokens": 5, "completion_tokens": 2}, **more}


def response(*output: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"status": "completed", "output": list(output), "usage": TOLD, **more}


def completed(*output: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "response.completed", "response": response(*output, **more)}


def message(**usage: Any) -> dict[str, Any]:
    return {"type": "message", "content": [{"type": "text", "text": "a"}], "usage": TOLD | usage}


def started(**usage: Any) -> dict[str, Any]:
    return {"type": "message_start", "message": message(**usage)}


@pytest.mark.parametrize(("told", "rate"), [("flex", "flex"), ("priority", "priority"), ("default", ""), (None, "")])
def test_the_rate_is_the_one_that_the_vendor_says_it_served(told: str | None, rate: str) -> None:
    assert whole(CHAT, completion(service_tier=told)).rate == streamed(CHAT, completion(service_tier=told)).rate == rate
    assert whole(RESPONSES, response(SAID, service_tier=told)).rate == rate
    assert streamed(RESPONSES, completed(SAID, service_tier=told)).rate == rate
    assert (
        whole(MESSAGES, message(service_tier=told)).rate == streamed(MESSAGES, started(service_tier=told)).rate == rate
    )


def test_a_fast_mode_has_a_rate_of_its_own() -> None:
    assert whole(MESSAGES, message(speed="fast", service_tier="standard")).rate == "fast"


def test_searches_are_counted_in_what_the_vendor_tells_of_them() -> None:
    told = {"web_search_requests": 2, "web_fetch_requests": 3}
    assert whole(MESSAGES, message(server_tool_use=told)).tool_uses == {"web_search": 2}
    assert streamed(
        MESSAGES, started(), {"type": "message_delta", "delta": {}, "usage": {"server_tool_use": told}}
    ).tool_uses == {"web_search": 2}
    searched = {"usage": {**completion()["usage"], "server_tool_use_details": {"web_search_requests": 2}}}
    assert whole(CHAT, completion() | searched).tool_uses == {"web_search": 2}
    assert whole(RESPONSES, response(SEARCH, SEARCH, SAID)).tool_uses == {"web_search": 2}
    assert streamed(RESPONSES, completed(SEARCH, SAID)).tool_uses == {"web_search": 1}


def test_who_tells_of_no_uses_has_not_said_that_there_were_none() -> None:
    assert whole(CHAT, completion()).tool_uses is None
    assert whole(MESSAGES, message()).tool_uses is None
    assert streamed(RESPONSES, completed()).tool_uses is None
    assert whole(RESPONSES, response(SAID)).tool_uses == {}


@pytest.mark.parametrize(
    ("dialect", "more", "rate"),
    [
        (CHAT, {"service_tier": "priority"}, "priority"),
        (CHAT, {"service_tier": "auto"}, ""),
        (CHAT, {"service_tier": ["odd"]}, ""),
        (RESPONSES, {"service_tier": "flex"}, "flex"),
        (MESSAGES, {"service_tier": "standard_only"}, ""),
        (MESSAGES, {"speed": "fast"}, "fast"),
        (Dialect.GEMINI, {"serviceTier": "SERVICE_TIER_PRIORITY"}, "priority"),
        (Dialect.GEMINI, {"service_tier": "flex"}, "flex"),
    ],
)
def test_a_caller_may_ask_for_one(dialect: Dialect, more: dict[str, Any], rate: str) -> None:
    said = [{"role": "user", "content": "x"}]
    bodies: dict[Dialect, dict[str, Any]] = {
        CHAT: {"model": "m", "messages": said},
        RESPONSES: {"model": "m", "input": "x"},
        MESSAGES: {"model": "m", "max_tokens": 9, "messages": said},
        Dialect.GEMINI: {"contents": [{"role": "user", "parts": [{"text": "x"}]}]},
    }
    body = json.dumps(bodies[dialect] | more).encode()
    if dialect is Dialect.GEMINI:
        assert INBOUND[dialect].read_request(body, Target(model="m", stream=False)).rate == rate
    else:
        assert INBOUND[dialect].read_request(body).rate == rate
