"""Calls, answers and streams of the Responses dialect in the few words its tests need."""

from __future__ import annotations

import json
from typing import Any

from lanewise.core.answer import Delta, Generation
from lanewise.core.failure import Failure
from lanewise.core.policy import Deployment, ModelFacts, ProviderPolicy
from lanewise.core.protocols.dialect import WireCall
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Dialect, Earlier, Request
from lanewise.wire import INBOUND, OUTBOUND
from lanewise.wire.openai_responses import OpenAIResponses

RESPONSES = Dialect.OPENAI_RESPONSES
SPOKEN = OpenAIResponses()
FUNCTION = {"type": "function", "name": "look_up", "parameters": {"type": "object", "properties": {}}}


def asked(earlier: Earlier | None = None, **members: Any) -> Request:
    """A request with these members besides a model and a question."""
    body = json.dumps({"model": "any", "input": "Hello"} | members).encode()
    request = SPOKEN.read_request(body)
    return (
        request
        if earlier is None
        else Request(**{n: getattr(request, n) for n in request.__struct_fields__} | {"earlier": earlier})
    )


def call_of(
    request: Request, *, dialect: Dialect = RESPONSES, facts: ModelFacts | None = None, api_key: str = "", **limits: Any
) -> Call:
    """A call of one deployment for a request."""
    provider = ProviderPolicy(name="vendor", dialect=dialect, base_url="http://127.0.0.1/v1", api_key=api_key)
    deployment = Deployment(provider=provider, model="served-model", facts=facts or ModelFacts())
    return Call(
        request=request, deployment=deployment, **({"stream": request.stream, "max_output_tokens": 4_096} | limits)
    )


def written(call: Call) -> WireCall:
    """What goes out, translated where caller and vendor speak different dialects."""
    here, there = call.request.dialect, call.deployment.provider.dialect
    translated = None if here is there else INBOUND[here].read_conversation(call.request)
    return OUTBOUND[there].write_call(call, translated)


def sent(facts: ModelFacts | None = None, earlier: Earlier | None = None, **members: Any) -> dict[str, Any]:
    """What goes out to a vendor of the same dialect, decoded."""
    decoded: dict[str, Any] = json.loads(written(call_of(asked(earlier, **members), facts=facts)).body)
    return decoded


def answered(generation: Generation, request: Request | None = None) -> dict[str, Any]:
    """The caller's body, decoded."""
    body = SPOKEN.write_answer(generation, request or asked(), b'{"run":"run_1"}', run_id="run_1", created_s=1)
    decoded: dict[str, Any] = json.loads(body)
    return decoded


def read(stream: bytes, cut: int = 0) -> tuple[list[Delta], Failure | None]:
    """All deltas of a stream that comes in two pieces, and how it ended."""
    reader = SPOKEN.stream_reader(ModelFacts())
    return reader.feed(stream[:cut]) + reader.feed(stream[cut:]), reader.end()


def told(stream: bytes) -> list[dict[str, Any]]:
    """The data of a stream's events; each is named by its type."""
    events = []
    for block in stream.split(b"\n\n"):
        lines = [line for line in block.split(b"\n") if line and not line.startswith(b":")]
        if lines:
            name, data = lines
            event: dict[str, Any] = json.loads(data.removeprefix(b"data: "))
            assert name == b"event: " + event["type"].encode()
            events.append(event)
    return events


def event(kind: str, **members: Any) -> bytes:
    """One event of a vendor."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **members})}\n\n".encode()


def streamed(source: Dialect, deltas: list[Delta], request: Request | None = None) -> bytes:
    """What a caller gets of these deltas, to the end."""
    writer = SPOKEN.stream_writer(request or asked(stream=True), run_id="run_1", created_s=1)
    return writer.write(source, deltas) + writer.finish(b'{"run":"run_1"}')
