"""Leases of processes that are gone: what of them no ledger row tells is counted as spent, the rest of the cap is free again.

A lease is all that its process could spend without writing here, so all of it counts; what the ledger's rows tell of it is no secret, and
the remainder is written as `unaccounted`. A process that was only paused finds its lease lost, and says what it really spent: see `leases`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.caps import Tally
from lanewise.core.periods import Span, span_at
from lanewise.stores.database import Database
from lanewise.stores.schema import budget_books, leases
from lanewise.stores.spending import told_of
from lanewise.stores.statements import STATEMENTS

LOST = -1
"""When a lease expires that was reclaimed: never again. What is `unrecorded` of it comes back if its process does."""

_log = structlog.get_logger()
_CLOCKS_APART_S = 60.0  # of this database and of those who write rows into it, at most
_Told = Mapping[tuple[Tally, str], int]
_Untold = Mapping[tuple[Tally, str], tuple[int, int]]


class LostLeases:
    """Reclaims leases that nobody renews. Every method raises StoreError."""

    def __init__(self, database: Database, *, after_s: float) -> None:
        """`after_s` is how long a lease is left alone after it has expired, half a term: its process may be about to renew it."""
        self._database = database
        self._after_us = int(after_s * 1e6)
        self._untold_us = int((2 * after_s + _CLOCKS_APART_S) * 1e6)
        self._cutoff_us = 0

    async def overdue(self, connection: AsyncConnection, now_us: int) -> list[str]:
        """The processes whose leases have expired, at `now_us` by the database's clock."""
        self._cutoff_us = now_us - self._after_us
        found = sa.select(leases.c.process).where(_expired(self._cutoff_us)).distinct()
        return list((await connection.scalars(found)).all())

    async def reclaim(self, processes: Sequence[str]) -> bool:
        """Count the leases of these as spent, as far as they may be; whether there were any."""
        reclaimed = False
        for process in processes:
            async with self._database.reading() as connection:  # beside everybody's turn: there may be many rows
                told = await self._untold(connection, process)
            async with self._database.writing() as connection:
                reclaimed |= await self._count(connection, process, told)
        return reclaimed

    async def recount(self) -> None:
        """Account for what rows tell by now of leases that were lost: a spool may have been brought home since."""
        unrecorded = sa.select(leases.c.process).where(leases.c.expires_us == LOST, leases.c.unrecorded > 0).distinct()
        async with self._database.reading() as connection:
            processes = list((await connection.scalars(unrecorded)).all())
        for process in processes:
            async with self._database.reading() as connection:
                told = await _told_by_rows(connection, process)
            async with self._database.writing() as connection:
                rows, reported = await _leases_of(connection, process)
                for row in rows:
                    key = row["tally"], row["period"]
                    more = told.get((Tally.of_text(key[0]), key[1]), 0) - reported[key]
                    more = min(more, row["unrecorded"])
                    if row["expires_us"] == LOST and more > 0:
                        reported[key] += more
                        changed = {"reported": row["reported"] + more, "unrecorded": row["unrecorded"] - more}
                        await connection.execute(STATEMENTS["keep_lease"], row | changed)
                        counted = {"tally": key[0], "period": key[1], "settled": 0, "unaccounted": -more}
                        await connection.execute(STATEMENTS["count_lost"], counted)

    async def _untold(self, connection: AsyncConnection, process: str) -> _Untold:
        """What a process's rows tell of its caps: all of them, and those of runs that ended about when it was heard of last, or later.

        The others count in the books already, though no lease may tell so: a cap may be younger than its process, and what was told by
        leases that were given back long ago is deleted with them.
        """
        expires = sa.select(sa.func.max(leases.c.expires_us)).where(leases.c.process == process)
        since_us = int(await connection.scalar(expires) or 0) - self._untold_us
        told = await _told_by_rows(connection, process)
        lately = await _told_by_rows(connection, process, since_us=since_us)
        return {name: (amount, lately[name]) for name, amount in told.items()}

    async def _count(self, connection: AsyncConnection, process: str, told: _Untold) -> bool:
        """Count what is still overdue now that it is our turn."""
        rows, reported = await _leases_of(connection, process)
        lost, counted = [], []
        for row in rows:
            if not 0 < row["expires_us"] < self._cutoff_us or not row["amount"]:
                continue
            key = row["tally"], row["period"]
            in_all, lately = told.get((Tally.of_text(row["tally"]), row["period"]), (0, 0))
            in_rows = min(in_all - reported[key], lately)
            lost.append(_without(row, max(0, in_rows)))
            unrecorded = lost[-1]["unrecorded"]
            settled = lost[-1]["reported"] - row["reported"] + unrecorded
            counted.append({"tally": key[0], "period": key[1], "settled": settled, "unaccounted": unrecorded})
        if lost:
            await connection.execute(STATEMENTS["keep_lease"], lost)
            await connection.execute(STATEMENTS["count_lost"], counted)
            _log.warning("leases of a process that is gone are reclaimed", process=process, leases=len(lost))
        return bool(lost)


async def _leases_of(
    connection: AsyncConnection, process: str
) -> tuple[list[dict[str, Any]], defaultdict[tuple[str, str], int]]:
    """A process's leases, and what is reported by them of each cap."""
    theirs = sa.select(leases).where(leases.c.process == process)
    rows = [dict(row) for row in (await connection.execute(theirs)).mappings()]
    reported: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        reported[row["tally"], row["period"]] += row["reported"]
    return rows, reported


def _without(row: Mapping[str, Any], in_rows: int) -> dict[str, Any]:
    """A lease that is over: what rows tell of it is reported for its process, what they do not is unrecorded."""
    return {
        **row,
        "amount": 0,
        "reported": row["reported"] + in_rows,
        "unrecorded": max(0, row["amount"] - in_rows),
        "expires_us": LOST,
    }


async def _told_by_rows(connection: AsyncConnection, process: str, *, since_us: int = 0) -> _Told:
    columns = (leases.c.tally, budget_books.c.ends_us)
    same = sa.and_(leases.c.tally == budget_books.c.tally, leases.c.period == budget_books.c.period)
    found = sa.select(*columns).join_from(leases, budget_books, same).where(leases.c.process == process).distinct()
    windows = set(_windows(await connection.execute(found)))
    return await told_of(connection, process, windows, since_us=since_us)


def _windows(rows: Iterable[sa.Row[str, int]]) -> Iterable[tuple[Tally, Span]]:
    for text, ends_us in rows:
        tally = Tally.of_text(text)
        yield tally, span_at(tally.period, ends_us / 1e6 - 1 if tally.period != "total" else 0)


def _expired(cutoff_us: int) -> sa.ColumnElement[bool]:
    return sa.and_(leases.c.expires_us > 0, leases.c.expires_us < cutoff_us, leases.c.amount > 0)
