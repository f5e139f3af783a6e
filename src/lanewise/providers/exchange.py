"""One answer of a vendor as it comes over a connection: its head, then its body in pieces that wait until they are read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

from lanewise.core.failure import FailureKind
from lanewise.providers.inflate import Inflate
from lanewise.providers.socket_failures import ConnectionBroken

_MUCH_HELD_BYTES = 256 * 1024  # beyond this the vendor is not read until the reader has caught up


class VendorBody(Protocol):
    """What an answer says, in pieces."""

    @property
    def ended(self) -> bool:
        """Whether the body has come to its end, and has been read."""

    async def read(self) -> bytes:
        """The next bytes of the body, as many as have come; none at its end. Raises one of SOCKET_ERRORS where it is cut short."""


class VendorResponse(VendorBody, Protocol):
    """An answer to one POST."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By names in lower case, or in any; of headers that came twice, the first."""

    def close(self) -> None:
        """Nothing more will be read. Keeps the connection for the next call where the body has ended, else closes it at once."""


class Line(Protocol):
    """The connection that an exchange is carried by."""

    def pause_reading(self) -> None:
        """Enough has come for now."""

    def resume_reading(self) -> None:
        """There is room again."""

    def done(self, exchange: Exchange) -> None:
        """An exchange needs the connection no more."""


class Exchange:
    """The answer to one request. Its connection fills it; one reader empties it."""

    __slots__ = (
        "_broken",
        "_held_bytes",
        "_inflate",
        "_line",
        "_pieces",
        "_waiter",
        "complete",
        "headers",
        "status",
    )

    def __init__(self, line: Line) -> None:
        self._line: Line | None = line
        self._pieces: list[bytes] = []
        self._held_bytes = 0
        self._inflate: Inflate | None = None
        self._broken: BaseException | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.complete = False  # the whole of it has come
        self.status = 0  # until the head has come
        self.headers: dict[str, str] = {}

    # For whoever asked.

    async def head(self) -> None:
        """Wait until status and headers have come. Raises ConnectionBroken."""
        while not self.status:
            if self._broken is not None:
                raise self._broken
            await self._something()

    @property
    def ended(self) -> bool:
        """Whether the body has come to its end, and has been read."""
        return self.complete and not self._pieces and (self._inflate is None or not self._inflate.holds)

    async def read(self) -> bytes:
        """The next bytes of the body, as many as have come; none at its end. Raises ConnectionBroken."""
        while True:
            data = self._take()
            if data:
                return data
            if self._inflate is not None and self._inflate.holds:
                continue
            if self._broken is not None:
                raise self._broken
            if self.complete:
                if self._inflate is not None and not self._inflate.whole:
                    raise ConnectionBroken(FailureKind.CONNECTION_LOST, "the body ended early")
                return b""
            await self._something()

    def close(self) -> None:
        """Nothing more will be read: the connection is kept where the body has ended, else closed at once."""
        if self._line is not None:
            line, self._line = self._line, None
            line.done(self)

    def _take(self) -> bytes:
        """What has come, decompressed; a compressed body may need more bytes before there is any."""
        inflate = self._inflate
        if inflate is not None and inflate.holds:
            return inflate.more()
        pieces = self._pieces
        if not pieces:
            return b""
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        if self._held_bytes > _MUCH_HELD_BYTES and self._line is not None:
            self._line.resume_reading()
        self._held_bytes = 0
        return data if inflate is None else inflate.feed(data)

    async def _something(self) -> None:
        """Wait until anything happens."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    # For the connection.

    def begin(self, status: int) -> None:
        """The head has come."""
        self.status = status
        encoding = self.headers.get("content-encoding")
        if encoding is not None and encoding.lower() != "identity":
            self._inflate = Inflate(encoding.lower())
        self._wake()

    def add(self, data: bytes) -> None:
        """A piece of the body has come."""
        self._pieces.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > _MUCH_HELD_BYTES and self._line is not None:
            self._line.pause_reading()
        if self._waiter is not None:
            self._wake()

    def end(self) -> None:
        """The whole body has come."""
        self.complete = True
        self._wake()

    def break_off(self, why: BaseException) -> None:
        """Nothing more will come."""
        self._broken = why
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
