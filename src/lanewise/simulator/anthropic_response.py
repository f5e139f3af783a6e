"""Renders replies as Anthropic messages, whole or as server-sent events with cumulative usage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from lanewise.simulator.exchange import Ask, Frame, RejectedError, Reply
from lanewise.simulator.signatures import Signer

_STOP = {
    "stop": "end_turn",
    "stop_sequence": "stop_sequence",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "refusal": "refusal",
}
_CHUNK_TOKENS = 4
_PING = b'event: ping\ndata: {"type": "ping"}\n\n'
_encode = msgspec.json.encode


@dataclass(frozen=True, kw_only=True, slots=True)
class AnthropicWriter:
    """Writes the Anthropic-dialect vendor's responses and signs its thinking."""

    signer: Signer

    def body(self, ask: Ask, reply: Reply, *, response_id: str, created: int, model: str) -> bytes:
        """The JSON of a non-stream response."""
        del created  # this dialect dates nothing
        message = self._message(ask, response_id, model)
        message["content"] = [block for block, _ in self._blocks(ask, reply, response_id)]
        message["usage"] |= self.output_usage(ask, reply)
        return _encode(message | self._stopped(reply))

    def frames(self, ask: Ask, reply: Reply, *, response_id: str, created: int, model: str) -> Iterator[Frame]:
        """The stream, step by step."""
        del created
        message = self._message(ask, response_id, model) | {"content": [], "stop_reason": None, "stop_sequence": None}
        yield Frame(data=event({"type": "message_start", "message": message}))
        done = thought = 0
        for index, (block, parts) in enumerate(self._blocks(ask, reply, response_id)):
            opened, make_delta, closing = _streamed(block)
            yield Frame(
                data=event({"type": "content_block_start", "index": index, "content_block": opened})
                + (_PING if index == 0 else b""),
                output_tokens=done,
                reasoning_tokens=thought,
            )
            thinking = block["type"].endswith("thinking")
            for part in parts:
                done += part.tokens
                thought += part.tokens if thinking else 0
                delta = make_delta(part.text) if make_delta and part.text else None
                yield Frame(
                    data=_delta(index, delta) if delta else b"",
                    tokens=part.tokens,
                    output_tokens=done,
                    reasoning_tokens=thought,
                    content=delta is not None,
                )
            ending = b"".join(_delta(index, delta) for delta in closing)
            ending += event({"type": "content_block_stop", "index": index})
            yield Frame(data=ending, output_tokens=done, reasoning_tokens=thought)
        last = event({"type": "message_delta", "delta": self._stopped(reply), "usage": self.final_usage(ask, reply)})
        yield Frame(data=last + event({"type": "message_stop"}), output_tokens=done, reasoning_tokens=thought)

    def error(self, rejected: RejectedError, request_id: str) -> dict[str, Any]:
        """The error body."""
        inner = {"type": rejected.kind, "message": rejected.message}
        return {"type": "error", "error": inner, "request_id": request_id}

    def error_event(self, rejected: RejectedError, _request_id: str) -> bytes:
        """An error in the middle of a stream."""
        inner = {"details": None, "type": rejected.kind, "message": rejected.message}
        return event({"type": "error", "error": inner})

    def output_usage(self, ask: Ask, reply: Reply) -> dict[str, Any]:
        """Output tokens, and how many of them were thinking where the request thought at all."""
        usage: dict[str, Any] = {"output_tokens": reply.output_tokens}
        if ask.thinking_tokens:
            usage["output_tokens_details"] = {"thinking_tokens": reply.reasoning_tokens}
        return usage

    def final_usage(self, ask: Ask, reply: Reply) -> dict[str, Any]:
        """The cumulative usage of `message_delta`."""
        return _input_usage(ask) | self.output_usage(ask, reply)

    def _message(self, ask: Ask, response_id: str, model: str) -> dict[str, Any]:
        written = ask.usage.written
        usage = _input_usage(ask) | {
            "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
            "output_tokens": 1,
            "service_tier": "standard",
            "inference_geo": "simulated",
        }
        return {
            "model": model,
            "id": response_id,
            "type": "message",
            "role": "assistant",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "stop_details": None,
            "usage": usage,
        }

    def _stopped(self, reply: Reply) -> dict[str, Any]:
        details = None
        if reply.finish == "refusal":
            explanation = "Simulated refusal."
            details = {"type": "refusal", "category": "general_harms", "explanation": explanation}
        return {"stop_reason": _STOP[reply.finish], "stop_sequence": reply.stop_sequence, "stop_details": details}

    def _blocks(self, ask: Ask, reply: Reply, nonce: str) -> Iterator[tuple[dict[str, Any], list[_Part]]]:
        if reply.reasoning:
            yield self._thinking(ask, reply, nonce), _parts(reply.reasoning)
        if reply.answer:
            yield {"type": "text", "text": reply.text}, _parts(reply.answer)
        for call in reply.tool_calls:
            block = {
                "type": "tool_use",
                "id": f"toolu_{call.id}",
                "name": call.name,
                "input": msgspec.json.decode(call.arguments),
            }
            texts = [call.arguments[i : i + 16] for i in range(0, len(call.arguments), 16)]
            spread = [_Part(text=text, tokens=0) for text in texts[1:]]
            yield block, [_Part(text=texts[0], tokens=call.tokens), *spread]

    def _thinking(self, ask: Ask, reply: Reply, nonce: str) -> dict[str, Any]:
        text = "" if ask.display == "omitted" else "".join(reply.reasoning)
        if ask.display == "redacted":
            data = self.signer.sign("redacted", account=ask.account, model=ask.model.id, nonce=nonce)
            return {"type": "redacted_thinking", "data": data}
        signature = self.signer.sign(text, account=ask.account, model=ask.model.id, nonce=nonce)
        return {"type": "thinking", "thinking": text, "signature": signature}


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    tokens: int


def _parts(pieces: tuple[str, ...]) -> list[_Part]:
    spans = (pieces[i : i + _CHUNK_TOKENS] for i in range(0, len(pieces), _CHUNK_TOKENS))
    return [_Part("".join(span), len(span)) for span in spans]


_MakeDelta = Callable[[str], dict[str, Any]]


def _streamed(block: dict[str, Any]) -> tuple[dict[str, Any], _MakeDelta | None, list[dict[str, Any]]]:
    """How a block starts, how its parts read as deltas (None: silently), and the deltas before it stops."""
    kind = block["type"]
    if kind == "thinking":
        signed = [{"type": "signature_delta", "signature": block["signature"]}]
        opened = {"type": "thinking", "thinking": "", "signature": ""}
        make = (lambda text: {"type": "thinking_delta", "thinking": text}) if block["thinking"] else None
        return opened, make, signed
    if kind == "redacted_thinking":
        return block, None, []
    if kind == "tool_use":
        return {**block, "input": {}}, lambda text: {"type": "input_json_delta", "partial_json": text}, []
    return {"type": "text", "text": ""}, lambda text: {"type": "text_delta", "text": text}, []


def event(payload: dict[str, Any]) -> bytes:
    """One event, Anthropic's way: named."""
    return b"event: " + str(payload["type"]).encode() + b"\ndata: " + _encode(payload) + b"\n\n"


def _delta(index: int, delta: dict[str, Any]) -> bytes:
    return event({"type": "content_block_delta", "index": index, "delta": delta})


def _input_usage(ask: Ask) -> dict[str, Any]:
    given = ask.usage
    return {
        "input_tokens": given.total - given.cached - given.written,
        "cache_creation_input_tokens": given.written,
        "cache_read_input_tokens": given.cached,
    }
