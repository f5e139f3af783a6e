"""The caller's connection: it tells the requests it carries when it is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import msgspec
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from lanewise.server.asgi import Headers
from lanewise.server.resting import Resting
from lanewise.server.unready import HEAD_BYTES, Patience

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

_MUCH_HELD_BYTES = 256 * 1024  # of a body; beyond this its caller is not read until the walk has taken it
_MAX_URL_BYTES = 65_535  # httptools' own limit
_PARTING_S = 1.0
_KEY = "lanewise.connection"
_LINE = b": ".join  # of a header's name and value


class Connection(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which also calls back when the connection is lost, and takes a whole answer in one piece.

    ASGI's own way to notice a loss is to wait for a message, which takes a task for every request; its way to answer is two messages, each
    looked at header by header. Together they were a tenth of what the gateway costs.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - handed on as they are
        super().__init__(*arguments, **named)
        self.when_lost: set[Callable[[], None]] = set()
        # The scope of the last request that began; its path is there once its head is read.
        self._begun: dict[str, object] = {}
        self._begins = False  # with the block that came last, of which most may be the request before
        self.url = b""
        self._parting = False  # why nothing is done was said, and what still comes is let fall
        self._patience = Patience(self.loop, self._give_up)
        self._resting = Resting(self.loop, self.timeout_keep_alive_handler, self.timeout_keep_alive)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody is there, who has to say something before long."""
        super().connection_made(transport)
        self._patience.head(0)

    def data_received(self, data: bytes) -> None:
        """Something came: mostly a whole request, and then there is nothing to wait for."""
        if self._parting:
            return
        self._resting.end()
        super().data_received(data)
        if "path" in self._begun and not self.cycle.more_body:
            if self._patience.waiting:
                self._patience.over()
        elif not self.transport.is_closing():
            self._wait_for_more(len(data))

    def _wait_for_more(self, came_bytes: int) -> None:
        if self._parting:
            return
        if "path" in self._begun:
            self._patience.body(came_bytes)
        elif not self._patience.head(0 if self._begins else came_bytes):
            self._refuse(431, f"The head of a request may have {HEAD_BYTES:,} bytes")
        self._begins = False

    def _give_up(self) -> None:
        """The rest of a request did not come, or nobody asked for anything."""
        self._patience.over()
        if self.transport.is_closing():
            return
        if not self._begun:  # a connection that was opened ahead of need: what is said now would be taken for an answer to what it is for
            self.transport.close()
        elif self._is_answering():  # the caller of that waits for as long as it takes
            self._wait_for_more(0)
        else:
            self._refuse(408, "The rest of the request did not come in time")

    def _is_answering(self) -> bool:
        """Whether a request that is wholly here, or that is answered already, still waits for its answer's end."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is None or cycle.response_complete:
            return bool(self.pipeline)
        return cycle.response_started or not cycle.more_body or bool(self.pipeline)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words
        """What came is no HTTP, or an address that is too long to be read."""
        if len(self.url) > _MAX_URL_BYTES:
            self._refuse(414, f"The address of a request may have {_MAX_URL_BYTES:,} bytes")
        else:
            self._refuse(400, "This is no HTTP request that can be read")

    def _refuse(self, status: int, message: str) -> None:
        """Say why nothing is done, in a form that clients of every dialect read, and end the connection."""
        self._patience.over()
        refused_before = "path" in self._begun and self.cycle.response_complete and self.cycle.more_body
        # While an answer is under way, or after one, it would be taken for a part of that or for the next one.
        if not (refused_before or self._is_answering()):
            error = {"type": "invalid_request_error", "message": message, "code": None, "param": None}
            body = msgspec.json.encode({"type": "error", "error": error})
            length = b"%d" % len(body)
            headers = [(b"content-type", b"application/json"), (b"content-length", length), (b"connection", b"close")]
            head = b"\r\n".join(map(_LINE, (*self.server_state.default_headers, *headers)))
            self.transport.writelines((STATUS_LINE[status], head, b"\r\n\r\n", body))
            if self.transport.can_write_eof():
                # Closed at once, with more to read, the system would take back what was just said.
                self._parting = True
                self.transport.write_eof()
                self.loop.call_later(_PARTING_S, self.transport.close)
                return
        self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins: it can find its connection in its scope."""
        super().on_message_begin()
        self._begun, self._begins = cast("dict[str, object]", self.scope), True
        self._begun[_KEY] = self  # an extra key, as ASGI allows

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """A request's turn has come."""
        super()._start_asgi_task(cycle, app if cycle.scope["http_version"] != "1.0" else _unchunked(cycle, app))

    def on_body(self, body: bytes) -> None:
        """A piece of a request's body: nearly always it is all of it, and then it need not be copied to be handed on."""
        cycle = self.cycle
        if cycle.body or cycle.response_complete:
            if cycle.body.__class__ is not bytearray:
                cycle.body = bytearray(cycle.body)  # to which more can be added
            super().on_body(body)
            return
        cycle.body = body  # type: ignore[assignment]  # it is handed on as bytes, which these are
        if len(body) > _MUCH_HELD_BYTES:
            self.flow.pause_reading()
        cycle.message_event.set()

    def read_whole(self, scope: Scope) -> bytes | None:
        """Take the whole body of the request of this scope, once; None where it has to be waited for, or for what may be done about it."""
        cycle = self.cycle
        if cycle.scope is not scope or cycle.more_body or cycle.disconnected or self.flow.read_paused:
            return None
        body, cycle.body = bytes(cycle.body), bytearray()
        return body

    def write_whole(self, scope: Scope, status: int, headers: Headers, body: bytes) -> bool:
        """Write a whole answer to the request of this scope; False where that is not possible now, and nothing was done.

        `headers` say the body's length. Raises ValueError where one of them is more than a line.
        """
        cycle = self.cycle
        if cycle.scope is not scope or cycle.response_started or cycle.disconnected or self.flow.write_paused:
            return (
                False  # another request came behind this one, or the caller does not read as fast as it is written to
            )
        lines = [*map(_LINE, self.server_state.default_headers), *map(_LINE, headers)]
        if not cycle.keep_alive:
            lines.append(b"connection: close")
        head = b"\r\n".join(lines)
        if not head.count(b"\n") == head.count(b"\r") == len(lines) - 1 or b"\0" in head:
            raise ValueError("A header of an answer must be one line")
        cycle.response_started = cycle.response_complete = True
        self.transport.writelines((STATUS_LINE[status], head, b"\r\n\r\n", body))
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        return True

    def on_response_complete(self) -> None:
        """An answer is given: the next request's turn has come, where one is here already."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._resting.begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everyone who asked for it, pipelined requests included."""
        super().connection_lost(exc)
        self._patience.over()
        self._resting.over()
        for tell in tuple(self.when_lost):
            tell()


def _unchunked(cycle: RequestResponseCycle, app: ASGI3Application) -> ASGI3Application:
    """The application as callers of HTTP/1.0 understand it: an answer of unknown length goes on to the end of the connection."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - uvicorn's own types
        open_ended = False

        async def plainly(message: Any) -> None:  # noqa: ANN401 - the same
            nonlocal open_ended
            if message["type"] == "http.response.start":
                open_ended = all(name.lower() != b"content-length" for name, _ in message["headers"])
                cycle.chunked_encoding = False if open_ended else cycle.chunked_encoding
            elif open_ended:
                cycle.expected_content_length = len(message.get("body", b""))  # each piece is all that is expected
            await send(message)

        await app(scope, receive, plainly)

    return answer


def whole_body(scope: Scope) -> bytes | None:
    """The body of a request that has come wholly, without waiting for a message that says so."""
    connection: Connection | None = scope.get(_KEY)
    return None if connection is None else connection.read_whole(scope)


def connection_of(scope: Scope) -> Connection:
    """The connection that a request came by. Raises KeyError under another server than Lanewise's own."""
    connection: Connection = scope[_KEY]
    return connection
