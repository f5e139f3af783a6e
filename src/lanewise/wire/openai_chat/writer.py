"""A caller's stream of chat completion chunks."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.answer import Delta, TokenLogprob, ToolCallDelta
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.core.request import Dialect, Request
from lanewise.core.usage import Usage
from lanewise.wire.openai_chat.answer import usage_object
from lanewise.wire.openai_chat.logprobs import logprobs_object
from lanewise.wire.openai_chat.message import FINISH_WORDS

_encode = msgspec.json.Encoder().encode
_WITHOUT_LOGPROBS = b',"logprobs":null,"finish_reason":'


class ChatStreamWriter:
    """Relays the vendor's own bytes where it speaks this dialect, else writes chunks of the same meaning."""

    __slots__ = ("_begun", "_end", "_head", "_include_usage", "_middle", "_usage")

    def __init__(self, request: Request, *, run_id: str, created_s: int) -> None:
        self._include_usage = request.include_usage
        self._usage: Usage | None = None  # of a vendor of another dialect: told at the end
        self._begun = False
        named = _encode({"id": f"chatcmpl-{run_id}", "object": "chat.completion.chunk", "created": created_s})
        self._head = b"data: " + named[:-1] + b',"model":' + _encode(request.model)
        self._middle = b',"choices":[{"index":0,"delta":'
        # OpenAI names usage in every chunk of a stream that asks for it, null until the last.
        self._end = b'}],"usage":null}\n\n' if request.include_usage else b"}]}\n\n"

    def write(self, source: Dialect, deltas: list[Delta]) -> bytes:
        """The caller's bytes for these deltas. A usage chunk the caller did not ask for is not shown."""
        if source is Dialect.OPENAI_CHAT:
            self._begun, hidden = True, not self._include_usage
            return b"".join([delta.raw for delta in deltas if not (delta.last or (hidden and delta.usage_only))])
        parts: list[bytes] = []
        for delta in deltas:
            if delta.usage is not None:
                self._usage = delta.usage
            said = _said(delta)
            if said or delta.logprobs or (delta.finish is not None and not self._begun):
                if not self._begun:
                    self._begun = True
                    said = {"role": "assistant", "content": "", **said}
                parts.append(self._chunk(said, b"null", delta.logprobs))
            if delta.finish is not None:
                parts.append(self._chunk({}, b'"%s"' % FINISH_WORDS[delta.finish].encode()))
        return b"".join(parts)

    def comment(self, text: str) -> bytes:
        """One comment line, without a blank line after it: some clients (openai-go) fail on an event without data."""
        return b": " + " ".join(text.split()).encode() + b"\n"

    def progress(self, name: str, payload: bytes) -> bytes:
        """A chunk without choices that carries `lanewise: {"event": ...}`.

        The official SDKs take it, as they take a usage chunk. Clients that read `choices[0]` unasked would fail on it, so it is sent on
        opt-in only.
        """
        members = payload.strip()[1:-1].strip()
        event = b'{"event":' + _encode(name) + (b"," + members if members else b"") + b"}"
        return self._head + b',"choices":[],"lanewise":' + event + b"}\n\n"

    def error(self, report: ErrorReport) -> bytes:
        """OpenAI's error event, on which its SDKs raise; no `[DONE]` follows, so nobody takes the stream for whole."""
        return b"data: " + write_error(report) + b"\n\n"

    def finish(self, lanewise: bytes) -> bytes:
        """The usage chunk where it was asked for and not relayed, Lanewise's record as a comment, and `[DONE]`."""
        usage = b""
        if self._include_usage and self._usage is not None:
            usage = self._head + b',"choices":[],"usage":' + _encode(usage_object(self._usage)) + b"}\n\n"
        return usage + b": lanewise " + lanewise.replace(b"\n", b" ") + b"\ndata: [DONE]\n\n"

    def _chunk(self, delta: dict[str, Any], finish: bytes, logprobs: tuple[TokenLogprob, ...] = ()) -> bytes:
        tail = _WITHOUT_LOGPROBS
        if logprobs:
            tail = b',"logprobs":' + _encode(logprobs_object(logprobs)) + b',"finish_reason":'
        return b"".join((self._head, self._middle, _encode(delta), tail, finish, self._end))


def write_error(report: ErrorReport) -> bytes:
    """An error's body in OpenAI's shape, with the key `lanewise` beside it where it is a refusal."""
    body: dict[str, Any] = {
        "error": {"message": report.message, "type": report.kind, "param": report.param, "code": report.code}
    }
    if report.refusal is not None:
        body["lanewise"] = {"refusal": report.refusal}
    return _encode(body)


def _said(delta: Delta) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if delta.text:
        said["content"] = delta.text
    if delta.reasoning:
        said["reasoning_content"] = delta.reasoning
    if delta.refusal:
        said["refusal"] = delta.refusal
    if delta.tool_calls:
        said["tool_calls"] = [_tool_call(piece) for piece in delta.tool_calls]
    return said


def _tool_call(piece: ToolCallDelta) -> dict[str, Any]:
    function: dict[str, Any] = {"arguments": piece.arguments}
    if piece.name is not None:
        function = {"name": piece.name, "arguments": piece.arguments}
    if piece.id is None:
        return {"index": piece.index, "function": function}
    return {"index": piece.index, "id": piece.id, "type": "function", "function": function}
