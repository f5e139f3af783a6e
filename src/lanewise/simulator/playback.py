"""Plays a reply to the client at the model's pace, with the fault the request met, and keeps count of what was generated."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from lanewise.simulator.books import CallRecord
from lanewise.simulator.exchange import Ask, Frame, RejectedError, Reply
from lanewise.simulator.faults import Fault
from lanewise.simulator.pacing import ClientLeftError, Pace, silent_steps
from lanewise.simulator.vendor_errors import vendor_error
from lanewise.simulator.wire_damage import Line

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_NON_STREAM_FAULTS = frozenset({"cut", "truncate", "malformed", "reset_mid", "error_event"})
_BROKEN_JSON = b'data: {"id":"simulated","choices":[{"index":0,"delta":{"content":"\n\n'


class Writer(Protocol):
    """A dialect's way of writing replies and errors."""

    def body(self, ask: Ask, reply: Reply, *, response_id: str, created: int, model: str) -> bytes:
        """The JSON of a non-stream response."""

    def frames(self, ask: Ask, reply: Reply, *, response_id: str, created: int, model: str) -> Iterator[Frame]:
        """The stream, step by step."""

    def error(self, rejected: RejectedError, request_id: str, /) -> dict[str, Any]:
        """The error body."""

    def error_event(self, rejected: RejectedError, request_id: str, /) -> bytes:
        """An error in the middle of a stream."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What a response calls itself."""

    response_id: str
    created: int
    model: str


@dataclass(kw_only=True, slots=True)
class Connection:
    """The client's side of one request: where to write, and whether it is still there."""

    send: Send
    line: Line
    headers: dict[str, str]
    gone: asyncio.Event
    started: bool = False
    finished: bool = False
    """Set just before the last byte, after which a closed connection is no departure."""

    async def start(self, status: int, headers: dict[str, str]) -> None:
        """Send status and headers."""
        self.started = True
        every = {**self.headers, **headers}
        raw = [(name.lower().encode(), value.encode()) for name, value in every.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})

    async def write(self, data: bytes) -> None:
        """Send a chunk."""
        await self.send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, data: bytes = b"") -> None:
        """Send the last chunk."""
        self.finished = True
        await self.send({"type": "http.response.body", "body": data, "more_body": False})

    async def json(self, status: int, payload: object, headers: dict[str, str] | None = None) -> None:
        """Send a whole JSON response."""
        data = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
        sized = {"content-type": "application/json", "content-length": str(len(data))}
        await self.start(status, sized | (headers or {}))
        await self.end(data)

    async def reset(self) -> None:
        """Reset the connection and wait till it is down."""
        self.finished = True
        self.line.reset()
        await self.gone.wait()

    async def break_off(self, chunk: bytes, *, chunked: bool) -> None:
        """Close in the middle of a chunk and wait till it is down."""
        self.finished = True
        self.line.break_off(chunk, chunked=chunked)
        await self.gone.wait()


@dataclass(kw_only=True, slots=True)
class Playback:
    """One reply on its way to one client. `reached` is the last frame generated: what the books charge."""

    connection: Connection
    writer: Writer
    ask: Ask
    reply: Reply
    names: Names
    record: CallRecord
    fault: Fault | None
    time_scale: float
    reached: Frame | None = None
    _pace: Pace = field(init=False)
    _late_s: float = field(init=False, default=0.0)
    """By how much each chunk is late, from the chunk `_slow_from` on."""
    _slow_from: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        speed = self.ask.model.speed
        self._pace = Pace(gone=self.connection.gone, tokens_per_s=speed.tokens_per_s, time_scale=self.time_scale)
        if self.fault and self.fault.kind == "slow_tokens":
            self._late_s, self._slow_from = self.fault.s, self.fault.after

    async def play(self) -> None:
        """Send the reply, or as much of it as the fault lets through; raises ClientLeftError when the client leaves."""
        await self._pace.wait(self.ask.model.speed.first_token_s * self.time_scale)
        if self.fault and self.fault.kind == "slow_first_token":
            await self._pace.wait(self.fault.s)
        if self.ask.stream:
            await self._stream()
        else:
            await self._whole()

    async def _stream(self) -> None:
        self.record.status = 200
        kind = "text/event-stream; charset=utf-8" if self.ask.events else "application/json; charset=utf-8"
        await self.connection.start(200, {"content-type": kind, "cache-control": "no-cache"})
        contents = 0
        pending = self.fault
        previous: Frame | None = None
        for frame in self._frames():
            if previous is not None:
                await self._emit(previous)
                contents += previous.content
            await self._pace.generated(frame.tokens)
            if self._late_s and frame.content and contents >= self._slow_from:
                await self._pace.wait(self._late_s)
            if pending and previous is not None and contents >= pending.after:
                damage, pending = pending, None
                if await self._damage_stream(damage, frame):
                    return
            self.reached = previous = frame
        if previous is not None:
            if pending and await self._damage_stream(pending, previous):
                return
            await self._emit_last(previous)

    def _slow_chunks(self) -> int:
        """How many chunks would have come late, had the reply been streamed."""
        if not self._late_s:
            return 0
        return max(0, sum(frame.content for frame in self._frames()) - self._slow_from)

    async def _emit(self, frame: Frame) -> None:
        if frame.data:
            await self.connection.write(frame.data)
            if self.connection.gone.is_set():
                raise ClientLeftError

    async def _emit_last(self, frame: Frame) -> None:
        if self.connection.gone.is_set():
            raise ClientLeftError
        await self.connection.end(frame.data)
        self.record.completed = True

    def _frames(self) -> Iterator[Frame]:
        names = self.names
        return self.writer.frames(
            self.ask, self.reply, response_id=names.response_id, created=names.created, model=names.model
        )

    async def _damage_stream(self, fault: Fault, coming: Frame) -> bool:
        """Do the fault's harm before the coming frame; true when the stream is over."""
        connection = self.connection
        if fault.kind == "stall":
            await self._pace.wait(fault.s)
            return False
        if fault.kind == "malformed":
            await connection.write(_BROKEN_JSON)
            return False
        if fault.kind == "cut":
            await connection.end()
        elif fault.kind == "error_event":
            error = vendor_error(self.ask.model.dialect, fault.code)
            await connection.end(self.writer.error_event(error, self.record.request_id))
        elif fault.kind == "truncate":
            await connection.break_off(coming.data or b": nothing to say\n\n", chunked=True)
        elif fault.kind == "reset_mid":
            await asyncio.sleep(0)
            await connection.reset()
        else:
            return False
        return True

    async def _whole(self) -> None:
        if self.time_scale > 0:
            for frame in silent_steps(self.reply):
                await self._pace.generated(frame.tokens)
                self.reached = frame
        reply = self.reply
        self.reached = Frame(output_tokens=reply.output_tokens, reasoning_tokens=reply.reasoning_tokens)
        await self._pace.wait(self._late_s * self._slow_chunks())
        names = self.names
        data = self.writer.body(
            self.ask, reply, response_id=names.response_id, created=names.created, model=names.model
        )
        fault = self.fault
        if fault and fault.kind == "stall":
            await self._pace.wait(fault.s)
        if fault and fault.kind in _NON_STREAM_FAULTS:
            await self._damage_whole(fault, data)
            return
        self.record.status = 200
        await self.connection.json(200, data)
        self.record.completed = True

    async def _damage_whole(self, fault: Fault, data: bytes) -> None:
        connection = self.connection
        if fault.kind == "error_event":
            self.reached = None
            error = vendor_error(self.ask.model.dialect, fault.code)
            self.record.status = fault.code
            await connection.json(fault.code, self.writer.error(error, self.record.request_id))
            return
        self.record.status = 200
        half = data[: len(data) // 2]
        if fault.kind == "malformed":
            await connection.json(200, half + b'\n"')
            return
        kind = {"content-type": "application/json"}
        if fault.kind == "cut":
            await connection.start(200, kind)
            await connection.end(half)
            return
        await connection.start(200, kind | {"content-length": str(len(data))})
        if fault.kind == "truncate":
            await connection.break_off(data, chunked=False)
            return
        await connection.write(half)
        await asyncio.sleep(0)
        await connection.reset()
