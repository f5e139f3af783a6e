"""Whatever stands in the place of a value, a request is read and said to a vendor, or refused: there is nothing else to happen to it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from lanewise.core.errors import LanewiseError
from lanewise.core.policy import Deployment, ModelFacts, ProviderPolicy
from lanewise.core.protocols.provider import Call
from lanewise.core.request import NO_TARGET, Dialect, Target
from lanewise.wire import INBOUND, OUTBOUND

ODD: tuple[Any, ...] = (None, True, -1, 1e300, 10**20, "", "x", [], [None], [[]], {}, {"type": {}}, [{"type": []}])
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
PIXEL = "data:image/png;base64,AAAA"

CHAT: dict[str, Any] = {
    "model": "m",
    "messages": [
        {
            "role": "developer",
            "content": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        },
        {
            "role": "user",
            "content": [{"type": "text", "text": "?"}, {"type": "image_url", "image_url": {"url": PIXEL}}],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"city":"Rome"}'}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "21 C"},
    ],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": PARAMETERS, "strict": True}}],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": PARAMETERS, "strict": True}},
    "reasoning": {"effort": "low"},
    "stop": ["x"],
    "logit_bias": {"1": 1},
    "stream_options": {"include_usage": True},
    "metadata": {"task": "sum"},
    "lanewise": {"task": "sum"},
}
RESPONSES: dict[str, Any] = {
    "model": "m",
    "instructions": "Be brief.",
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "?"}, {"type": "input_image", "image_url": PIXEL}]},
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "Hm."}],
            "encrypted_content": "e",
        },
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"city":"Rome"}'},
        {"type": "function_call_output", "call_id": "c1", "output": [{"type": "input_text", "text": "21 C"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "21", "annotations": []}]},
    ],
    "tools": [{"type": "function", "name": "f", "parameters": PARAMETERS}, {"type": "custom", "name": "g"}],
    "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
    "text": {"format": {"type": "json_schema", "name": "n", "schema": PARAMETERS}, "verbosity": "low"},
    "reasoning": {"effort": "low", "summary": "auto"},
    "include": ["reasoning.encrypted_content"],
    "metadata": {"task": "sum"},
}
MESSAGES: dict[str, Any] = {
    "model": "m",
    "max_tokens": 4_096,
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "?"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words"}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "s"},
                {"type": "tool_use", "id": "t1", "name": "f", "input": {"city": "Rome"}},
            ],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "21"}]}],
        },
    ],
    "tools": [{"name": "f", "input_schema": PARAMETERS}],
    "tool_choice": {"type": "tool", "name": "f"},
    "thinking": {"type": "enabled", "budget_tokens": 2_048},
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": PARAMETERS}},
    "stop_sequences": ["x"],
    "metadata": {"user_id": "u"},
}
GEMINI: dict[str, Any] = {
    "systemInstruction": {"parts": [{"text": "Be brief."}]},
    "contents": [
        {"role": "user", "parts": [{"text": "?"}, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]},
        {
            "role": "model",
            "parts": [{"functionCall": {"name": "f", "args": {"city": "Rome"}}, "thoughtSignature": "s"}],
        },
        {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"result": "21 C"}}}]},
    ],
    "tools": [{"functionDeclarations": [{"name": "f", "parameters": PARAMETERS}]}],
    "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
    "generationConfig": {
        "maxOutputTokens": 100,
        "stopSequences": ["x"],
        "responseMimeType": "application/json",
        "responseSchema": PARAMETERS,
        "thinkingConfig": {"thinkingBudget": 512, "includeThoughts": True},
    },
}
BODIES = {
    Dialect.OPENAI_CHAT: CHAT,
    Dialect.OPENAI_RESPONSES: RESPONSES,
    Dialect.ANTHROPIC_MESSAGES: MESSAGES,
    Dialect.GEMINI: GEMINI,
}
FACTS = ModelFacts(thinking="budget", thinking_budget_tokens=(512, 24_576), forced_tools=False, cache_markers=False)


def call(asked: Any, vendor: Dialect) -> Call:
    provider = ProviderPolicy(name="vendor", dialect=vendor, base_url="http://127.0.0.1/v1")
    deployment = Deployment(provider=provider, model="served", facts=FACTS)
    return Call(request=asked, deployment=deployment, stream=asked.stream, max_output_tokens=4_096)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a value stands in JSON, the whole of it left out."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in below:
        yield (*path, key)
        yield from places(inner, (*path, key))


def changed(body: dict[str, Any], path: tuple[Any, ...], value: Any) -> bytes:
    whole = copy.deepcopy(body)
    at: Any = whole
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return json.dumps(whole).encode()


def said(body: bytes, spoken: Dialect, vendor: Dialect) -> bytes | None:
    """What goes to a vendor, or None where the request is refused."""
    target = Target(model="m", stream=False) if spoken is Dialect.GEMINI else NO_TARGET
    try:
        made = call(INBOUND[spoken].read_request(body, target), vendor)
        translated = None if spoken is vendor else INBOUND[spoken].read_conversation(made.request)
        return OUTBOUND[vendor].write_call(made, translated).body
    except LanewiseError as refused:
        if not 400 <= refused.status < 500:
            raise
        return None


@pytest.mark.parametrize("vendor", BODIES)
@pytest.mark.parametrize("spoken", BODIES)
def test_an_odd_value_is_said_or_refused(spoken: Dialect, vendor: Dialect) -> None:
    assert said(json.dumps(BODIES[spoken]).encode(), spoken, vendor) is not None
    broken: list[str] = []
    for path in places(BODIES[spoken]):
        for odd in ODD:
            try:
                written = said(changed(BODIES[spoken], path, odd), spoken, vendor)
                assert written is None or json.loads(written)
            except Exception as error:  # noqa: BLE001 - all of them are told at once
                broken.append(f"{'.'.join(map(str, path))} = {odd!r}: {error!r}")
    assert broken == []
