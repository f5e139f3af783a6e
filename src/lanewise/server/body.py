"""Reading a request's body, bounded for one request and for all of them together."""

from __future__ import annotations

from starlette.types import Receive, Scope

from lanewise.core.errors import BodyTooLarge, InvalidRequest, Unavailable
from lanewise.core.policy import ServerLimits
from lanewise.server.asgi import header
from lanewise.server.connection import whole_body
from lanewise.server.listening import ClientLeft


class Bodies:
    """Counts the bytes of all bodies that are being held, so that many large requests cannot fill the memory."""

    def __init__(self) -> None:
        self.in_flight_bytes = 0

    async def read(self, scope: Scope, receive: Receive, limits: ServerLimits) -> bytes:
        """The body, counted as in flight until it is released.

        Raises BodyTooLarge, Unavailable when there is no room, ClientLeft when the caller went away while sending; then nothing is held.
        """
        whole = whole_body(scope)
        if whole is not None:
            self._check(0, len(whole), limits)
            self.hold(whole)
            return whole
        held = _announced(scope)
        self._check(0, held, limits)
        self.in_flight_bytes += held
        taken, more = 0, True
        chunks: list[bytes] = []
        try:
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientLeft
                chunk: bytes = message.get("body", b"")
                more = message.get("more_body", False)
                taken += len(chunk)
                if taken > held:  # sent in chunks, its length not announced
                    self._check(held, taken, limits)
                    self.in_flight_bytes += taken - held
                    held = taken
                chunks.append(chunk)
        except BaseException:
            self.in_flight_bytes -= held
            raise
        self.in_flight_bytes += taken - held
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def hold(self, body: bytes) -> None:
        """The request of this body goes on without the connection that brought it; it is to be released once more."""
        self.in_flight_bytes += len(body)

    def release(self, body: bytes) -> None:
        """The request of this body is answered."""
        self.in_flight_bytes -= len(body)

    def _check(self, held: int, wanted: int, limits: ServerLimits) -> None:
        if wanted > limits.max_body_bytes:
            raise BodyTooLarge(
                f"The body is larger than {limits.max_body_bytes:,} bytes (server.max_body); send less, or ask the operator"
            )
        others = self.in_flight_bytes - held
        if others and others + wanted > limits.max_bytes_in_flight:
            raise Unavailable(
                "Too many bytes are being answered at once (server.max_bytes_in_flight)", retry_after_s=1.0
            )


def as_it_came(scope: Scope, error: InvalidRequest) -> InvalidRequest:
    """Why a body could not be read: it came compressed, where it did, else as it was told."""
    encoding = header(scope, b"content-encoding") or "identity"
    if encoding.lower() == "identity":
        return error
    return InvalidRequest(
        f"Content-Encoding {encoding[:100]!r} is not read here: send the body as it is, without that header"
    )


def _announced(scope: Scope) -> int:
    length = header(scope, b"content-length")
    if length is None:
        return 0
    if not length.isdecimal():
        raise InvalidRequest(f"Content-Length {length!r} is not a number of bytes")
    return int(length)
