"""Renders replies as generateContent responses: whole, as server-sent events with CRLF, or as one JSON array."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from lanewise.simulator.exchange import Ask, Frame, RejectedError, Reply
from lanewise.simulator.gemini_rules import ANSWER, CALL
from lanewise.simulator.signatures import Signer

_FINISH = {
    "stop": "STOP",
    "stop_sequence": "STOP",
    "length": "MAX_TOKENS",
    "tool_calls": "STOP",
    "refusal": "SAFETY",
}
_CHUNK_TOKENS = 4
_encode = msgspec.json.encode
Part = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class GeminiWriter:
    """Writes the Gemini-dialect vendor's responses and signs what its thinking led to."""

    signer: Signer

    def body(self, ask: Ask, reply: Reply, *, response_id: str, created: int, model: str) -> bytes:
        """The JSON of a non-stream response."""
        del created  # this dialect dates nothing
        parts: list[Part] = []
        if reply.reasoning and ask.display == "full":
            parts.append({"text": "".join(reply.reasoning), "thought": True})
        if reply.answer:
            parts.append({"text": reply.text} | self._proof(ask, reply, response_id))
        parts += self._calls(ask, reply, response_id)
        done = (reply.output_tokens, reply.reasoning_tokens)
        ending = _ending(parts, reply)
        ending["candidates"][0] |= _logprobs(ask, reply, 0, len(reply.answer))
        return _encode(_response(ask, parts, done, (response_id, model)) | ending)

    def frames(self, ask: Ask, reply: Reply, *, response_id: str, created: int, model: str) -> Iterator[Frame]:
        """The stream, step by step. Its last chunk has the finish reason, and with thinking the proof on an empty text."""
        del created
        done = thought = count = 0

        def frame(
            parts: list[Part], step: int, ending: dict[str, Any] | None = None, logprobs: dict[str, Any] | None = None
        ) -> Frame:
            nonlocal count
            chunk = _response(ask, parts, (done, thought), (response_id, model)) | (ending or {})
            chunk["candidates"][0] |= logprobs or {}
            shown = bool(parts) or ending is not None
            data = _framed(ask, _encode(chunk), first=count == 0, last=ending is not None) if shown else b""
            count += shown
            return Frame(
                data=data,
                tokens=step,
                output_tokens=done,
                reasoning_tokens=thought,
                content=bool(parts) and ending is None,
            )

        for step, text in _spans(reply.reasoning):
            done, thought = done + step, thought + step
            yield frame([{"text": text, "thought": True}] if ask.display == "full" else [], step)
        said = 0
        for step, text in _spans(reply.answer):
            done += step
            yield frame([{"text": text}], step, logprobs=_logprobs(ask, reply, said, said + step))
            said += step
        for call, part in zip(reply.tool_calls, self._calls(ask, reply, response_id), strict=True):
            done += call.tokens
            yield frame([part], call.tokens)
        last = [{"text": ""} | (self._proof(ask, reply, response_id) if reply.answer else {})]
        yield frame(last, 0, _ending(last, reply))

    def error(self, rejected: RejectedError, _request_id: str) -> dict[str, Any]:
        """The error body."""
        error: dict[str, Any] = {"code": rejected.status, "message": rejected.message, "status": rejected.kind}
        if rejected.code:
            kind = "type.googleapis.com/google.rpc.ErrorInfo"
            error["details"] = [{"@type": kind, "reason": rejected.code, "domain": "googleapis.com"}]
        return {"error": error}

    def error_event(self, rejected: RejectedError, request_id: str) -> bytes:
        """An error in the middle of a stream."""
        return b"data: " + _encode(self.error(rejected, request_id)) + b"\r\n\r\n"

    def _proof(self, ask: Ask, reply: Reply, nonce: str) -> Part:
        if not reply.reasoning:
            return {}
        return {"thoughtSignature": self.signer.sign(ANSWER, account=ask.account, model=ask.model.id, nonce=nonce)}

    def _calls(self, ask: Ask, reply: Reply, nonce: str) -> list[Part]:
        """Function calls; the first of them carries the proof."""
        parts: list[Part] = []
        for call in reply.tool_calls:
            part: Part = {"functionCall": {"name": call.name, "args": msgspec.json.decode(call.arguments)}}
            if reply.reasoning and not parts:
                proven = f"{CALL} {call.name}"
                part["thoughtSignature"] = self.signer.sign(
                    proven, account=ask.account, model=ask.model.id, nonce=nonce
                )
            parts.append(part)
        return parts


def _spans(pieces: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    for at in range(0, len(pieces), _CHUNK_TOKENS):
        span = pieces[at : at + _CHUNK_TOKENS]
        yield len(span), "".join(span)


def _response(ask: Ask, parts: list[Part], done: tuple[int, int], names: tuple[str, str]) -> dict[str, Any]:
    output, thought = done
    response_id, model = names
    usage: dict[str, Any] = {"promptTokenCount": ask.usage.total, "totalTokenCount": ask.usage.total + output}
    usage["promptTokensDetails"] = [{"modality": "TEXT", "tokenCount": ask.usage.total}]
    if output > thought:
        usage["candidatesTokenCount"] = output - thought
    if thought:
        usage["thoughtsTokenCount"] = thought
    if ask.usage.cached:
        usage["cachedContentTokenCount"] = ask.usage.cached
    candidate = {"content": {"parts": parts, "role": "model"}, "index": 0}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": model, "responseId": response_id}


def _ending(parts: list[Part], reply: Reply) -> dict[str, Any]:
    candidate = {"content": {"parts": parts, "role": "model"}, "finishReason": _FINISH[reply.finish], "index": 0}
    return {"candidates": [candidate]}


def _logprobs(ask: Ask, reply: Reply, start: int, end: int) -> dict[str, Any]:
    if ask.top_logprobs is None or start == end:
        return {}
    chosen, top = [], []
    for place in range(start, end):
        piece = reply.answer[place]
        chance = max(0.02, 1 - reply.doubt * ((place * 37 + len(piece) * 11) % 100) / 100)
        likely = {"token": piece, "logProbability": math.log(chance)}
        other = {"token": " ~", "logProbability": math.log(max(1e-6, (1 - chance) * 0.8))}
        chosen.append(likely)
        top.append({"candidates": [likely, other][: ask.top_logprobs]})
    return {"logprobsResult": {"chosenCandidates": chosen} | ({"topCandidates": top} if ask.top_logprobs else {})}


def _framed(ask: Ask, chunk: bytes, *, first: bool, last: bool) -> bytes:
    if ask.events:
        return b"data: " + chunk + b"\r\n\r\n"
    return (b"[" if first else b",\r\n") + chunk + (b"]" if last else b"")
