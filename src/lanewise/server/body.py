"""Reading a request's body, bounded for one request and for all of them together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Receive, Scope

from lanewise.core.errors import BodyTooLarge, InvalidRequest, Unavailable
from lanewise.core.policy import ServerLimits
from lanewise.server.asgi import header
from lanewise.server.listening import ClientLeft


class Bodies:
    """Counts the bytes of all bodies that are being held, so that many large requests cannot fill the memory."""

    def __init__(self) -> None:
        self.in_flight_bytes = 0

    @asynccontextmanager
    async def held(self, scope: Scope, receive: Receive, limits: ServerLimits) -> AsyncIterator[bytes]:
        """The body, counted as in flight until the request is answered.

        Raises BodyTooLarge, Unavailable when there is no room, ClientLeft when the caller went away while sending.
        """
        self._check(_announced(scope), limits)
        taken = 0
        try:
            chunks: list[bytes] = []
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientLeft
                chunk: bytes = message.get("body", b"")
                more = message.get("more_body", False)
                taken += len(chunk)
                self.in_flight_bytes += len(chunk)
                self._check(taken, limits)
                chunks.append(chunk)
            yield chunks[0] if len(chunks) == 1 else b"".join(chunks)
        finally:
            self.in_flight_bytes -= taken

    def _check(self, size: int, limits: ServerLimits) -> None:
        if size > limits.max_body_bytes:
            raise BodyTooLarge(
                f"The body is larger than {limits.max_body_bytes:,} bytes (server.max_body); send less, or ask the operator"
            )
        if self.in_flight_bytes + size > limits.max_bytes_in_flight and self.in_flight_bytes:
            raise Unavailable(
                "Too many bytes are being answered at once (server.max_bytes_in_flight)", retry_after_s=1.0
            )


def _announced(scope: Scope) -> int:
    length = header(scope, b"content-length")
    if length is None:
        return 0
    if not length.isdecimal():
        raise InvalidRequest(f"Content-Length {length!r} is not a number of bytes")
    return int(length)
