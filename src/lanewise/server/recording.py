"""One answer as it is sent, for any number of callers: who comes late is sent all of it from the beginning, then follows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.types import Send

from lanewise.core.errors import Unavailable
from lanewise.core.record import KeptAnswer
from lanewise.server.asgi import Headers

# Of one answer; a longer one is handed on, and neither kept nor shared with who comes later.
MOST_BYTES = 8 * 1024 * 1024
MOST_BYTES_TOGETHER = 128 * 1024 * 1024  # of all answers that are being recorded
_AHEAD_BYTES = 256 * 1024  # by which a longer answer may be ahead of its slowest listener


class RecordedBytes:
    """How much all recordings hold together."""

    def __init__(self) -> None:
        self.held = 0


class Recording:
    """Takes what an answer is sent as, and sends it to whoever listens."""

    def __init__(self, together: RecordedBytes) -> None:
        self._together = together
        self._start: tuple[int, Headers] | None = None
        self._pieces: list[bytes] = []
        self._dropped = 0  # pieces that everybody has read and that were not kept
        self._held_bytes = 0
        self._ended = self._closed = False
        self._back: list[Mapping[str, Any]] | None = None  # what is held back
        self._read: dict[object, int] = {}  # by listener: how many pieces it was sent
        self._news = asyncio.Event()
        self.overlong = False

    async def send(self, message: Mapping[str, Any]) -> None:
        """An ASGI `send`. It waits for listeners only where the answer is longer than can be held."""
        if self._back is not None:
            self._back.append(message)
            return
        if message["type"] == "http.response.start":
            self._start = (message["status"], list(message["headers"]))
        else:
            self._add(message.get("body", b""))
            self._ended = not message.get("more_body", False)
        self._tell()
        if self.overlong:
            self._let_go()
        while self.overlong and not self._ended and self._read and self._held_bytes > _AHEAD_BYTES:
            await self._next()
            self._let_go()

    def hold_back(self) -> None:
        """Take what is sent from now on, and show it to nobody yet."""
        self._back = []

    def drop(self) -> None:
        """Forget what is held back: something else is to be said."""
        self._back = None

    async def release(self) -> None:
        """Show what was held back."""
        back, self._back = self._back or [], None
        for message in back:
            await self.send(message)

    def whole(self) -> tuple[int, Headers, bytes] | None:
        """Status, headers and body, what is held back included; None where it is too long to be kept."""
        back = self._back or []
        start = next(((each["status"], list(each["headers"])) for each in back if "status" in each), self._start)
        body = b"".join([*self._pieces, *(each.get("body", b"") for each in back)])
        if start is None or self.overlong or len(body) > MOST_BYTES:
            return None
        return *start, body

    def play(self, kept: KeptAnswer) -> None:
        """Be a recording of an answer that was given before."""
        self._start = (kept.status, list(kept.headers))
        self._add(kept.body)
        self._ended = True
        self._tell()

    def close(self) -> None:
        """Nothing more will come."""
        self._back = None
        self._closed = True
        self._together.held -= self._held_bytes
        self._held_bytes = 0  # a listener that reads slowly still holds the pieces: they are its own from here on
        self._tell()

    async def begun(self) -> None:
        """Return when there is something to send, or nothing will come of it."""
        while self._start is None and not self._closed:
            await self._next()

    @property
    def listened(self) -> bool:
        """Whether anybody listens."""
        return bool(self._read)

    def add_listener(self) -> object:
        """A listener, who will be sent all of it from the beginning: it must listen, or leave."""
        listener = object()
        self._read[listener] = 0
        return listener

    def drop_listener(self, listener: object) -> None:
        """It listens no more."""
        self._read.pop(listener, None)
        self._tell()

    async def listen(self, listener: object, send: Send, marks: Headers) -> None:
        """Send all of it, with these headers beside its own. Raises Unavailable where nothing came of it."""
        try:
            while self._start is None:
                if self._closed:
                    raise Unavailable("The request that this one has joined was given up; ask again")
                await self._next()
            status, headers = self._start
            await send({"type": "http.response.start", "status": status, "headers": [*headers, *marks]})
            await self._send_pieces(listener, send)
        finally:
            self.drop_listener(listener)

    async def _send_pieces(self, listener: object, send: Send) -> None:
        while True:
            at = self._read[listener]
            if at < self._dropped + len(self._pieces):
                more = not self._ended or at + 1 < self._dropped + len(self._pieces)
                await send({"type": "http.response.body", "body": self._pieces[at - self._dropped], "more_body": more})
                self._read[listener] = at + 1
                if not more:
                    return
                if self.overlong:
                    self._tell()
            elif self._closed:
                raise ConnectionAbortedError("the answer broke off")  # so that its end cannot be taken for one
            else:
                await self._next()

    def _add(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._held_bytes += len(piece)
        self._together.held += len(piece)
        if self._held_bytes > MOST_BYTES or self._together.held > MOST_BYTES_TOGETHER:
            self.overlong = True

    def _let_go(self) -> None:
        """Forget the pieces that everybody has read."""
        read = min(self._read.values(), default=self._dropped + len(self._pieces)) - self._dropped
        freed = sum(map(len, self._pieces[:read]))
        del self._pieces[:read]
        self._dropped += read
        self._held_bytes -= freed
        self._together.held -= freed

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _next(self) -> None:
        await self._news.wait()
