"""Leases of a test's own: what a process asks of the book, and a budget that stands on a real one."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from book_in_memory import FOR_EVER_S
from lanewise.core.caps import Cap, Tally
from lanewise.core.clock import Clock
from lanewise.core.periods import Span, span_at
from lanewise.core.protocols.leases import Asked, Granted, LeaseBook
from lanewise.limits.leased import LeasedBudget, TellAlarm
from lanewise.stores.address import Store
from lanewise.stores.database import Database
from lanewise.stores.file_leases import FileLeases
from lanewise.stores.leases import SqlLeases
from stores.opening import database_of, ledger_of, sql
from walking import SetClock

CAP = 1_000
DAILY = Cap(scope="tenant", period="daily", amount=CAP)
ACME = Tally("tenant", "acme", "", "dollars", "daily")
TODAY: Span = span_at("daily", SetClock().now_s())
TERM_S = 2.0


def asks(lease: str, **amounts: Any) -> Asked:
    """What a lease of the tenant's daily cap says and would have: nothing, unless it is said."""
    given: dict[str, Any] = {"tally": ACME, "span": TODAY, "cap": DAILY, "spent": 0, "held": 0, **amounts}
    return Asked(lease=lease, **given)


async def trade(book: LeaseBook, lease: str, **amounts: Any) -> Granted:
    """One lease's trade."""
    (granted,) = await book.trade([asks(lease, **amounts)])
    return granted


def leases(database: Database, process: str, term_s: float = TERM_S) -> SqlLeases:
    return SqlLeases(database, process, term_s=term_s)


@asynccontextmanager
async def leased_budget(
    store: Store,
    clock: Clock,
    taken: Mapping[tuple[Tally, str], int] = {},
    *,
    process: str = "one",
    term_s: float = TERM_S,
    alarm: TellAlarm | None = None,
) -> AsyncIterator[LeasedBudget]:
    """A budget of one process, on a store in which so much was spent before."""
    async with database_of(store) as database:
        book = leases(database, process, term_s)
        await book.seed(taken, clock.now_s())
        budget = LeasedBudget(clock, book, process, term_s=term_s, alarm=alarm)
        try:
            yield budget
        finally:
            await budget.close()


@asynccontextmanager
async def file_budget(
    store: Path,
    clock: Clock,
    taken: Mapping[tuple[Tally, str], int] = {},
    *,
    process: str = "one",
    alarm: TellAlarm | None = None,
) -> AsyncIterator[LeasedBudget]:
    """The budget of the process that has a file, in which so much was spent before."""
    async with database_of(store) as database, ledger_of(store) as ledger:
        book = FileLeases(database, ledger, clock, process)
        await book.seed(taken, clock.now_s())
        budget = LeasedBudget(clock, book, process, term_s=FOR_EVER_S, alarm=alarm)
        try:
            yield budget
        finally:
            await budget.close()


def book_of(store: Store, tally: Tally = ACME, period: str = TODAY.name) -> tuple[int, int]:
    """What is settled of a cap, and how much of it is unaccounted."""
    with sql(store) as connection:
        found = connection.execute(
            "SELECT settled, unaccounted FROM budget_books WHERE tally = ? AND period = ?", (tally.text, period)
        ).fetchone()
    return (0, 0) if found is None else (int(found[0]), int(found[1]))


def leased_of(store: Store) -> dict[str, int]:
    """What each lease holds."""
    with sql(store) as connection:
        return {name: int(amount) for name, amount in connection.execute("SELECT lease_id, amount FROM leases")}


def expire(store: Store, process: str, *, ago_s: float = math.inf) -> None:
    """Make it long ago that a process was heard of."""
    at_us = 1 if math.isinf(ago_s) else int((time.time() - ago_s) * 1e6)
    with sql(store) as connection:
        connection.execute("UPDATE leases SET expires_us = ? WHERE process = ? AND expires_us > 0", (at_us, process))
