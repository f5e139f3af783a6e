"""Leases of the one process that serves from a file: what it may spend is written down before it is, so that a kill forgets nothing.

Read `lease_rules` first. Nobody else leases, so a lease never ends while its process lives. And whoever opens the books knows that the
process before it is dead, since it has the file: what that held is counted at once.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog

from lanewise.core.caps import Tally
from lanewise.core.clock import Clock
from lanewise.core.protocols.leases import Asked, Granted
from lanewise.stores.database import Database
from lanewise.stores.lease_rules import NEVER_US, Book, Key, Lease, Trader, key_of, keys_of, rows_of, settle
from lanewise.stores.leases import forget_old, open_books
from lanewise.stores.ledger_file import LedgerFile
from lanewise.stores.ledger_rows import LedgerEnd
from lanewise.stores.ledger_writer import SqlLedger
from lanewise.stores.schema import budget_books, leases
from lanewise.stores.spending import Kind, Spending
from lanewise.stores.statements import STATEMENTS

_BOOK = "SELECT settled, unaccounted FROM budget_books WHERE tally = ? AND period = ?"
_LEASES = (
    "SELECT lease_id, process, amount, reported, unrecorded, begun_us, expires_us FROM leases "
    "WHERE tally = ? AND period = ? AND (amount > 0 OR lease_id IN (SELECT value FROM json_each(?)))"
)
_KEEP_BOOK, _KEEP_LEASE = STATEMENTS["keep_book"].text, STATEMENTS["keep_lease"].text
_MOST_TALLIES = 1_000_000  # of those that a dead process held leases of

_log = structlog.get_logger()


class FileLeases:
    """The leases of the process that has the file. Every method raises StoreError."""

    def __init__(self, database: Database, ledger: SqlLedger, clock: Clock, process: str) -> None:
        """`process` is a name that no other one had or will have; `ledger` is the file's, and started: its thread writes trades too."""
        self._database = database
        self._ledger = ledger
        self._clock = clock
        self._process = process
        self._is_open = False

    async def trade(self, asked: Sequence[Asked]) -> Sequence[Granted]:
        """Write down what was spent, give back what is not kept, take what is to be had."""
        if not asked:
            return []
        trader = Trader(self._process, int(self._clock.now_s() * 1e6), NEVER_US)
        return await self._ledger.run(partial(_trade, asked=asked, trader=trader))

    async def seed(self, taken: Mapping[tuple[Tally, str], int], now_s: float) -> None:
        """Open books with what the ledger says was spent; one that is open counts that too where it cannot know of it.

        The first time, what is leased was a dead process's, and counts. Of what books know nothing of there may be rows of a release that
        kept none, or of a time when the policy did not have the cap.
        """
        if not self._is_open:
            await self._take_over(taken, now_s)
            self._is_open = True
        await open_books(self._database, taken, now_s)

    async def tidy(self) -> None:
        """Delete books and leases of periods before the last one."""
        async with self._database.writing() as connection:
            await forget_old(connection, int(self._clock.now_s() * 1e6))

    async def _take_over(self, taken: Mapping[tuple[Tally, str], int], now_s: float) -> None:
        async with self._database.reading() as connection:
            held = sa.select(leases.c.tally, leases.c.period, sa.func.sum(leases.c.amount)).where(leases.c.amount > 0)
            found = await connection.execute(held.group_by(leases.c.tally, leases.c.period))
            left: dict[Key, int] = {(tally, period): int(amount) for tally, period, amount in found}
        kinds = _kinds(Tally.of_text(tally) for tally, _ in left)
        told = {**taken, **await Spending(self._database).taken(kinds, now_s, most=_MOST_TALLIES)} if kinds else taken
        in_rows = {(tally.text, period): amount for (tally, period), amount in told.items()}
        async with self._database.writing() as connection:
            books = (await connection.execute(sa.select(budget_books))).mappings()
            changed = [after for book in map(dict, books.all()) if (after := _taken_over(book, left, in_rows)) != book]
            if changed:
                await connection.execute(STATEMENTS["keep_book"], changed)
            await connection.execute(sa.delete(leases))
        if left:
            _log.warning("leases of a process that was killed are reclaimed", leases=len(left))


def _kinds(tallies: Iterable[Tally]) -> set[Kind]:
    """What has to be counted to know how much of these was spent, in the period before too."""
    return {Kind(tally.scope, tally.unit, tally.period, rolls_over=True) for tally in tallies}


def _taken_over(book: dict[str, Any], left: Mapping[Key, int], in_rows: Mapping[Key, int]) -> dict[str, Any]:
    """A book with what a dead process had leased of its cap: what rows do not tell of that is unaccounted."""
    key = book["tally"], book["period"]
    lost, unaccounted = left.get(key, 0), book["unaccounted"]
    settled = book["settled"] + lost
    unaccounted += max(0, min(lost, settled - unaccounted - in_rows.get(key, 0)))
    return {**book, "settled": settled, "unaccounted": unaccounted}


# In the ledger's thread


def _trade(end: LedgerEnd, asked: Sequence[Asked], trader: Trader) -> list[Granted]:
    assert isinstance(end, LedgerFile), "a file has one"
    return end.transact(partial(_traded, asked=asked, trader=trader))


def _traded(connection: sqlite3.Connection, asked: Sequence[Asked], trader: Trader) -> list[Granted]:
    books = _books_of(connection, asked)
    granted = [settle(each, books, trader) for each in asked]
    opened, rows = rows_of(asked, books)
    connection.executemany(_KEEP_BOOK, opened)
    connection.executemany(_KEEP_LEASE, rows)
    return granted


def _books_of(connection: sqlite3.Connection, asked: Sequence[Asked]) -> defaultdict[Key, Book]:
    """The books of these leases with all leases in them, and those of the periods before where they count."""
    books: defaultdict[Key, Book] = defaultdict(Book)
    ours: defaultdict[Key, list[str]] = defaultdict(list)
    for each in asked:
        ours[key_of(each)].append(each.lease)
    for key in keys_of(asked):
        for settled, unaccounted in connection.execute(_BOOK, key).fetchall():
            books[key] = Book(settled, unaccounted)
        for name, *about in connection.execute(_LEASES, (*key, json.dumps(ours[key]))).fetchall():
            books[key].leases[name] = Lease(*about)
    return books
