"""Keeps in the store when caps were nearly and wholly spent. Events are written in the background: nothing waits for them.

Each share of a cap is kept once in a period, whichever process is the first to see it; of a cap that was changed, once more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.core.protocols.budget import Alarm
from lanewise.stores.database import Database
from lanewise.stores.schema import budget_events

RETRY_S = 1.0
_AT_ONCE = 500
_MOST_WAITING = 10_000  # beyond that a store is down for so long that the oldest may be forgotten

_log = structlog.get_logger()


class BudgetEvents:
    """Writes alarms in the order they came; used on the loop that started it."""

    def __init__(self, database: Database, clock: Clock, *, retry_s: float = RETRY_S) -> None:
        self._database = database
        self._clock = clock
        self._retry_s = retry_s
        self._waiting: deque[tuple[int, dict[str, object]]] = deque(maxlen=_MOST_WAITING)
        self._noted = asyncio.Event()
        self._last_us = 0
        self._ending = False
        self.failing = False  # the store did not take the last ones
        self._writing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Write from now on."""
        self._writing = asyncio.create_task(self._write(), name="budget events")

    def note(self, alarm: Alarm) -> None:
        """Keep an alarm. Never waits, never fails."""
        self._last_us = max(self._last_us + 1, int(self._clock.now_s() * 1e6))
        event = {
            "at_us": self._last_us,
            "tally": alarm.tally.text,
            "period": alarm.span.name,
            "tenant": alarm.tally.tenant,
            "subject": alarm.tally.subject,
            "cap": alarm.cap.limit,
            "share": alarm.share,
            "taken": alarm.taken,
            "amount": alarm.amount,
        }
        self._waiting.append((self._last_us, event))
        self._noted.set()

    async def close(self) -> None:
        """Write what waits; where the store is down, that is lost."""
        self._ending = True
        self._noted.set()
        if self._writing is not None:
            await self._writing
            self._writing = None

    async def recent(self, count: int) -> list[dict[str, object]]:
        """The latest events, newest first. Raises StoreError."""
        latest = sa.select(budget_events).order_by(budget_events.c.at_us.desc()).limit(count)
        async with self._database.reading() as connection:
            return [dict(row) for row in (await connection.execute(latest)).mappings()]

    async def _write(self) -> None:
        while True:
            await self._noted.wait()
            self._noted.clear()
            self.failing = False
            while self._waiting and not self.failing:
                self.failing = not await self._flushed(list(islice(self._waiting, _AT_ONCE)))
            if self._ending:
                return
            if self.failing:
                await asyncio.sleep(self._retry_s)
                self._noted.set()

    async def _flushed(self, events: list[tuple[int, dict[str, object]]]) -> bool:
        try:
            async with self._database.writing() as connection:
                fresh = await _unknown(connection, [event for _, event in events])
                if fresh:
                    await connection.execute(sa.insert(budget_events), fresh)
        except StoreError as error:
            _log.warning("budget events wait for the store", cause=str(error), events=len(events))
            return False
        while self._waiting and self._waiting[0][0] <= events[-1][0]:
            self._waiting.popleft()
        return True


async def _unknown(connection: AsyncConnection, events: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """Of these, what nobody has told yet."""
    first = {tuple(event[name] for name in _ONCE): event for event in reversed(events)}
    columns = [budget_events.c[name] for name in _ONCE]
    told = await connection.execute(sa.select(*columns).where(sa.tuple_(*columns).in_(list(first))))
    for row in told:
        first.pop(tuple(row), None)
    return sorted(first.values(), key=_moment)


def _moment(event: dict[str, object]) -> int:
    moment = event["at_us"]
    assert isinstance(moment, int)
    return moment


_ONCE = ("tally", "period", "share", "amount")
