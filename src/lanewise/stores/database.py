"""Reads, and the rare writes that are no ledger rows, through SQLAlchemy. Read `statements` for the SQL and `records` for its use."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from lanewise.core.errors import StoreError
from lanewise.stores.migrate import schema_of
from lanewise.stores.schema import HEAD
from lanewise.stores.sqlite_file import BUSY_TIMEOUT_S, connect


class Database:
    """A store that is there and has this version's schema."""

    def __init__(self, store: Path) -> None:
        """Opens nothing yet; `open_database` checks that the store may be used."""
        self.store = store
        address = sa.URL.create(
            "sqlite+aiosqlite",
            database=store.absolute().as_uri(),
            query={"mode": "rw", "uri": "true", "timeout": str(BUSY_TIMEOUT_S)},
        )
        self._engine = create_async_engine(address)
        self._writing = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        sa.event.listen(self._engine.sync_engine, "connect", _prepare)
        sa.event.listen(self._engine.sync_engine, "begin", _begin)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one moment of the store. Raises StoreError."""
        try:
            async with self._engine.connect() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise StoreError(f"Cannot read the store {str(self.store)!r}: {error}") from error

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction, committed at the end; keep it short, the ledger waits for it. Raises StoreError."""
        try:
            async with self._writing.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise StoreError(f"Cannot write to the store {str(self.store)!r}: {error}") from error

    async def ping(self) -> str | None:
        """None when the store answers, else what is wrong."""
        try:
            async with self.reading() as connection:
                await connection.exec_driver_sql("SELECT revision FROM revisions LIMIT 1")
        except StoreError as error:
            return error.message
        return None

    async def tidy(self) -> None:
        """Move the write-ahead log into the file and empty it, so that what was deleted is not left there. Raises StoreError."""
        await asyncio.to_thread(_checkpoint, self.store)

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


async def open_database(store: Path) -> Database:
    """A store for reading and administering, beside a running gateway or without one. Raises StoreError."""
    await asyncio.to_thread(_check, store)
    return Database(store)


def _check(store: Path) -> None:
    if not store.exists():
        raise StoreError(
            f"There is no store at {str(store)!r}: `lanewise serve` makes one; name another with --store, or with `store:` in the policy"
        )
    with closing(connect(store)) as connection:
        schema = schema_of(connection, store)
    if schema != HEAD:
        raise StoreError(
            f"The store {str(store)!r} has schema {schema}, this Lanewise needs {HEAD}: run `lanewise migrate`"
        )


def _checkpoint(store: Path) -> None:
    with closing(connect(store)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: `_begin` says how
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA secure_delete=ON")  # what is forgotten is overwritten, not only unlinked
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    # A write that begins as a read fails at once where another process wrote in between; one that begins as a write waits.
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
