"""Rows that wait on the event loop to be written together: one sync of a disk, one round trip, serves many runs.

Waiting here costs a list's append; waiting in the thread that writes would cost waking it for the first row and again for the last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from lanewise.stores.ledger_rows import Entry

#: So long a row that seems to be alone waits where the batch before had more: callers who were answered together come again together.
_COMPANY_S = 0.001


class Gathering:
    """Hands on one batch at a time: the next goes when the one before is `done`. Used on the loop that first put a row."""

    def __init__(
        self,
        write: Callable[[list[Entry]], None],
        *,
        everybody_waits: Callable[[], bool],
        linger_s: float,
        most_rows: int,
    ) -> None:
        """`write` begins to write a batch; `everybody_waits` tells whether no other row can come before these are written."""
        self._write = write
        self._everybody_waits = everybody_waits
        self._linger_s = linger_s
        self._most_rows = most_rows
        self._next: list[Entry] = []
        self._usual = 1  # rows of the batch before
        self._away = False
        self._lingers: asyncio.TimerHandle | None = None
        self._soon: asyncio.Handle | None = None
        self._drained: asyncio.Future[None] | None = None

    def put(self, entry: Entry) -> None:
        """Have a row written with the next batch."""
        self._next.append(entry)
        self.hurry()

    def hurry(self) -> None:
        """Look again whether everybody waits, once all that the loop has read by now has put its rows."""
        if self._soon is None and not self._away:
            self._soon = asyncio.get_running_loop().call_soon(self._go_on)

    def done(self) -> None:
        """The batch that was away is written, or is somebody else's now."""
        self._away = False
        self._go_on()

    def give_back(self) -> list[Entry]:
        """The rows that wait: whoever asks takes care of them, and of those that were away."""
        rows, self._next = self._next, []
        self._stop_lingering()
        self.done()
        return rows

    async def drain(self) -> None:
        """Have everything written that waits or comes; rows wait for no others any more."""
        self._drained = asyncio.get_running_loop().create_future()
        self._go_on()
        await self._drained

    def _go_on(self) -> None:
        """Write the next batch, or wait for those who may still join it."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if self._away:
            return
        if not self._next:
            if self._drained is not None and not self._drained.done():
                self._drained.set_result(None)
            return
        alone = self._everybody_waits()
        if self._drained is not None or len(self._next) >= (self._usual if alone else self._most_rows):
            self._send()
        else:
            self._linger(_COMPANY_S if alone else self._linger_s)

    def _linger(self, wait_s: float) -> None:
        loop = asyncio.get_running_loop()
        if self._lingers is None or loop.time() + wait_s < self._lingers.when():
            self._stop_lingering()
            self._lingers = loop.call_later(wait_s, self._send)

    def _send(self) -> None:
        self._stop_lingering()
        batch, self._next = self._next[: self._most_rows], self._next[self._most_rows :]
        self._usual = len(batch)
        self._away = True
        self._write(batch)

    def _stop_lingering(self) -> None:
        if self._lingers is not None:
            self._lingers.cancel()
            self._lingers = None
