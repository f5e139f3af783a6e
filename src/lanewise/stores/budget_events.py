"""Keeps in the store when caps were nearly and wholly spent. Events are written in the background: nothing waits for them.

Each share of a cap is kept once in a period, whichever process is the first to see it; of a cap that was changed, once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.clock import Clock
from lanewise.core.protocols.budget import Alarm
from lanewise.stores.database import Database
from lanewise.stores.schema import budget_events
from lanewise.stores.written_later import RETRY_S, WrittenLater

_Event = dict[str, Any]


class BudgetEvents:
    """Writes alarms in the order they came; used on the loop that started it."""

    def __init__(self, database: Database, clock: Clock, *, retry_s: float = RETRY_S) -> None:
        self._database = database
        self._clock = clock
        self._events = WrittenLater(self._write, "budget events wait for the store", retry_s=retry_s)
        self._last_us = 0

    @property
    def failing(self) -> bool:
        """Whether the store did not take the last ones."""
        return self._events.failing

    def start(self) -> None:
        """Write from now on."""
        self._events.start()

    def note(self, alarm: Alarm) -> None:
        """Keep an alarm. Never waits, never fails."""
        self._last_us = max(self._last_us + 1, int(self._clock.now_s() * 1e6))
        event: _Event = {
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
        self._events.add(event)

    async def close(self) -> None:
        """Write what waits; where the store is down, that is lost."""
        await self._events.close()

    async def recent(self, count: int) -> list[dict[str, object]]:
        """The latest events, newest first. Raises StoreError."""
        latest = sa.select(budget_events).order_by(budget_events.c.at_us.desc()).limit(count)
        async with self._database.reading() as connection:
            return [dict(row) for row in (await connection.execute(latest)).mappings()]

    async def _write(self, events: Sequence[_Event]) -> None:
        async with self._database.writing() as connection:
            fresh = await _unknown(connection, events)
            if fresh:
                await connection.execute(sa.insert(budget_events), fresh)


async def _unknown(connection: AsyncConnection, events: Sequence[_Event]) -> list[_Event]:
    """Of these, what nobody has told yet."""
    first = {tuple(event[name] for name in _ONCE): event for event in reversed(events)}
    columns = [budget_events.c[name] for name in _ONCE]
    told = await connection.execute(sa.select(*columns).where(sa.tuple_(*columns).in_(list(first))))
    for row in told:
        first.pop(tuple(row), None)
    return sorted(first.values(), key=itemgetter("at_us"))


_ONCE = ("tally", "period", "share", "amount")
