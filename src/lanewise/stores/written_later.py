"""What may be written after it happened: handed over without a wait, and written in the background, in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Generic, TypeVar

import structlog

from lanewise.core.errors import StoreError

RETRY_S = 1.0
_AT_ONCE = 500  # of one transaction: others wait for it
_MOST_WAITING = 10_000  # beyond that a store is down for so long that the oldest may be forgotten

_log = structlog.get_logger()
Item = TypeVar("Item")
Write = Callable[[Sequence[Item]], Awaitable[None]]


class WrittenLater(Generic[Item]):
    """Used on the loop that started it. While the store is down all of it waits; beyond `most` the oldest is lost."""

    def __init__(self, write: Write[Item], waits: str, *, retry_s: float = RETRY_S, most: int = _MOST_WAITING) -> None:
        """`write` writes all of its items or raises StoreError; `waits` is what the log says once when it does."""
        self._write = write
        self._waits = waits
        self._retry_s = retry_s
        self._waiting: deque[tuple[int, Item]] = deque(maxlen=most)
        self._handed_over = 0
        self._something = asyncio.Event()
        self._ending = False
        self._writing: asyncio.Task[None] | None = None
        self.failing = False
        """Whether the store did not take the last ones."""

    def __len__(self) -> int:
        """How much waits."""
        return len(self._waiting)

    def start(self) -> None:
        """Write from now on."""
        self._writing = asyncio.create_task(self._run(), name="written later")

    def add(self, item: Item) -> None:
        """Hand something over. Never waits, never fails."""
        self._handed_over += 1
        self._waiting.append((self._handed_over, item))
        self._something.set()

    async def close(self) -> None:
        """Write what waits; where the store is down, that is lost."""
        if self._writing is None:
            return
        self._ending = True
        self._something.set()
        await self._writing
        self._writing = None

    async def _run(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            await self._flush()
            if self._ending:
                return
            if self.failing:
                await asyncio.sleep(self._retry_s)
                self._something.set()

    async def _flush(self) -> None:
        while self._waiting:
            batch = list(islice(self._waiting, _AT_ONCE))
            try:
                await self._write([item for _, item in batch])
            except StoreError as error:
                if not self.failing:
                    _log.warning(self._waits, cause=str(error), waiting=len(self._waiting))
                self.failing = True
                return
            except Exception:  # noqa: BLE001 - a fault of ours: these cannot be written, and must not keep what comes after from it
                _log.exception("some of what is written later is lost, by a fault of this program", lost=len(batch))
            self.failing = False
            last, _ = batch[-1]
            while self._waiting and self._waiting[0][0] <= last:  # the oldest may have been lost meanwhile
                self._waiting.popleft()
