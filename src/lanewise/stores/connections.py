"""SQLAlchemy on either store: connections, and how a transaction begins. Used by `database` alone."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakSet

import aiosqlite
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util.concurrency import in_greenlet

from lanewise.stores.address import PostgresStore, Store
from lanewise.stores.postgres import TAKE_WRITING, arguments_of, driver, settings
from lanewise.stores.sqlite_file import BUSY_TIMEOUT_S

#: Words of a statement's error are logged; what was bound to it may be anybody's words.
_QUIET: dict[str, Any] = {"hide_parameters": True}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pools:
    """One pool, as it is used for reading, for writing, and for statements that need no turn."""

    reading: AsyncEngine
    writing: AsyncEngine
    at_once: AsyncEngine
    made: WeakSet[Any] = field(default_factory=WeakSet)  # the driver's connections that have to be looked after

    async def close(self) -> None:
        """Close all connections, also those that the pool lost because whoever used them was cancelled."""
        await self.reading.dispose()
        for connection in list(self.made):
            await connection.close()


def pools(store: Store) -> Pools:
    """The pools of a store, which connect when they are asked to. Raises StoreError for an address that cannot be read."""
    return _postgres(store) if isinstance(store, PostgresStore) else _sqlite(store)


def _sqlite(store: Path) -> Pools:
    address, made = f"{store.absolute().as_uri()}?mode=rw", WeakSet[Any]()

    async def connect() -> aiosqlite.Connection:
        connection = aiosqlite.connect(address, timeout=BUSY_TIMEOUT_S, uri=True, check_same_thread=False)
        connection._thread.daemon = True
        made.add(connection)  # who is cancelled before the pool has it is not heard of again
        opening = asyncio.ensure_future(connection)
        try:
            return await asyncio.shield(opening)
        # Its thread is opening the file all the same, and would wait for orders for ever.
        except asyncio.CancelledError:
            await (await opening).close()
            raise

    # The address says only that it is a file.
    engine = create_async_engine(
        sa.URL.create("sqlite+aiosqlite", database=str(store)), async_creator=connect, **_QUIET
    )
    sa.event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    sa.event.listen(engine.sync_engine, "begin", _begin_sqlite)
    sa.event.listen(engine.sync_engine, "invalidate", _let_go_of_sqlite)
    writing = engine.execution_options(begin="BEGIN IMMEDIATE")
    return Pools(reading=engine, writing=writing, at_once=writing, made=made)


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: `_begin_sqlite` says how
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA secure_delete=ON")  # what is forgotten is overwritten, not only unlinked
    cursor.close()


def _let_go_of_sqlite(connection: Any, _entry: ConnectionPoolEntry, _error: BaseException | None) -> None:  # noqa: ANN401 - the driver's
    """Whoever was cancelled in the middle of a statement must not keep the file: closing alone would, until its cursor is collected."""
    if in_greenlet():
        with suppress(sqlite3.Error, ValueError):  # it may be gone already
            connection.rollback()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A write that begins as a read fails at once where another process wrote in between; one that begins as a write waits.
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _postgres(store: PostgresStore) -> Pools:
    psycopg, arguments, made = driver(), arguments_of(store), WeakSet[Any]()

    async def connect() -> Any:  # noqa: ANN401 - the driver's
        connection = await psycopg.AsyncConnection.connect(**arguments)
        made.add(connection)
        try:
            for statement in settings():
                await connection.execute(statement)
            await connection.set_autocommit(False)
        except BaseException:  # whoever waits for it may be cancelled
            await connection.close()
            raise
        return connection

    # Asked whether it still lives before it is used: a server that was restarted costs no request its answer.
    engine = create_async_engine("postgresql+psycopg://", async_creator=connect, pool_pre_ping=True, **_QUIET)
    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    writing = engine.execution_options(begin=TAKE_WRITING)
    sa.event.listen(writing.sync_engine, "begin", _begin_postgres)
    at_once = engine.execution_options(isolation_level="AUTOCOMMIT")
    return Pools(reading=reading, writing=writing, at_once=at_once, made=made)


def _begin_postgres(connection: sa.Connection) -> None:
    # Writes take turns, as they do on a file: what one reads before it writes stays true until it is committed. Statements see what
    # was committed before each of them, so nothing is seen as it was before the turn came.
    connection.exec_driver_sql(connection.get_execution_options()["begin"])
