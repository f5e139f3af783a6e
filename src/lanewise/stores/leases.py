"""Leases in SQL: what each process may spend of a cap that all share. Read `core.protocols.leases`, `lease_rules`, then `lost_leases`.

No process spends beyond what stands here as its lease. So no clock has to be right for a cap to hold: the database's own says only when a
lease is given up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from lanewise.core.caps import Tally
from lanewise.core.protocols.leases import Asked, Granted
from lanewise.stores.database import Database
from lanewise.stores.lease_rules import Book, Key, Lease, Trader, ends_us, keys_of, rows_of, settle, span_of
from lanewise.stores.lost_leases import LostLeases
from lanewise.stores.schema import budget_books, leases
from lanewise.stores.statements import STATEMENTS

LEASE_TERM_S = 10.0

_SEEDED_AT_ONCE = 500


class _StoreNow(sa.sql.functions.FunctionElement[int]):
    """Microseconds since the Unix epoch by the database's clock, at the moment of the statement."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(_StoreNow, "sqlite")
def _sqlite_now(_element: _StoreNow, _compiler: SQLCompiler, **_settings: object) -> str:
    return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000000.0) AS INTEGER)"


@compiles(_StoreNow, "postgresql")
def _postgres_now(_element: _StoreNow, _compiler: SQLCompiler, **_settings: object) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"


class SqlLeases:
    """One process's leases. Every method raises StoreError."""

    def __init__(self, database: Database, process: str, *, term_s: float = LEASE_TERM_S) -> None:
        """`process` is a name that no other one has or will have. A lease that is not renewed for `term_s` may be taken for lost."""
        self._database = database
        self._process = process
        self._term_us = int(term_s * 1e6)
        self._lost = LostLeases(database, after_s=term_s / 2)

    async def trade(self, asked: Sequence[Asked]) -> Sequence[Granted]:
        """Write down what was spent, give back what is not kept, take what is to be had; and renew every lease of this process."""
        granted, dead = await self._traded(asked)
        if dead and await self._lost.reclaim(dead):
            granted, _ = await self._traded(asked)
        return granted

    async def seed(self, taken: Mapping[tuple[Tally, str], int], now_s: float) -> None:
        """Open books with what the ledger says was spent; one that is open counts that too where it cannot know of it."""
        await open_books(self._database, taken, now_s)

    async def tidy(self) -> None:
        """Look again what rows tell of lost leases; delete books and leases of periods before the last one, and leases that are over."""
        await self._lost.recount()
        async with self._database.writing() as connection:
            await forget_old(connection, int(await connection.scalar(sa.select(_StoreNow())) or 0))

    async def _traded(self, asked: Sequence[Asked]) -> tuple[list[Granted], list[str]]:
        """The answers, and which processes are overdue."""
        async with self._database.writing() as connection:
            now_us = int(await connection.scalar(sa.select(_StoreNow())) or 0)
            trader = Trader(self._process, now_us, now_us + self._term_us)
            renewed = {"process": self._process, "expires_us": trader.expires_us}
            await connection.execute(STATEMENTS["renew_leases"], renewed)
            dead = await self._lost.overdue(connection, now_us)
            books = await _books_of(connection, asked)
            granted = [settle(each, books, trader) for each in asked]
            await _write(connection, asked, books)
        return granted, dead


async def _books_of(connection: AsyncConnection, asked: Sequence[Asked]) -> defaultdict[Key, Book]:
    """The books of these leases with all leases in them, and those of the periods before where they count."""
    books: defaultdict[Key, Book] = defaultdict(Book)
    keys = keys_of(asked)
    if not keys:
        return books
    ours = [each.lease for each in asked]
    of_books = sa.tuple_(budget_books.c.tally, budget_books.c.period).in_(keys)
    for row in await connection.execute(sa.select(budget_books).where(of_books)):
        books[row.tally, row.period] = Book(row.settled, row.unaccounted)
    of_leases = sa.tuple_(leases.c.tally, leases.c.period).in_(keys)
    counted = sa.or_(leases.c.amount > 0, leases.c.lease_id.in_(ours))
    for row in await connection.execute(sa.select(leases).where(of_leases, counted)):
        books[row.tally, row.period].leases[row.lease_id] = Lease(
            row.process, row.amount, row.reported, row.unrecorded, row.begun_us, row.expires_us
        )
    return books


async def _write(connection: AsyncConnection, asked: Sequence[Asked], books: Mapping[Key, Book]) -> None:
    if asked:
        opened, rows = rows_of(asked, books)
        await connection.execute(STATEMENTS["keep_book"], opened)
        await connection.execute(STATEMENTS["keep_lease"], rows)


async def open_books(database: Database, taken: Mapping[tuple[Tally, str], int], now_s: float) -> None:
    """Open books that are not open yet, of present periods and those before, with what was spent in them. Raises StoreError.

    A book that is open knows better, but where the ledger tells of more than it can know of: the policy was without the cap for a while.
    """
    async with database.reading() as connection:
        found = await connection.execute(_BOOKS)
        known = {(tally, period): int(counted) for tally, period, counted in found}
    rows, missing = [], []
    for (tally, name), amount in taken.items():
        span = span_of(tally, name, now_s)
        if span is None:
            continue
        row = {"tally": tally.text, "period": name, "settled": amount}
        if (tally.text, name) not in known:
            rows.append({**row, "unaccounted": 0, "ends_us": ends_us(span)})
        elif amount > known[tally.text, name]:
            missing.append(row)
    for statement, changed in (("open_book", rows), ("raise_book", missing)):
        for begin in range(0, len(changed), _SEEDED_AT_ONCE):
            async with database.writing() as connection:
                await connection.execute(STATEMENTS[statement], changed[begin : begin + _SEEDED_AT_ONCE])


_LEASED = (
    sa.select(sa.func.coalesce(sa.func.sum(leases.c.amount), 0))
    .where(leases.c.tally == budget_books.c.tally, leases.c.period == budget_books.c.period, leases.c.amount > 0)
    .scalar_subquery()
)
#: What is counted of each cap beside what is unaccounted: no row tells of that.
_BOOKS = sa.select(
    budget_books.c.tally, budget_books.c.period, budget_books.c.settled - budget_books.c.unaccounted + _LEASED
)


async def forget_old(connection: AsyncConnection, now_us: int) -> None:
    """Delete books and leases of periods before the last one, and leases that are over."""
    await connection.execute(STATEMENTS["expire_books"], {"now": now_us})
    await connection.execute(STATEMENTS["expire_leases_of_books"])
    await connection.execute(STATEMENTS["expire_leases"], {"now": now_us})
