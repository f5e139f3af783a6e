"""Statements that are asked of PostgreSQL while a caller waits: an answer within a quarter of a second, or none.

A statement that is late is not cancelled, which could take longer than it does: it goes on without anybody, a second at most. After one
that was late or failed nothing is asked for a second, so that a slow or broken database costs one request of a second a moment, not all.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog

from lanewise.core.clock import Clock
from lanewise.core.similar import Looked
from lanewise.stores.address import PostgresStore
from lanewise.stores.postgres import arguments_of, driver

if TYPE_CHECKING:
    import psycopg

PATIENCE_S = 0.25
_REST_S = 1.0
_MOST_AT_ONCE = 8  # statements, and so connections
_LONGEST_MS = 1_000  # of a statement that nobody may be waiting for any more

_log = structlog.get_logger()


class Lookups:
    """Connects when it is asked, and keeps its connections; used on one loop."""

    def __init__(
        self, store: PostgresStore, clock: Clock, *, settings: Sequence[str] = (), patience_s: float = PATIENCE_S
    ) -> None:
        """`settings` are said first in each session."""
        self._store = store
        self._clock = clock
        self._settings = (f"SET statement_timeout = {_LONGEST_MS}", *settings)
        self._patience_s = patience_s
        self._idle: list[psycopg.AsyncConnection[Any]] = []
        self._asking: set[asyncio.Task[list[tuple[Any, ...]] | None]] = set()
        self._rests_until_s = float("-inf")
        self._failing = False
        self.outcomes: Counter[Looked] = Counter()

    async def rows(self, statement: str, bound: dict[str, object]) -> list[tuple[Any, ...]] | None:
        """What it says; None where that is late, the store does not answer, or too much is being asked."""
        if self._clock.monotonic_s() < self._rests_until_s or len(self._asking) >= _MOST_AT_ONCE:
            self.outcomes[Looked.SKIPPED] += 1
            return None
        asking = asyncio.create_task(self._asked(statement, bound))
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)
        done, _ = await asyncio.wait({asking}, timeout=self._patience_s)
        if not done:
            self.outcomes[Looked.LATE] += 1
            self._rest(f"no answer within {self._patience_s:g} s")
            return None
        rows = asking.result()
        self.outcomes[Looked.FAILED if rows is None else Looked.ANSWERED] += 1
        return rows

    async def warm(self) -> None:
        """Have a session before the first caller waits for it; one that cannot be had is asked for again then."""
        with suppress(driver().Error, OSError):
            self._idle.append(await self._connected())

    async def close(self) -> None:
        """Hang up."""
        asking = list(self._asking)
        for each in asking:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        await self._hang_up()

    async def _asked(self, statement: str, bound: dict[str, object]) -> list[tuple[Any, ...]] | None:
        try:
            connection = self._idle.pop() if self._idle else await self._connected()
            try:
                rows = await (await connection.execute(statement, bound)).fetchall()
            except BaseException:
                await connection.close()
                raise
        except (driver().Error, OSError) as error:
            self._rest(str(error))
            await self._hang_up()  # the others may be as dead
            return None
        self._idle.append(connection)
        self._failing = False
        return rows

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        connection: psycopg.AsyncConnection[Any] = await driver().AsyncConnection.connect(**arguments_of(self._store))
        try:
            for setting in self._settings:
                await connection.execute(setting)
        except BaseException:
            await connection.close()
            raise
        return connection

    def _rest(self, cause: str) -> None:
        self._rests_until_s = self._clock.monotonic_s() + _REST_S
        if not self._failing:
            _log.warning("similar questions are not looked up in the store", cause=cause)
        self._failing = True

    async def _hang_up(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            with suppress(driver().Error, OSError):
                await connection.close()
