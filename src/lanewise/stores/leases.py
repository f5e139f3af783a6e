"""Leases in SQL: what each process may spend of a cap that all share. Read `core.protocols.leases` first, `lost_leases` next.

What holds at every commit: `settled` of a cap's book and the amounts of its leases are together no more than the cap, and no process spends
beyond what stands here as its lease. So no clock has to be right for a cap to hold: the database's own says only when a lease is given up.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from lanewise.core.caps import Cap, Tally
from lanewise.core.periods import Span, span_at, span_before
from lanewise.core.protocols.leases import Asked, Granted
from lanewise.stores.database import Database
from lanewise.stores.lost_leases import LostLeases
from lanewise.stores.schema import budget_books, leases
from lanewise.stores.statements import STATEMENTS

LEASE_TERM_S = 10.0
GIVEN_BACK = 0
"""When a lease expires of which nothing is left; and one that is lost has expired for good, `lost_leases` says how."""

_SHARE = 8  # of what is free, the part of it that is leased ahead of need: so slices shrink with what is left
_NEVER_US = 1 << 62
_SEEDED_AT_ONCE = 500

_Key = tuple[str, str]
"""A tally's text, and the name of a period."""


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


@dataclass(slots=True)
class _Lease:
    """A row of `leases`."""

    process: str
    amount: int = 0
    reported: int = 0
    unrecorded: int = 0
    begun_us: int = 0
    expires_us: int = GIVEN_BACK


@dataclass(slots=True)
class _Book:
    """A row of `budget_books`, and the leases of its cap."""

    settled: int = 0
    unaccounted: int = 0
    leases: dict[str, _Lease] = field(default_factory=dict)

    @property
    def leased(self) -> int:
        return sum(each.amount for each in self.leases.values())


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
        """Open books with what the ledger says was spent; a book that is open knows better."""
        async with self._database.reading() as connection:
            found = await connection.execute(sa.select(budget_books.c.tally, budget_books.c.period))
            known = {(tally, period) for tally, period in found}
        rows = [
            {"tally": tally.text, "period": span.name, "settled": amount, "unaccounted": 0, "ends_us": _ends_us(span)}
            for (tally, name), amount in taken.items()
            if (span := _span_of(tally, name, now_s)) is not None and (tally.text, name) not in known
        ]
        for begin in range(0, len(rows), _SEEDED_AT_ONCE):
            async with self._database.writing() as connection:
                await connection.execute(STATEMENTS["open_book"], rows[begin : begin + _SEEDED_AT_ONCE])

    async def tidy(self) -> None:
        """Look again what rows tell of lost leases; delete books and leases of periods before the last one, and leases that are over."""
        await self._lost.recount()
        async with self._database.writing() as connection:
            now_us = await connection.scalar(sa.select(_StoreNow()))
            await connection.execute(STATEMENTS["expire_books"], {"now": now_us})
            await connection.execute(STATEMENTS["expire_leases_of_books"])
            await connection.execute(STATEMENTS["expire_leases"], {"now": now_us})

    async def _traded(self, asked: Sequence[Asked]) -> tuple[list[Granted], list[str]]:
        """The answers, and which processes are overdue."""
        async with self._database.writing() as connection:
            now_us = int(await connection.scalar(sa.select(_StoreNow())) or 0)
            expires_us = now_us + self._term_us
            await connection.execute(STATEMENTS["renew_leases"], {"process": self._process, "expires_us": expires_us})
            dead = await self._lost.overdue(connection, now_us)
            books = await _books_of(connection, asked)
            granted = [self._settle(each, books, now_us, expires_us) for each in asked]
            await _write(connection, asked, books)
        return granted, dead

    def _settle(self, asked: Asked, books: Mapping[_Key, _Book], now_us: int, expires_us: int) -> Granted:
        """Bring one lease and its book up to date."""
        book = books[_key(asked)]
        lease = book.leases.get(asked.lease)
        if lease is None:
            lease = book.leases[asked.lease] = _Lease(self._process, begun_us=now_us)
        if lease.expires_us < GIVEN_BACK:  # it was taken for lost, and comes back to say what it really spent
            book.settled -= lease.unrecorded
            book.unaccounted -= lease.unrecorded
            lease.amount = lease.unrecorded
        more = asked.spent - lease.reported
        book.settled += more
        kept = asked.held + max(0, min(asked.keep, lease.amount - more - asked.held))
        others = book.leased - lease.amount
        carried = _carried(asked, books)
        room = asked.cap.amount + carried - book.settled - others - kept
        lease.amount = kept + _growth(asked, room)
        lease.reported, lease.unrecorded = asked.spent, asked.held
        if lease.amount:
            lease.expires_us = expires_us
        elif lease.expires_us != GIVEN_BACK:
            lease.expires_us, lease.begun_us = GIVEN_BACK, now_us
        others_held = sum(min(each.unrecorded, each.amount) for each in book.leases.values()) - asked.held
        return Granted(
            ceiling=asked.spent + lease.amount,
            carried=carried,
            settled=book.settled,
            others_held=others_held,
            others_idle=others - others_held,
            unaccounted=book.unaccounted,
        )


def _growth(asked: Asked, room: int) -> int:
    """What a lease gets beyond what is kept of it."""
    if room <= 0 or (asked.need and room < asked.least):
        return 0
    needed = min(asked.need, room)
    return needed + min(asked.wish, (room - needed) // _SHARE)


def _carried(asked: Asked, books: Mapping[_Key, _Book]) -> int:
    """What the period before left over; what is still leased of it may yet be spent."""
    most = _most_carried(asked.cap)
    earlier = span_before(asked.tally.period, asked.span)
    if not most or earlier is None:
        return 0
    before = books[asked.tally.text, earlier.name]
    return max(0, min(most, asked.cap.amount - before.settled - before.leased))


def _most_carried(cap: Cap) -> int:
    return int(cap.amount * cap.terms.roll_over)


def _key(asked: Asked) -> _Key:
    return asked.tally.text, asked.span.name


def _keys(asked: Iterable[Asked]) -> set[_Key]:
    keys = set()
    for each in asked:
        keys.add(_key(each))
        earlier = span_before(each.tally.period, each.span)
        if _most_carried(each.cap) and earlier is not None:
            keys.add((each.tally.text, earlier.name))
    return keys


async def _books_of(connection: AsyncConnection, asked: Sequence[Asked]) -> defaultdict[_Key, _Book]:
    """The books of these leases with all leases in them, and those of the periods before where they count."""
    books: defaultdict[_Key, _Book] = defaultdict(_Book)
    keys = _keys(asked)
    if not keys:
        return books
    ours = [each.lease for each in asked]
    of_books = sa.tuple_(budget_books.c.tally, budget_books.c.period).in_(keys)
    for row in await connection.execute(sa.select(budget_books).where(of_books)):
        books[row.tally, row.period] = _Book(row.settled, row.unaccounted)
    of_leases = sa.tuple_(leases.c.tally, leases.c.period).in_(keys)
    counted = sa.or_(leases.c.amount > 0, leases.c.lease_id.in_(ours))
    for row in await connection.execute(sa.select(leases).where(of_leases, counted)):
        books[row.tally, row.period].leases[row.lease_id] = _Lease(
            row.process, row.amount, row.reported, row.unrecorded, row.begun_us, row.expires_us
        )
    return books


async def _write(connection: AsyncConnection, asked: Sequence[Asked], books: Mapping[_Key, _Book]) -> None:
    rows, opened = [], {}
    for each in asked:
        tally, period = _key(each)
        book = books[tally, period]
        lease = book.leases[each.lease]
        opened[tally, period] = {
            "tally": tally,
            "period": period,
            "settled": book.settled,
            "unaccounted": book.unaccounted,
            "ends_us": _ends_us(each.span),
        }
        rows.append(
            {
                "lease_id": each.lease,
                "tally": tally,
                "period": period,
                "process": lease.process,
                "amount": lease.amount,
                "reported": lease.reported,
                "unrecorded": lease.unrecorded,
                "begun_us": lease.begun_us,
                "expires_us": lease.expires_us,
            }
        )
    if rows:
        await connection.execute(STATEMENTS["keep_book"], list(opened.values()))
        await connection.execute(STATEMENTS["keep_lease"], rows)


def _ends_us(span: Span) -> int:
    return _NEVER_US if span.ends_s == math.inf else int(span.ends_s) * 1_000_000


def _span_of(tally: Tally, name: str, now_s: float) -> Span | None:
    """The present period of a tally, or the one before, by its name; None for any other."""
    span = span_at(tally.period, now_s)
    earlier = span_before(tally.period, span)
    return next((each for each in (span, earlier) if each is not None and each.name == name), None)
