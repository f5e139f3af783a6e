"""The books of a file: whoever begins to serve from it knows that its predecessor is dead, and counts what that held."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from lanewise.core.caps import Cap, Tally
from lanewise.core.errors import StoreError
from lanewise.core.periods import span_at, span_before
from lanewise.core.protocols.leases import LeaseBook
from lanewise.stores.file_leases import FileLeases
from leasing import ACME, CAP, TODAY, book_of, leased_of, trade
from stores.opening import database_of, fill, ledger_of, sql
from stores.samples import a_record
from walking import SetClock

Taken = dict[tuple[Tally, str], int]
NOW_S = SetClock().now_s()
NOW_US = int(NOW_S * 1e6)


@asynccontextmanager
async def a_life(store: Path, process: str, taken: Taken | None = None) -> AsyncIterator[FileLeases]:
    """A process on the file, from its start to its end, which may be any end."""
    async with database_of(store) as database, ledger_of(store) as ledger:
        book = FileLeases(database, ledger, SetClock(), process)
        await book.seed(taken or {}, NOW_S)
        yield book


async def spent_and_killed(book: LeaseBook) -> None:
    """600 were leased, and of that 100 told as spent: 250 may still be spent when the process ends."""
    await trade(book, "one/0", need=600, least=1)
    await trade(book, "one/0", spent=100, held=50, keep=200)


async def test_what_a_killed_process_held_counts_at_once_and_what_its_rows_tell_is_accounted_for(
    sqlite_store: Path,
) -> None:
    async with a_life(sqlite_store, "one") as book:
        await spent_and_killed(book)
    fill(
        sqlite_store, *(a_record(name, started_us=NOW_US, cost_nanousd=cost) for name, cost in (("a", 100), ("b", 80)))
    )
    with capture_logs() as said:
        async with a_life(sqlite_store, "two", {(ACME, TODAY.name): 180}) as book:
            assert book_of(sqlite_store) == (350, 170)
            assert leased_of(sqlite_store) == {}
            assert (await trade(book, "two/0", need=CAP, least=1)).ceiling == CAP - 350
    assert [each["leases"] for each in said if "reclaimed" in each["event"]] == [1]


async def test_a_process_that_gave_everything_back_leaves_nothing_to_count(sqlite_store: Path) -> None:
    async with a_life(sqlite_store, "one") as book:
        await spent_and_killed(book)
        await trade(book, "one/0", spent=130)
    with capture_logs() as said:
        async with a_life(sqlite_store, "two", {(ACME, TODAY.name): 130}):
            assert book_of(sqlite_store) == (130, 0)
    assert not said


async def test_kill_after_kill_counts_each_lease_once(sqlite_store: Path) -> None:
    for number in range(3):
        async with a_life(sqlite_store, f"{number}", {(ACME, TODAY.name): 0}) as book:
            await trade(book, f"{number}/0", need=100, least=1)
    async with a_life(sqlite_store, "last", {(ACME, TODAY.name): 0}) as book:
        assert book_of(sqlite_store) == (300, 300)
        assert (await trade(book, "last/0", need=CAP, least=1)).ceiling == CAP - 300


async def test_rows_that_the_books_know_nothing_of_count_beside_what_is_unaccounted(sqlite_store: Path) -> None:
    """A release that keeps no books served meanwhile, or a policy without the cap."""
    async with a_life(sqlite_store, "one") as book:
        await spent_and_killed(book)
    async with a_life(sqlite_store, "two", {(ACME, TODAY.name): 100}):
        assert book_of(sqlite_store) == (350, 250)
    async with a_life(sqlite_store, "three", {(ACME, TODAY.name): 400}):
        assert book_of(sqlite_store) == (650, 250)
    async with a_life(sqlite_store, "four", {(ACME, TODAY.name): 400}) as book:
        assert book_of(sqlite_store) == (650, 250)
        await trade(book, "four/0", need=100, least=1)
        await book.seed({(ACME, TODAY.name): 500}, NOW_S)
        assert book_of(sqlite_store) == (650, 250), "what is leased may be what the rows tell of"
        await book.seed({(ACME, TODAY.name): 501}, NOW_S)
        assert book_of(sqlite_store) == (751, 250)


async def test_of_a_cap_that_the_policy_has_no_more_and_of_yesterday_s_the_ledger_is_asked(sqlite_store: Path) -> None:
    yesterday = span_before("daily", TODAY)
    assert yesterday is not None
    whole = ACME._replace(scope="user", subject="ann", period="total")
    cap = Cap(scope="user", period="total", amount=CAP)
    async with a_life(sqlite_store, "one") as book:
        await trade(book, "one/0", span=yesterday, need=70, least=1)
        await trade(book, "one/1", tally=whole, span=span_at("total", NOW_S), cap=cap, need=50, least=1)
    yesterday_us = int(yesterday.begins_s) * 1_000_000
    fill(sqlite_store, a_record("a", started_us=yesterday_us, user="ann", cost_nanousd=20))
    async with a_life(sqlite_store, "two"):
        assert book_of(sqlite_store, period=yesterday.name) == (70, 50)
        assert book_of(sqlite_store, whole, "total") == (50, 30)


async def test_books_of_periods_that_count_no_more_are_deleted(sqlite_store: Path) -> None:
    long_ago = span_at("daily", NOW_S - 5 * 86_400)
    async with a_life(sqlite_store, "one") as book:
        await trade(book, "one/0", span=long_ago, spent=5)
        await trade(book, "one/1", spent=5)
        await book.tidy()
    with sql(sqlite_store) as connection:
        assert connection.execute("SELECT period FROM budget_books").fetchall() == [(TODAY.name,)]
    assert set(leased_of(sqlite_store)) == {"one/1"}


async def test_nothing_is_traded_when_the_ledger_is_closed(sqlite_store: Path) -> None:
    async with a_life(sqlite_store, "one") as book:
        assert list(await book.trade([])) == []
    with pytest.raises(StoreError, match="closed"):
        await trade(book, "one/0", need=1)
