"""Renders replies as OpenAI chat completions, whole or as server-sent events."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from lanewise.simulator.exchange import Ask, Frame, RejectedError, Reply, ToolCall

_FINISH = {
    "stop": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "refusal": "content_filter",
}
_HIDDEN_STEP_TOKENS = 24
_CHUNK_TOKENS = 3
_encode = msgspec.json.encode


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenAIWriter:
    """Writes one vendor's responses; `deep` is the DeepSeek manner: reasoning shown, usage on the last choice."""

    deep: bool

    def body(self, ask: Ask, reply: Reply, *, response_id: str, created: int, model: str) -> bytes:
        """The JSON of a non-stream response."""
        message: dict[str, Any] = {"role": "assistant", "content": reply.text}
        if not self.deep:
            message |= {"refusal": None, "annotations": []}
        elif ask.model.reasons:
            message["reasoning_content"] = "".join(reply.reasoning)
        if reply.tool_calls:
            message["content"] = reply.text or (None if not self.deep else "")
            message["tool_calls"] = [
                ({"index": i} if self.deep else {}) | _call(call, call.arguments)
                for i, call in enumerate(reply.tool_calls)
            ]
        choice = {
            "index": 0,
            "message": message,
            "logprobs": _logprobs(ask, reply, reply.answer),
            "finish_reason": _FINISH[reply.finish],
        }
        return _encode(
            {
                "id": response_id,
                "object": "chat.completion",
                "created": created,
                "model": model,
                "choices": [choice],
                "usage": self.usage(ask, reply),
            }
            | self._signature()
        )

    def frames(self, ask: Ask, reply: Reply, *, response_id: str, created: int, model: str) -> Iterator[Frame]:
        """The stream, step by step; hidden thinking takes steps that send nothing."""
        base = {"id": response_id, "object": "chat.completion.chunk", "created": created, "model": model}
        base |= self._signature()
        usage_key = {"usage": None} if ask.include_usage and not self.deep else {}

        def event(delta: dict[str, Any], finish: str | None = None, logprobs: object = None) -> bytes:
            choice = {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
            return sse(base | {"choices": [choice]} | usage_key)

        thought = 0
        shown = self.deep and ask.model.reasons
        role: dict[str, Any] = {"role": "assistant", "content": None if shown or reply.tool_calls else ""}
        role |= {"reasoning_content": ""} if shown else ({} if self.deep else {"refusal": None})
        if shown:
            yield Frame(data=event(role), tokens=0)
        step = _CHUNK_TOKENS if shown else _HIDDEN_STEP_TOKENS
        for start in range(0, len(reply.reasoning), step):
            part = reply.reasoning[start : start + step]
            thought += len(part)
            data = event({"content": None, "reasoning_content": "".join(part)}) if shown else b""
            yield Frame(data=data, tokens=len(part), output_tokens=thought, reasoning_tokens=thought, content=shown)
        if not shown:
            yield Frame(data=event(role), output_tokens=thought, reasoning_tokens=thought)
        done = thought
        for start in range(0, len(reply.answer), _CHUNK_TOKENS):
            part = reply.answer[start : start + _CHUNK_TOKENS]
            done += len(part)
            delta: dict[str, Any] = {"content": "".join(part)} | ({"reasoning_content": None} if shown else {})
            data = event(delta, logprobs=_logprobs(ask, reply, part, start))
            yield Frame(data=data, tokens=len(part), output_tokens=done, reasoning_tokens=thought, content=True)
        for index, call in enumerate(reply.tool_calls):
            for call_delta in _call_deltas(index, call):
                yield Frame(data=event(call_delta), output_tokens=done, reasoning_tokens=thought, content=True)
            done += call.tokens
            yield Frame(tokens=call.tokens, output_tokens=done, reasoning_tokens=thought)
        yield Frame(data=self._end(ask, reply, base, event), output_tokens=done, reasoning_tokens=thought)

    def _end(self, ask: Ask, reply: Reply, base: dict[str, Any], event: Callable[..., bytes]) -> bytes:
        finish = _FINISH[reply.finish]
        if self.deep:
            choice = {"index": 0, "delta": {"content": ""}, "logprobs": None, "finish_reason": finish}
            last = sse(base | {"choices": [choice], "usage": self.usage(ask, reply)})
            return last + b"data: [DONE]\n\n"
        last = event({}, finish)
        if ask.include_usage:
            last += sse(base | {"choices": [], "usage": self.usage(ask, reply)})
        return last + b"data: [DONE]\n\n"

    def usage(self, ask: Ask, reply: Reply) -> dict[str, Any]:
        """The usage object; reasoning is part of the completion tokens."""
        given, output = ask.usage, reply.output_tokens
        totals: dict[str, Any] = {
            "prompt_tokens": given.total,
            "completion_tokens": output,
            "total_tokens": given.total + output,
        }
        if self.deep:
            totals |= {"prompt_tokens_details": {"cached_tokens": given.cached}}
            if ask.model.reasons:
                totals |= {"completion_tokens_details": {"reasoning_tokens": reply.reasoning_tokens}}
            return totals | {
                "prompt_cache_hit_tokens": given.cached,
                "prompt_cache_miss_tokens": given.total - given.cached,
            }
        return totals | {
            "prompt_tokens_details": {"cached_tokens": given.cached, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": reply.reasoning_tokens,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }

    def error(self, rejected: RejectedError, _request_id: str) -> dict[str, Any]:
        """The error body."""
        return {
            "error": {
                "message": rejected.message,
                "type": rejected.kind,
                "param": rejected.param,
                "code": rejected.code,
            }
        }

    def error_event(self, rejected: RejectedError, request_id: str) -> bytes:
        """An error in the middle of a stream."""
        return sse(self.error(rejected, request_id))

    def _signature(self) -> dict[str, Any]:
        return {"system_fingerprint": "simulated"} | ({} if self.deep else {"service_tier": "default"})


def sse(payload: dict[str, Any]) -> bytes:
    """One event, OpenAI's way: data only."""
    return b"data: " + _encode(payload) + b"\n\n"


def _call(call: ToolCall, arguments: str) -> dict[str, Any]:
    return {"id": f"call_{call.id}", "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _call_deltas(index: int, call: ToolCall) -> Iterator[dict[str, Any]]:
    yield {"tool_calls": [{"index": index} | _call(call, "")]}
    for start in range(0, len(call.arguments), 12):
        part = call.arguments[start : start + 12]
        yield {"tool_calls": [{"index": index, "function": {"arguments": part}}]}


def _logprobs(ask: Ask, reply: Reply, part: tuple[str, ...], start: int = 0) -> dict[str, Any] | None:
    if ask.top_logprobs is None:
        return None
    content = []
    for offset, piece in enumerate(part):
        wobble = ((start + offset) * 37 + len(piece) * 11) % 100 / 100
        chance = max(0.02, 1 - 0.02 * wobble - reply.doubt * (0.6 if any(c.isdigit() for c in piece) else 0.1) * wobble)
        entry = {"token": piece, "logprob": math.log(chance), "bytes": list(piece.encode())}
        other = {"token": " ~", "logprob": math.log(max(1e-6, (1 - chance) * 0.8)), "bytes": list(b" ~")}
        content.append(entry | {"top_logprobs": [entry, other][: ask.top_logprobs]})
    return {"content": content, "refusal": None}
