"""Anthropic's stream of message events, read as it comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from lanewise.core.answer import Delta, Finish, ToolCallDelta
from lanewise.core.errors import MalformedStream
from lanewise.core.failure import Failure
from lanewise.core.usage import Usage
from lanewise.wire.anthropic.answer import MUTE_BLOCKS, finish_of, refusal_of
from lanewise.wire.anthropic.answer_tool import ANSWER_TOOL
from lanewise.wire.anthropic.usage import read_usage
from lanewise.wire.event_reader import EventReader
from lanewise.wire.failure import failure_in_event
from lanewise.wire.sse import EventSplitter, ServerEvent
from lanewise.wire.stream_end import end_of


class _Piece(msgspec.Struct, gc=False):
    """A `delta` or a `content_block`: their members do not clash."""

    type: Any = ""
    text: Any = None
    thinking: Any = None
    signature: Any = None
    data: Any = None
    partial_json: Any = None
    stop_reason: Any = None
    stop_details: Any = None
    id: Any = None
    name: Any = None
    to: Any = None
    input: msgspec.Raw = msgspec.Raw()


class _Start(msgspec.Struct, gc=False):
    model: Any = ""
    usage: dict[str, Any] | None = None


class _Event(msgspec.Struct, gc=False):
    type: str
    index: int = 0
    delta: _Piece | None = None
    content_block: _Piece | None = None
    message: _Start | None = None
    usage: dict[str, Any] | None = None


class _OpenTool:
    """A tool call whose arguments are still coming."""

    __slots__ = ("begun", "place", "whole")

    def __init__(self, place: int | None, whole: str) -> None:
        self.place = place  # None: its arguments are the answer's words
        self.whole = whole  # the arguments as far as the block's start told them
        self.begun = False


_EVENT = msgspec.json.Decoder(_Event)
_NO_PIECE = _Piece()
_EMPTY = ("", "{}")


class MessageStreamReader(EventReader[EventSplitter]):
    """Reads events. The answer is whole at `message_stop` and nowhere else."""

    __slots__ = ("_answers_by_tool", "_begun", "_open", "_tool_count", "_usage")

    def __init__(self) -> None:
        super().__init__(EventSplitter())
        self._open: dict[int, _OpenTool | None] = {}  # blocks begun and not stopped, by index
        self._tool_count = 0
        self._answers_by_tool = False
        self._usage: dict[str, Any] = {}
        self._begun = False

    def end(self) -> Failure | None:
        """None if the answer is whole, else what went wrong."""
        if self._ended:
            return self._failure
        return end_of(self._splitter, self._read) or self._failure

    def _read(self, server_event: ServerEvent) -> Delta:
        raw, name, data = server_event
        if not data:
            return Delta(raw=raw)
        try:
            event = _EVENT.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if name == b"error":
                return self._failed(raw, data)
            raise MalformedStream(f"An event of the vendor's stream is not a message event: {error}") from error
        if event.type == "content_block_delta":
            return self._delta(raw, event)
        if event.type == "error":
            return self._failed(raw, data)
        read = _READERS.get(event.type)
        return Delta(raw=raw) if read is None else read(self, raw, event)  # ping, and kinds yet to come

    def _delta(self, raw: bytes, event: _Event) -> Delta:
        piece = event.delta or _NO_PIECE
        kind = piece.type
        if kind == "text_delta":
            return Delta(raw=raw, text=_text(piece.text))
        if kind == "thinking_delta":
            return Delta(raw=raw, reasoning=_text(piece.thinking))
        if kind == "input_json_delta":
            tool = self._open.get(event.index)
            arguments = _text(piece.partial_json)
            if tool is None or not arguments:  # a tool the vendor runs itself is no call for the caller
                return Delta(raw=raw)
            tool.begun = True
            return _arguments(raw, tool, arguments)
        return Delta(raw=raw, signature=_text(piece.signature) if kind == "signature_delta" else "")

    def _block_start(self, raw: bytes, event: _Event) -> Delta:
        block = event.content_block or _NO_PIECE
        if block.type == "tool_use":
            return self._tool_start(raw, event.index, block)
        self._open[event.index] = None
        if block.type == "text":
            return Delta(raw=raw, text=_text(block.text))
        if block.type == "thinking":
            return Delta(raw=raw, reasoning=_text(block.thinking), signature=_text(block.signature))
        # The vendor itself gave the request to another model.
        if block.type == "fallback" and isinstance(block.to, dict):
            return Delta(raw=raw, served_model=_text(block.to.get("model")))
        redacted = _text(block.data) if block.type == "redacted_thinking" else ""
        return Delta(raw=raw, redacted=redacted, media=_text(block.type) not in MUTE_BLOCKS)

    def _tool_start(self, raw: bytes, index: int, block: _Piece) -> Delta:
        whole = bytes(block.input).decode()
        if block.name == ANSWER_TOOL:
            self._answers_by_tool = True
            self._open[index] = _OpenTool(None, whole)
            return Delta(raw=raw)
        place, self._tool_count = self._tool_count, self._tool_count + 1
        self._open[index] = _OpenTool(place, whole)
        call = ToolCallDelta(index=place, id=_text(block.id), name=_text(block.name))
        return Delta(raw=raw, tool_calls=(call,))

    def _block_stop(self, raw: bytes, event: _Event) -> Delta:
        """A call without a piece of arguments had them in its block's start, or has none: an empty object then."""
        tool = self._open.pop(event.index, None)
        if tool is None or tool.begun:
            return Delta(raw=raw)
        return _arguments(raw, tool, "{}" if tool.whole in _EMPTY else tool.whole)

    def _start(self, raw: bytes, event: _Event) -> Delta:
        if self._open:
            raise MalformedStream("The vendor began its answer again in the middle of a block")
        start = event.message or _Start()
        model = "" if self._begun else _text(start.model)
        self._begun = True
        return Delta(raw=raw, usage=self._add_usage(start.usage), served_model=model)

    def _message_delta(self, raw: bytes, event: _Event) -> Delta:
        piece = event.delta or _NO_PIECE
        finish = finish_of(piece.stop_reason)
        if finish is Finish.TOOL_CALLS and self._answers_by_tool and not self._tool_count:
            finish = Finish.STOP
        refusal = refusal_of(finish, piece.stop_details)
        return Delta(raw=raw, finish=finish, refusal=refusal, usage=self._add_usage(event.usage))

    def _stop(self, raw: bytes, event: _Event) -> Delta:  # noqa: ARG002  # one shape for all readers
        self._ended = True
        return Delta(raw=raw, last=True)

    def _add_usage(self, told: dict[str, Any] | None) -> Usage | None:
        if not told:
            return None
        self._usage |= {key: value for key, value in told.items() if value is not None}
        return read_usage(self._usage)

    def _failed(self, raw: bytes, data: bytes) -> Delta:
        self._failure = failure_in_event(data)
        self._ended = True
        return Delta(raw=raw, last=True)


def _arguments(raw: bytes, tool: _OpenTool, arguments: str) -> Delta:
    """A piece of a call's arguments, or of the answer where they are one."""
    if tool.place is None:
        return Delta(raw=raw, text=arguments)
    return Delta(raw=raw, tool_calls=(ToolCallDelta(index=tool.place, arguments=arguments),))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


_READERS: dict[str, Callable[[MessageStreamReader, bytes, _Event], Delta]] = {
    "message_start": MessageStreamReader._start,  # this class's own
    "content_block_start": MessageStreamReader._block_start,
    "content_block_stop": MessageStreamReader._block_stop,
    "message_delta": MessageStreamReader._message_delta,
    "message_stop": MessageStreamReader._stop,
}
