"""Vendors' answers in each dialect's own words, and one small question to put to them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec

from lanewise.core.answer import Delta, Generation, Meter
from lanewise.core.policy import Deployment, ModelFacts, ProviderPolicy
from lanewise.core.protocols.provider import Call, DeltaSink, Provider
from lanewise.core.request import Dialect, Request
from raw_vendor import Exchange, Script


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One answer in a dialect's own words, whole and streamed: "Hello, wörld!" for 12 tokens in and 7 out."""

    whole: bytes
    events: tuple[bytes, ...]  # the last one is the terminal event, where the dialect has one
    error_event: bytes
    error: bytes  # the body of a 4xx or 5xx
    terminal: bool = True


def _event(name: str, **data: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode({"type": name, **data}))


def _chunk(**fields: object) -> bytes:
    chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "model-2026", **fields}
    return b"data: " + msgspec.json.encode(chunk) + b"\n\n"


def _delta(text: str) -> bytes:
    return _chunk(choices=[{"index": 0, "delta": {"content": text}, "finish_reason": None}])


def _block(text: str) -> bytes:
    return _event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})


def _item_place(**members: object) -> dict[str, object]:
    return {"item_id": "msg_1", "output_index": 0, "content_index": 0, **members}


def _response(status: str, *output: object, usage: object = None) -> dict[str, object]:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": status,
        "model": "model-2026",
        "output": list(output),
        "usage": usage,
    }


def _generated(text: str, **ending: object) -> bytes:
    content = {"parts": [{"text": text}], "role": "model"}
    told = {
        "candidates": [{"content": content, "index": 0, **ending}],
        "modelVersion": "model-2026",
        "responseId": "r1",
    }
    usage = {"promptTokenCount": 12, "candidatesTokenCount": 7, "totalTokenCount": 19}
    return msgspec.json.encode(told | ({"usageMetadata": usage} if ending else {}))


def _generated_event(text: str, **ending: object) -> bytes:
    return b"data: " + _generated(text, **ending) + b"\r\n\r\n"


TEXT = "Hello, wörld!"
_RESPONSE_USAGE = {"input_tokens": 12, "output_tokens": 7, "total_tokens": 19}
_SAID = {"type": "output_text", "text": TEXT, "annotations": []}
_MESSAGE = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [_SAID]}
_CHAT_USAGE = {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19}
SAMPLES = {
    Dialect.OPENAI_CHAT: Sample(
        whole=msgspec.json.encode(
            {
                "id": "c1",
                "object": "chat.completion",
                "created": 1,
                "model": "model-2026",
                "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}],
                "usage": _CHAT_USAGE,
            }
        ),
        events=(
            _delta("Hello, "),
            _delta("wörld!"),
            _chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}]),
            _chunk(choices=[], usage=_CHAT_USAGE),
            b"data: [DONE]\n\n",
        ),
        error_event=b'data: {"error": {"message": "broken inside", "type": "server_error", "code": 500}}\n\n',
        error=b'{"error": {"message": "said so", "type": "some_error", "param": null, "code": null}}',
    ),
    Dialect.OPENAI_RESPONSES: Sample(
        whole=msgspec.json.encode(_response("completed", _MESSAGE, usage=_RESPONSE_USAGE)),
        events=(
            _event("response.created", response=_response("in_progress")),
            _event("response.output_item.added", output_index=0, item=_MESSAGE | {"content": []}),
            _event("response.output_text.delta", **_item_place(delta="Hello, ")),
            _event("response.output_text.delta", **_item_place(delta="wörld!")),
            _event("response.output_text.done", **_item_place(text=TEXT)),
            _event("response.output_item.done", output_index=0, item=_MESSAGE),
            _event("response.completed", response=_response("completed", _MESSAGE, usage=_RESPONSE_USAGE)),
        ),
        error_event=_event("error", code="server_error", message="broken inside", param=None),
        error=b'{"error": {"message": "said so", "type": "some_error", "param": null, "code": null}}',
    ),
    Dialect.ANTHROPIC_MESSAGES: Sample(
        whole=msgspec.json.encode(
            {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "model-2026",
                "content": [{"type": "text", "text": TEXT}],
                "stop_reason": "end_turn",
                "stop_sequence": None,
                "usage": {"input_tokens": 12, "output_tokens": 7},
            }
        ),
        events=(
            _event(
                "message_start",
                message={
                    "id": "msg_1",
                    "type": "message",
                    "role": "assistant",
                    "model": "model-2026",
                    "content": [],
                    "stop_reason": None,
                    "stop_sequence": None,
                    "usage": {"input_tokens": 12, "output_tokens": 1},
                },
            ),
            _event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
            _block("Hello, "),
            _block("wörld!"),
            _event("content_block_stop", index=0),
            _event(
                "message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 7}
            ),
            _event("message_stop"),
        ),
        error_event=_event("error", error={"type": "api_error", "message": "broken inside"}),
        error=b'{"type": "error", "error": {"type": "some_error", "message": "said so"}}',
    ),
    Dialect.GEMINI: Sample(
        whole=_generated(TEXT, finishReason="STOP"),
        events=(
            _generated_event("Hello, "),
            _generated_event("wörl"),
            _generated_event("d!"),
            _generated_event("", finishReason="STOP"),
        ),
        error_event=b'data: {"error": {"code": 500, "message": "broken inside", "status": "INTERNAL"}}\r\n\r\n',
        error=b'{"error": {"code": 400, "message": "said so", "status": "SOME_STATUS"}}',
        terminal=False,
    ),
}


class Asked:
    """One call, what it gave, and what passed by."""

    def __init__(self, provider: Provider, call: Call) -> None:
        self.meter = Meter()
        self.deltas: list[Delta] = []
        self.first = asyncio.Event()
        self.listener: DeltaSink = self._note
        self._provider = provider
        self._call = call

    async def answer(self) -> Generation:
        return await self._provider.generate(self._call, self.meter, self.listener)

    async def _note(self, deltas: list[Delta]) -> None:
        self.deltas += deltas
        self.first.set()

    @property
    def text(self) -> str:
        return "".join(delta.text for delta in self.deltas)


def a_call(
    dialect: Dialect,
    address: str = "",
    *,
    stream: bool,
    idle_timeout_s: float = 20.0,
    text: str = "Hi",
    at: Deployment | None = None,
    **more: Any,
) -> Call:
    """A small question, put as a chat completion, to a vendor at this address or to a deployment. `more` goes into its body."""
    asked: dict[str, Any] = {
        "model": "any",
        "max_tokens": 100,
        "stream": stream,
        "messages": [{"role": "user", "content": text}],
    } | more
    account = ProviderPolicy(name="vendor", dialect=dialect, base_url=f"{address}/v1")
    return Call(
        request=Request(
            dialect=Dialect.OPENAI_CHAT,
            body=msgspec.json.encode(asked),
            model="any",
            stream=stream,
            has_tools="tools" in asked,
        ),
        deployment=at or Deployment(provider=account, model="model", facts=ModelFacts()),
        stream=stream,
        max_output_tokens=asked["max_tokens"],
        idle_timeout_s=idle_timeout_s,
        want_content=True,
    )


def whole_answer(sample: Sample, headers: dict[str, str]) -> Script:
    async def answer(exchange: Exchange) -> None:
        await exchange.whole(sample.whole, 200, **headers)

    return answer


def answers_as_asked(sample: Sample) -> Script:
    """Answers as it is asked, streamed or whole."""

    async def answer(exchange: Exchange) -> None:
        streams = msgspec.json.decode(exchange.body).get("stream") or "stream" in exchange.request_line
        if not streams:
            await exchange.whole(sample.whole)
            return
        await exchange.stream()
        for event in sample.events:
            await exchange.event(event)
        await exchange.end()

    return answer


def until_first_text(sample: Sample) -> bytes:
    at = next(place for place, event in enumerate(sample.events) if b"Hello, " in event)
    return b"".join(sample.events[: at + 1])
