"""A caller's stream of responses: server-sent events, or one JSON array where `alt=sse` was not asked for.

Google's own SDK takes every line that is not `data: ` for a piece of JSON, so this dialect has no comments. A sign of life is a blank line,
and Lanewise's record stands in the last chunk. That chunk, the one with the `finishReason`, is kept back until the run is recorded: nobody
has a whole answer without its row.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.answer import Delta, Finish, ToolCall, ToolCallDelta
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.core.request import Dialect, Request
from lanewise.core.usage import Usage
from lanewise.wire.gemini.answer import call_part, with_record
from lanewise.wire.gemini.candidate import FINISH_WORDS, logprobs_object
from lanewise.wire.gemini.errors import write_error
from lanewise.wire.gemini.usage import usage_object
from lanewise.wire.sse import EventSplitter

_encode = msgspec.json.Encoder().encode
_END = b"\r\n\r\n"
_BETWEEN = b" \t\r\n,["


class GeminiStreamWriter:
    """Relays the vendor's own bytes where it speaks this dialect, else writes chunks of the same meaning."""

    __slots__ = ("_array", "_calls", "_count", "_finish", "_held", "_model", "_run_id", "_shows", "_source", "_usage")

    def __init__(self, request: Request, *, run_id: str) -> None:
        self._array = ("alt", "sse") not in request.passed.query
        self._shows = request.shows_thinking
        self._run_id = run_id
        self._model = request.model
        self._count = 0  # chunks written
        self._held: bytes | None = None  # the vendor's chunk that ends its answer, or one that came after it
        self._calls: dict[int, _Call] = {}  # of a vendor of another dialect: they come whole in this one
        self._source = Dialect.GEMINI
        self._finish: Finish | None = None
        self._usage: Usage | None = None

    def write(self, source: Dialect, deltas: list[Delta]) -> bytes:
        """The caller's bytes for these deltas."""
        self._source = source
        if source is Dialect.GEMINI:
            return b"".join([self._relay(delta) for delta in deltas if not delta.last])
        return b"".join([self._translated(delta) for delta in deltas])

    def comment(self, text: str) -> bytes:  # noqa: ARG002 - the words have no place in this dialect
        """A blank line: an event without data, or space between an array's elements."""
        return b"\r\n"

    def progress(self, name: str, payload: bytes) -> bytes:
        """A chunk without candidates that carries `lanewise: {"event": ...}`; sent on opt-in only."""
        members = payload.strip()[1:-1].strip()
        event = b'{"event":' + _encode(name) + (b"," + members if members else b"") + b"}"
        return self._framed(b'{"lanewise":' + event + b"}")

    def error(self, report: ErrorReport) -> bytes:
        """Google's error chunk, on which its SDK raises; what was held back is not shown, so nobody takes the stream for whole."""
        self._held = None
        return self._framed(write_error(report)) + (b"\r\n]" if self._array else b"")

    def finish(self, lanewise: bytes) -> bytes:
        """The chunk that ends the answer, with Lanewise's record in it."""
        record = lanewise.replace(b"\n", b" ")
        if self._held is not None:
            raw, self._held = self._held, None
            body = json_of(raw)
            own = not self._array and body and raw.startswith(b"data:")
            last = raw.replace(body, with_record(body, record)) if own else self._framed(with_record(body, record))
        else:
            last = self._flush_calls() + self._framed(with_record(_encode(self._last_chunk()), record))
        return last + (b"\r\n]" if self._array else b"")

    def _relay(self, delta: Delta) -> bytes:
        held = self._held
        if held is None and delta.finish is None:
            return self._own(delta.raw)
        if held is None or json_of(delta.raw):
            self._held = delta.raw
            return b"" if held is None else self._own(held)
        return b""

    def _own(self, raw: bytes) -> bytes:
        """The vendor's bytes as they are, unless they came in the other form of a stream than the caller's."""
        if not self._array and not raw.lstrip().startswith((b"[", b",", b"{")):
            self._count += 1
            return raw
        body = json_of(raw)
        return self._framed(body) if body else b""

    def _framed(self, body: bytes) -> bytes:
        self._count += 1
        if not self._array:
            return b"data: " + body + _END
        return (b"[" if self._count == 1 else b",\r\n") + body

    def _translated(self, delta: Delta) -> bytes:
        if delta.usage is not None:
            self._usage = delta.usage
        if delta.served_model:
            self._model = delta.served_model
        for piece in delta.tool_calls:
            self._calls.setdefault(piece.index, _Call()).add(piece)
        parts: list[dict[str, Any]] = []
        if delta.reasoning and self._shows:
            parts.append({"text": delta.reasoning, "thought": True})
        said = delta.text + delta.refusal
        if said:
            parts.append({"text": said})
        written = self._chunk(parts, delta) if parts or delta.logprobs else b""
        if delta.finish is not None:
            self._finish = delta.finish
            written += self._flush_calls()
        return written

    def _flush_calls(self) -> bytes:
        calls, self._calls = [self._calls[place] for place in sorted(self._calls)], {}
        parts = [call_part(call.whole(), self._source, first=place == 0) for place, call in enumerate(calls)]
        return self._chunk(parts, Delta()) if parts else b""

    def _chunk(self, parts: list[dict[str, Any]], delta: Delta) -> bytes:
        candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
        if delta.logprobs:
            candidate["logprobsResult"] = logprobs_object(delta.logprobs)
        return self._framed(_encode({"candidates": [candidate], **self._named()}))

    def _last_chunk(self) -> dict[str, Any]:
        content = {"parts": [{"text": ""}], "role": "model"}
        word = FINISH_WORDS[self._finish or Finish.STOP]
        chunk: dict[str, Any] = {"candidates": [{"content": content, "finishReason": word, "index": 0}]}
        if self._usage is not None:
            chunk["usageMetadata"] = usage_object(self._usage)
        return chunk | self._named()

    def _named(self) -> dict[str, str]:
        return {"modelVersion": self._model, "responseId": self._run_id}


class _Call:
    """A tool call whose pieces still come."""

    __slots__ = ("arguments", "id", "name", "signature")

    def __init__(self) -> None:
        self.id = self.name = self.signature = ""
        self.arguments: list[str] = []

    def add(self, piece: ToolCallDelta) -> None:
        self.id = self.id or piece.id or ""
        self.name = self.name or piece.name or ""
        self.signature = self.signature or piece.signature
        self.arguments.append(piece.arguments)

    def whole(self) -> ToolCall:
        return ToolCall(id=self.id, name=self.name, arguments="".join(self.arguments), signature=self.signature)


def json_of(raw: bytes) -> bytes:
    """The object in a vendor's chunk, whether it came as an event or as an array's element; empty where there is none."""
    bare = raw.strip(_BETWEEN)
    if bare.startswith(b"{"):
        return bare
    splitter = EventSplitter()
    for _, _, data in (*splitter.feed(raw), splitter.flush()):
        if data:
            return data
    return b""
