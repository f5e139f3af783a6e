"""Gemini requests, calls and answers in the few words these tests need."""

from __future__ import annotations

import json
from typing import Any

from lanewise.core.conversation import Conversation, Text, Translated, Turn
from lanewise.core.policy import Deployment, ModelFacts, ProviderPolicy
from lanewise.core.protocols.dialect import WireCall
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Dialect, Request, Target
from lanewise.wire.gemini import Gemini

GEMINI = Gemini()
HELLO: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
BUDGET = ModelFacts(thinking="budget", thinking_budget_tokens=(512, 24_576), schema_with_tools=False)
LEVELS = ModelFacts(thinking="effort", efforts=("low", "medium", "high"), signed_calls=True)


def request(*, stream: bool = False, **members: Any) -> Request:
    """A request with these members besides its contents."""
    body = json.dumps(HELLO | members).encode()
    return GEMINI.read_request(body, Target(model="asked-for", stream=stream))


def call(asked: Request | None = None, facts: ModelFacts | None = None, **limits: Any) -> Call:
    """A call of one Gemini deployment."""
    provider = ProviderPolicy(name="vendor", dialect=Dialect.GEMINI, base_url="http://127.0.0.1/v1beta")
    deployment = Deployment(provider=provider, model=limits.pop("model", "served"), facts=facts or ModelFacts())
    asked = asked or request()
    return Call(request=asked, deployment=deployment, **({"stream": asked.stream, "max_output_tokens": 4_096} | limits))


def sent(facts: ModelFacts | None = None, /, limits: dict[str, Any] | None = None, **members: Any) -> WireCall:
    """What goes out for a Gemini caller's body."""
    return GEMINI.write_call(call(request(**members), facts, **(limits or {})))


def sent_json(
    facts: ModelFacts | None = None, /, limits: dict[str, Any] | None = None, **members: Any
) -> dict[str, Any]:
    """The same, decoded."""
    decoded: dict[str, Any] = json.loads(sent(facts, limits, **members).body)
    return decoded


def conversation(**members: Any) -> Conversation:
    """What a Gemini caller's body means."""
    return GEMINI.read_conversation(request(**members)).conversation


def turns(*contents: dict[str, Any]) -> tuple[Turn, ...]:
    """What contents mean."""
    return conversation(contents=list(contents)).turns


def said(facts: ModelFacts | None = None, /, limits: dict[str, Any] | None = None, **asked: Any) -> dict[str, Any]:
    """What goes out for a conversation, decoded."""
    decoded: dict[str, Any] = json.loads(translated(facts, limits, **asked).body)
    return decoded


def translated(facts: ModelFacts | None = None, /, limits: dict[str, Any] | None = None, **asked: Any) -> WireCall:
    """What goes out for a conversation."""
    told = {"turns": (Turn(role="user", parts=(Text(text="Hello"),)),)} | asked
    return GEMINI.write_call(call(None, facts, **(limits or {})), Translated(Conversation(**told), []))


def response(*parts: dict[str, Any], finish: str | None = "STOP", **members: Any) -> dict[str, Any]:
    """A response with these parts."""
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}}
    if finish is not None:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": "served-1", "responseId": "r1", **members}


def events(*responses: dict[str, Any]) -> bytes:
    """A stream of them, as Google sends it."""
    return b"".join(b"data: " + json.dumps(each).encode() + b"\r\n\r\n" for each in responses)
