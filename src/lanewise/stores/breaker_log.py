"""Keeps in the store when breakers opened and closed, so that a report knows it after the process is gone.

Breakers move rarely, and never wait for this: moves are handed over and written in the background.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.clock import Clock
from lanewise.core.protocols.breaker import Position
from lanewise.stores.database import Database
from lanewise.stores.statements import STATEMENTS
from lanewise.stores.written_later import RETRY_S, WrittenLater


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
        self._moves = WrittenLater(self._write, "breakers' moves wait for the store", retry_s=retry_s)
        self._open: set[tuple[str, str]] = set()
        self._last_us = 0

    async def start(self) -> None:
        """Close what killed processes left open, at their last sign of life, and write from now on. Raises StoreError."""
        async with self._database.writing() as connection:
            self._last_us = await close_orphaned(connection)
        self._moves.start()

    def note(self, lane: str, deployment: str, position: Position) -> None:
        """A breaker moved. Never waits, never fails."""
        self._last_us = max(self._last_us + 1, int(self._clock.now_s() * 1e6))
        self._moves.add(_Move(self._last_us, lane, deployment, position, self._process))
        if position == "closed":
            self._open.discard((lane, deployment))
        else:
            self._open.add((lane, deployment))

    async def close(self) -> None:
        """Write what waits, and that what is open ends with this process. Where the store is down the next start does it."""
        for lane, deployment in sorted(self._open):
            self.note(lane, deployment, "closed")
        await self._moves.close()

    async def _write(self, moves: Sequence[_Move]) -> None:
        async with self._database.writing() as connection:
            await connection.execute(STATEMENTS["add_breaker_event"], [move._asdict() for move in moves])


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
