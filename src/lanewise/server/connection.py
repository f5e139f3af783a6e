"""The caller's connection: it tells the requests it carries when it is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from lanewise.server.asgi import Headers

_MUCH_HELD_BYTES = 256 * 1024  # of a body; beyond this its caller is not read until the walk has taken it
_KEY = "lanewise.connection"


class Connection(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which also calls back when the connection is lost, and takes a whole answer in one piece.

    ASGI's own way to notice a loss is to wait for a message, which takes a task for every request; its way to answer is two messages, each
    looked at header by header. Together they were a tenth of what the gateway costs.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - handed on as they are
        super().__init__(*arguments, **named)
        self.when_lost: set[Callable[[], None]] = set()

    def on_message_begin(self) -> None:
        """A request begins: it can find its connection in its scope."""
        super().on_message_begin()
        self.scope[_KEY] = self  # type: ignore[literal-required]  # an extra key, as ASGI allows

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

    def write_whole(self, scope: Scope, status: int, headers: Headers, body: bytes) -> bool:
        """Write a whole answer to the request of this scope; False where that is not possible now, and nothing was done.

        `headers` say the body's length. Raises ValueError where one of them is more than a line.
        """
        cycle = self.cycle
        if cycle.scope is not scope or cycle.response_started or cycle.disconnected or self.flow.write_paused:
            return (
                False  # another request came behind this one, or the caller does not read as fast as it is written to
            )
        lines = [b"%b: %b\r\n" % header for header in (*self.server_state.default_headers, *headers)]
        if not cycle.keep_alive:
            lines.append(b"connection: close\r\n")
        head = b"".join(lines)
        if not head.count(b"\n") == head.count(b"\r") == len(lines) or b"\0" in head:
            raise ValueError("A header of an answer must be one line")
        cycle.response_started = cycle.response_complete = True
        self.transport.writelines((STATUS_LINE[status], head, b"\r\n", body))
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everyone who asked for it, pipelined requests included."""
        super().connection_lost(exc)
        for tell in tuple(self.when_lost):
            tell()


def connection_of(scope: Scope) -> Connection:
    """The connection that a request came by. Raises KeyError under another server than Lanewise's own."""
    connection: Connection = scope[_KEY]
    return connection
