"""Calls and streams in the few words these tests need."""

from __future__ import annotations

import itertools
import json
from typing import Any

from hypothesis import settings

from lanewise.core.answer import Delta
from lanewise.core.failure import Failure
from lanewise.core.policy import Deployment, ModelFacts, ProviderPolicy
from lanewise.core.protocols.dialect import StreamReader, WireCall
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Dialect
from lanewise.wire import INBOUND, OUTBOUND

CHAT = Dialect.OPENAI_CHAT
MESSAGES = Dialect.ANTHROPIC_MESSAGES

#: For properties: a busy machine is no failure, and a minute of examples is no better than a second of them.
unhurried = settings(deadline=None, max_examples=40)

HELLO = b'{"model":"any","messages":[{"role":"user","content":"Hello"}]}'


def call(
    body: bytes,
    *,
    dialect: Dialect = CHAT,
    spoken: Dialect = CHAT,
    facts: ModelFacts | None = None,
    model: str = "served-model",
    stream_usage: bool = True,
    **limits: Any,
) -> Call:
    """A call of one deployment of `dialect` for the body of a caller who speaks another, or the same."""
    request = INBOUND[spoken].read_request(body)
    provider = ProviderPolicy(name="vendor", dialect=dialect, base_url="http://127.0.0.1/v1", stream_usage=stream_usage)
    deployment = Deployment(provider=provider, model=model, facts=facts or ModelFacts())
    limits = {"stream": request.stream, "max_output_tokens": 4_096, **limits}
    return Call(request=request, deployment=deployment, **limits)


def written(made: Call) -> WireCall:
    """What goes out for a call, translated where caller and vendor speak different dialects."""
    here, there = made.request.dialect, made.deployment.provider.dialect
    return OUTBOUND[there].write_call(made, None if here is there else INBOUND[here].read_conversation(made.request))


def sent(body: bytes, **details: Any) -> WireCall:
    """What goes out for a caller's body."""
    return written(call(body, **details))


def sent_json(body: bytes, **details: Any) -> dict[str, Any]:
    """What goes out, decoded."""
    decoded: dict[str, Any] = json.loads(sent(body, **details).body)
    return decoded


def chat(**members: Any) -> bytes:
    """A caller's body with these members besides a model and a message."""
    body = {"model": "any", "messages": [{"role": "user", "content": "Hello"}], **members}
    return json.dumps(body).encode()


def messages(**members: Any) -> bytes:
    """The body of a caller of Anthropic's dialect with these members besides the least it needs."""
    body = {"model": "any", "max_tokens": 8_192, "messages": [{"role": "user", "content": "Hello"}], **members}
    return json.dumps(body).encode()


def read_whole(
    reader: StreamReader, stream: bytes, cuts: list[int] | None = None
) -> tuple[list[Delta], Failure | None]:
    """All deltas of a stream that comes in pieces, and how it ended."""
    deltas: list[Delta] = []
    places = [0, *(cuts or []), len(stream)]
    for start, end in itertools.pairwise(places):
        deltas += reader.feed(stream[start:end])
    return deltas, reader.end()


def events(*datas: str, name: str = "") -> bytes:
    """A stream of events with these data."""
    head = f"event: {name}\n" if name else ""
    return "".join(f"{head}data: {data}\n\n" for data in datas).encode()
