"""A second server that follows the first takes its place: whoever asked the first asks the second, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from lanewise.core.clock import SystemClock
from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore
from lanewise.stores.ledger_thread import LedgerLimits
from lanewise.stores.ledger_writer import SqlLedger
from lanewise.stores.migrate import migrate
from leasing import leases, trade
from patience import PATIENCE_S
from postgres_server import OwnServer, binaries, copy_of, own_server
from stores.opening import database_of, ledger_of, run_ids
from stores.samples import a_record


@pytest.fixture
def first() -> Iterator[OwnServer]:
    if binaries() is None:
        pytest.skip("no wheel of PostgreSQL for this machine")
    with own_server() as server:
        yield server


@asynccontextmanager
async def writing_to(store: PostgresStore) -> AsyncIterator[SqlLedger]:
    async with ledger_of(store, LedgerLimits(retry_s=0.05)) as ledger:
        yield ledger


async def is_up(ledger: SqlLedger) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not ledger.healthy:
            await asyncio.sleep(0.01)


async def test_who_asked_a_server_that_is_gone_writes_to_the_one_in_its_place(first: OwnServer, tmp_path: Path) -> None:
    await migrate(PostgresStore(first.url), SystemClock())
    with copy_of(first) as second:
        # The one that takes no writes stands in front.
        store = PostgresStore(
            first.url.replace(f"host={first.folder}", f"host={second.folder},{first.folder}"), tmp_path
        )
        async with writing_to(store) as ledger, database_of(store) as database:
            books = leases(database, "one")
            await ledger.append(a_record("run_1"))
            assert (await trade(books, "l1", spent=100, keep=200)).settled == 100
            while "run_1" not in run_ids(PostgresStore(second.url)):
                await asyncio.sleep(0.01)
            first.stop(signal.SIGQUIT)
            await ledger.append(a_record("run_2"))  # kept in the spool: nobody takes writes
            with pytest.raises(StoreError):
                await trade(books, "l1", spent=150)
            second.take_over()
            await is_up(ledger)
            await ledger.append(a_record("run_3"))
            assert (await trade(books, "l1", spent=150)).settled == 150
        assert run_ids(PostgresStore(second.url)) == ["run_1", "run_2", "run_3"]


async def test_a_server_that_takes_no_writes_for_a_while_is_down_and_then_back(
    first: OwnServer, tmp_path: Path
) -> None:
    store = PostgresStore(first.url, tmp_path)
    await migrate(store, SystemClock())
    async with writing_to(store) as ledger:
        await ledger.append(a_record("run_1"))
        read_only(first, "on")
        await ledger.append(a_record("run_2"))
        assert not ledger.healthy
        read_only(first, "off")
        await is_up(ledger)
        await ledger.append(a_record("run_3"))
    assert run_ids(store) == ["run_1", "run_2", "run_3"]


def read_only(server: OwnServer, whether: str) -> None:
    """As those who run databases do when its disk is nearly full; every session hears of it."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {whether}")
        connection.execute("SELECT pg_reload_conf()")
        while connection.execute("SHOW default_transaction_read_only").fetchone() != (whether,):
            pass
