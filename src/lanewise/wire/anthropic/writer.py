"""A caller's stream of message events."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.answer import Delta, Finish, ToolCallDelta
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.core.request import Dialect, Request
from lanewise.core.usage import Usage
from lanewise.wire.anthropic.message import head, stop_reason, tool_id, usage_object, write_error
from lanewise.wire.anthropic.relay import Relay
from lanewise.wire.silence import is_whole

_encode = msgspec.json.Encoder().encode
_STOP = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'


class MessageStreamWriter:
    """Relays the vendor's own bytes where it speaks this dialect, else writes events of the same meaning.

    Blocks follow one another. A tool call's block stays open while its arguments are not whole, since some vendors tell two calls by turns.
    """

    __slots__ = (
        "_begun",
        "_finish",
        "_next",
        "_open",
        "_refused",
        "_relay",
        "_rendered",
        "_request",
        "_run_id",
        "_served_model",
        "_tools",
        "_usage",
    )

    def __init__(self, request: Request, *, run_id: str) -> None:
        self._request = request
        self._run_id = run_id
        self._relay = Relay()
        self._rendered = False  # what came last was written here, not relayed
        self._begun = False
        self._next = 0  # the next block's index
        self._open: tuple[str, int] | None = None  # kind and index of a block of text or thinking that is not stopped
        self._tools: dict[int, _Tool] = {}  # by the vendor's place of the call
        self._served_model = ""
        self._usage: Usage | None = None
        self._finish: Finish | None = None
        self._refused = False

    def write(self, source: Dialect, deltas: list[Delta]) -> bytes:
        """The caller's bytes for these deltas."""
        if source is Dialect.ANTHROPIC_MESSAGES:
            return self._relayed(deltas)
        if not self._rendered:
            self._rendered = True
            self._begun, self._next = self._relay.begun, self._relay.next_index
            closing = self._relay.stop_open()
            return closing + b"".join([self._said(delta) for delta in deltas])
        return b"".join([self._said(delta) for delta in deltas])

    def comment(self, text: str) -> bytes:
        """One comment line, without a blank line after it: an event without data is none to every client then."""
        return b": " + " ".join(text.split()).encode() + b"\n"

    def progress(self, name: str, payload: bytes) -> bytes:
        """An event of a kind that the official SDKs pass over; sent on opt-in only."""
        members = payload.strip()[1:-1].strip()
        data = b'{"type":"lanewise","event":' + _encode(name) + (b"," + members if members else b"") + b"}"
        return b"event: lanewise\ndata: " + data + b"\n\n"

    def error(self, report: ErrorReport) -> bytes:
        """Anthropic's error event, on which its SDKs raise; no `message_stop` follows, so nobody takes the stream for whole."""
        return b"event: error\ndata: " + write_error(report) + b"\n\n"

    def finish(self, lanewise: bytes) -> bytes:
        """The end of what was written here, Lanewise's record as a comment, and `message_stop`."""
        ending = self._ending() if self._rendered and self._begun else b""
        return ending + b": lanewise " + lanewise.replace(b"\n", b" ") + b"\n" + _STOP

    def _relayed(self, deltas: list[Delta]) -> bytes:
        if self._rendered:
            self._rendered = False
            closing = self._stop_open() + self._stop_tools(all_of_them=True)
            self._relay.go_on(begun=self._begun, next_index=self._next)
            return closing + self._relay.write(deltas)
        return self._relay.write(deltas)

    def _said(self, delta: Delta) -> bytes:
        """One delta's events."""
        if delta.served_model:
            self._served_model = delta.served_model
        if delta.usage is not None:
            self._usage = delta.usage
        if delta.finish is not None:
            self._finish = delta.finish
        if not (delta.shows or delta.finish is not None):
            return b""
        parts = [] if self._begun else [self._start()]
        if delta.reasoning and self._request.shows_thinking:
            parts.append(self._piece("thinking", "thinking", delta.reasoning))
        if delta.text or delta.refusal:
            self._refused = self._refused or bool(delta.refusal)
            parts.append(self._piece("text", "text", delta.text + delta.refusal))
        parts += [self._call(piece) for piece in delta.tool_calls]
        return b"".join(parts)

    def _start(self) -> bytes:
        self._begun = True
        message = head(self._request, self._served_model, self._run_id)
        message["usage"] = usage_object(self._usage) | {"output_tokens": 0}
        return _event("message_start", message=message)

    def _piece(self, kind: str, field: str, text: str) -> bytes:
        """Words of a block, which begins where another kind stands open or none."""
        opening = b""
        if self._open is None or self._open[0] != kind:
            opening = self._stop_open() + self._stop_tools() + self._begin(kind)
        assert self._open is not None
        delta = {"type": f"{kind}_delta", field: text}
        return opening + _event("content_block_delta", index=self._open[1], delta=delta)

    def _begin(self, kind: str) -> bytes:
        index = self._take_index()
        self._open = (kind, index)
        block = (
            {"type": "text", "text": ""} if kind == "text" else {"type": "thinking", "thinking": "", "signature": ""}
        )
        return _event("content_block_start", index=index, content_block=block)

    def _call(self, piece: ToolCallDelta) -> bytes:
        tool = self._tools.get(piece.index)
        opening = b""
        if tool is None:
            opening = self._stop_open() + self._stop_tools()
            tool = self._tools[piece.index] = _Tool(self._take_index())
            block: dict[str, Any] = {
                "type": "tool_use",
                "id": tool_id(piece.id or "", self._run_id, piece.index),
                "name": piece.name or "",
                "input": {},
            }
            opening += _event("content_block_start", index=tool.block, content_block=block)
        if not piece.arguments:
            return opening
        tool.arguments.append(piece.arguments)
        delta = {"type": "input_json_delta", "partial_json": piece.arguments}
        return opening + _event("content_block_delta", index=tool.block, delta=delta)

    def _take_index(self) -> int:
        index, self._next = self._next, self._next + 1
        return index

    def _stop_open(self) -> bytes:
        if self._open is None:
            return b""
        index, self._open = self._open[1], None
        return _event("content_block_stop", index=index)

    def _stop_tools(self, *, all_of_them: bool = False) -> bytes:
        """Stop the calls whose arguments are whole, or all."""
        stops = []
        for tool in self._tools.values():
            if tool.stopped or not (all_of_them or is_whole("".join(tool.arguments))):
                continue
            tool.stopped = True
            tool.arguments.clear()
            stops.append(_event("content_block_stop", index=tool.block))
        return b"".join(stops)

    def _ending(self) -> bytes:
        closing = self._stop_open() + self._stop_tools(all_of_them=True)
        delta = {"stop_reason": stop_reason(self._finish, refused=self._refused), "stop_sequence": None}
        return closing + _event("message_delta", delta=delta, usage=usage_object(self._usage))


class _Tool:
    """A call's block."""

    __slots__ = ("arguments", "block", "stopped")

    def __init__(self, block: int) -> None:
        self.block = block
        self.arguments: list[str] = []
        self.stopped = False


def _event(kind: str, **members: object) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + _encode({"type": kind, **members}) + b"\n\n"
