"""A store in a folder of the test, with the parts a test asks for; everything is closed at its end."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from lanewise.core.clock import SystemClock
from lanewise.core.record import RunRecord
from lanewise.stores.address import PostgresStore, Store
from lanewise.stores.database import Database, open_database
from lanewise.stores.ledger_rows import Kept
from lanewise.stores.ledger_thread import LedgerLimits, end_of
from lanewise.stores.ledger_writer import SqlLedger
from lanewise.stores.migrate import migrate
from lanewise.stores.postgres import connect_postgres
from lanewise.stores.sqlite_file import connect

DEFAULT_LIMITS = LedgerLimits()


async def new_store(folder: Path) -> Path:
    store = folder / "lanewise.db"
    await migrate(store, SystemClock())
    return store


@asynccontextmanager
async def database_of(store: Store) -> AsyncIterator[Database]:
    database = await open_database(store)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def ledger_of(store: Store, limits: LedgerLimits = DEFAULT_LIMITS) -> AsyncIterator[SqlLedger]:
    ledger = SqlLedger(store, SystemClock(), limits)
    try:
        await ledger.start()
        yield ledger
    finally:
        await ledger.close()


ON_FILES = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""Marks a test that is about a file."""
ON_POSTGRES = pytest.mark.parametrize("store", ["postgres"], indirect=True)
"""Marks a test that is about a server."""


class Plain:
    """A PostgreSQL connection that takes `?` and `:name` for what is bound, as SQLite's does."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self.close = connection.close

    def execute(self, statement: str, bound: Sequence[Any] | Mapping[str, Any] = ()) -> psycopg.Cursor[Any]:
        named = re.sub(r"(?<![:\w]):(\w+)", r"%(\1)s", statement.replace("%", "%%")).replace("?", "%s")
        return self._connection.execute(re.sub(r"\bx'([0-9a-f]*)'", r"'\\\\x\1'::bytea", named), bound)

    def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        for row in rows:
            self.execute(statement, row)


@contextmanager
def sql(store: Store) -> Iterator[Any]:
    """Another process's view of the store, as far as it can tell: a driver's connection that commits each statement."""
    connection: Any = (
        sqlite3.connect(store, isolation_level=None) if isinstance(store, Path) else Plain(connect_postgres(store))
    )
    try:
        yield connection
    finally:
        connection.close()


async def rename(store: Store, table: str, name: str) -> None:
    """Have a table gone, or back again; beside the event loop, for whoever holds the table may be waiting for that."""

    def renamed() -> None:
        with sql(store) as connection:
            connection.execute(f"ALTER TABLE {table} RENAME TO {name}")

    await asyncio.to_thread(renamed)


def spelled(store: Store) -> str:
    """The store as a command line names it."""
    return store.url if isinstance(store, PostgresStore) else str(store)


def everything(store: Store) -> bytes:
    """All that anybody could read: a file with what lies beside it, or every row of every table."""
    if isinstance(store, Path):
        return b"".join(file.read_bytes() for file in sorted(store.parent.glob(f"{store.name}*")))
    with sql(store) as connection:
        tables = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        rows = [row for name in tables for row in connection.execute(f"SELECT * FROM {name}")]
    return b"\n".join(each if isinstance(each, bytes) else str(each).encode() for row in rows for each in row)


@contextmanager
def inspected(store: Store) -> Iterator[sa.Inspector]:
    """The store's tables as SQLAlchemy finds them."""
    if isinstance(store, Path):
        engine = sa.create_engine("sqlite://", creator=lambda: connect(store), poolclass=sa.NullPool)
    else:
        engine = sa.create_engine(
            "postgresql+psycopg://", creator=lambda: connect_postgres(store), poolclass=sa.NullPool
        )
    with engine.connect() as connection:
        yield sa.inspect(connection)
    engine.dispose()


@contextmanager
def held(store: Store) -> Iterator[Any]:
    """Another process's write under way: no ledger row can be committed meanwhile."""
    with sql(store) as connection:
        if isinstance(store, Path):
            connection.execute("BEGIN IMMEDIATE")
        else:
            connection.execute("BEGIN")
            connection.execute("LOCK TABLE runs, revisions IN EXCLUSIVE MODE")
        yield connection
        connection.execute("ROLLBACK")


def fill(store: Store, *records: RunRecord) -> None:
    fill_whole(store, *(Kept(record=record) for record in records))


def fill_whole(store: Store, *rows: Kept) -> None:
    end = end_of(store, 5.0)
    end.open()
    try:
        assert end.write(rows) == {}
    finally:
        end.close()


def run_ids(store: Store) -> list[str]:
    with sql(store) as connection:
        return [run_id for (run_id,) in connection.execute("SELECT run_id FROM runs ORDER BY run_id").fetchall()]
