"""A store in a folder of the test, with the parts a test asks for; everything is closed at its end."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from lanewise.core.clock import SystemClock
from lanewise.core.record import RunRecord
from lanewise.stores.database import Database, open_database
from lanewise.stores.ledger_file import Kept, LedgerFile
from lanewise.stores.ledger_thread import LedgerLimits
from lanewise.stores.ledger_writer import SqliteLedger
from lanewise.stores.migrate import migrate

DEFAULT_LIMITS = LedgerLimits()


async def new_store(folder: Path) -> Path:
    store = folder / "lanewise.db"
    await migrate(store, SystemClock())
    return store


@asynccontextmanager
async def database_of(store: Path) -> AsyncIterator[Database]:
    database = await open_database(store)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def ledger_of(store: Path, limits: LedgerLimits = DEFAULT_LIMITS) -> AsyncIterator[SqliteLedger]:
    ledger = SqliteLedger(store, SystemClock(), limits)
    try:
        await ledger.start()
        yield ledger
    finally:
        await ledger.close()


@contextmanager
def sql(store: Path) -> Iterator[sqlite3.Connection]:
    """Another process's view of the store, as far as SQLite can tell."""
    connection = sqlite3.connect(store, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def fill(store: Path, *records: RunRecord) -> None:
    file = LedgerFile(store, 5.0)
    file.open()
    try:
        assert file.write([Kept(record=record) for record in records]) == {}
    finally:
        file.close()


def run_ids(store: Path) -> list[str]:
    with sql(store) as connection:
        return [run_id for (run_id,) in connection.execute("SELECT run_id FROM runs ORDER BY run_id")]
