"""Keeps in the store when breakers opened and closed, so that a report knows it after the process is gone.

Breakers move rarely, and never wait for this: moves are handed over and written in the background.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.core.protocols.breaker import Position
from lanewise.stores.database import Database
from lanewise.stores.statements import STATEMENTS

RETRY_S = 1.0
_MOST_WAITING = 10_000  # moves; beyond that a store is down for so long that the oldest may be forgotten

_log = structlog.get_logger()


class _Move(NamedTuple):
    at_us: int
    lane: str
    deployment: str
    position: Position
    process: str


class BreakerLog:
    """Writes breakers' moves in the order they came; used on the loop that started it."""

    def __init__(self, database: Database, clock: Clock, *, process: str = "", retry_s: float = RETRY_S) -> None:
        """`process` is whose breakers they are, of all that ever served from the store."""
        self._database = database
        self._clock = clock
        self._process = process
        self._retry_s = retry_s
        self._waiting: deque[_Move] = deque(maxlen=_MOST_WAITING)
        self._open: set[tuple[str, str]] = set()
        self._last_us = 0
        self._noted = asyncio.Event()
        self._ending = False
        self._writing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Close what killed processes left open, at their last sign of life, and write from now on. Raises StoreError."""
        async with self._database.writing() as connection:
            self._last_us = await close_orphaned(connection)
        self._writing = asyncio.create_task(self._write(), name="breaker log")

    def note(self, lane: str, deployment: str, position: Position) -> None:
        """A breaker moved. Never waits, never fails."""
        self._last_us = max(self._last_us + 1, int(self._clock.now_s() * 1e6))
        self._waiting.append(_Move(self._last_us, lane, deployment, position, self._process))
        if position == "closed":
            self._open.discard((lane, deployment))
        else:
            self._open.add((lane, deployment))
        self._noted.set()

    async def close(self) -> None:
        """Write what waits, and that what is open ends with this process. Where the store is down the next start does it."""
        if self._writing is None:
            return
        for lane, deployment in sorted(self._open):
            self.note(lane, deployment, "closed")
        self._ending = True
        self._noted.set()
        await self._writing
        self._writing = None

    async def _write(self) -> None:
        failing = False
        while True:
            await self._noted.wait()
            self._noted.clear()
            try:
                await self._flush()
            except StoreError as error:
                if not failing:
                    _log.warning("breakers' moves wait for the store", cause=str(error), moves=len(self._waiting))
                failing = True
                self._noted.set()
            else:
                failing = False
            if self._ending and (failing or not self._waiting):
                return
            if failing:
                await asyncio.sleep(self._retry_s)

    async def _flush(self) -> None:
        moves = list(self._waiting)
        if not moves:
            return
        async with self._database.writing() as connection:
            await connection.execute(STATEMENTS["add_breaker_event"], [move._asdict() for move in moves])
        while self._waiting and self._waiting[0].at_us <= moves[-1].at_us:
            self._waiting.popleft()


async def close_orphaned(connection: AsyncConnection, sign_us: int | None = None) -> int:
    """Close breakers of processes that live no longer, at their last sign of life, else at the store's; the latest moment that is known."""
    last_us: int = (await connection.execute(STATEMENTS["last_sign"])).scalar_one()
    at_us = (last_us if sign_us is None else sign_us) + 1
    left = (await connection.execute(STATEMENTS["orphaned_breakers"])).mappings().all()
    moves = [
        _Move(max(at_us, row["at_us"] + 1), row["lane"], row["deployment"], "closed", row["process"]) for row in left
    ]
    if moves:
        await connection.execute(STATEMENTS["add_breaker_event"], [move._asdict() for move in moves])
    return max(last_us + 1, at_us)
