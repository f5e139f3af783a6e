"""Reads, and the rare writes that are no ledger rows, through SQLAlchemy: the same statements on SQLite and on PostgreSQL.

Read `statements` for the SQL, `records` for its use, and `connections` for what differs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore, Store
from lanewise.stores.connections import pools
from lanewise.stores.glances import Glances
from lanewise.stores.migrate import check_postgres, schema_of
from lanewise.stores.schema import HEAD
from lanewise.stores.sqlite_file import connect
from lanewise.stores.statements import STATEMENTS

PING_TIMEOUT_S = 5.0
MOST_LONG_READS = 2
"""Reports and the like at one time: a gateway has few connections, and everything else must find one."""

MOST_WAITING_READS = 50
_log = structlog.get_logger()


class Database:
    """A store that is there and has this version's schema."""

    def __init__(self, store: Store) -> None:
        """Opens nothing yet; `open_database` checks that the store may be used. Raises StoreError for an address that cannot be read."""
        self.store = store
        self._pools = pools(store)
        self._glances = Glances(store) if isinstance(store, PostgresStore) else None
        self._long_reads = asyncio.Semaphore(MOST_LONG_READS)
        self._waiting_reads = 0
        self._wrong = ""  # by the last ping

    @property
    def many_processes(self) -> bool:
        """Whether others may write to this store at the same time."""
        return isinstance(self.store, PostgresStore)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one moment of the store. Raises StoreError."""
        try:
            async with self._pools.reading.connect() as connection:
                yield connection
        except (sa.exc.SQLAlchemyError, OSError) as error:
            raise StoreError(f"Cannot read the store {str(self.store)!r}: {_words_of(error)}") from error

    @asynccontextmanager
    async def reading_at_length(self) -> AsyncIterator[AsyncConnection]:
        """The same for what may take seconds, a few at a time: the others wait for their turn. Raises StoreError."""
        if self._waiting_reads >= MOST_WAITING_READS:
            raise StoreError(f"{MOST_WAITING_READS} reports and the like wait to be added up already; ask again later")
        self._waiting_reads += 1
        try:
            await self._long_reads.acquire()
        finally:
            self._waiting_reads -= 1
        try:
            async with self.reading() as connection:
                yield connection
        finally:
            self._long_reads.release()

    async def glance(self, name: str, **bound: object) -> Sequence[Sequence[Any]]:
        """What one statement of `queries.sql` says now; for those that are asked every second, or more often. Raises StoreError."""
        if self._glances is not None:
            return await self._glances.rows(name, bound)
        async with self.reading() as connection:
            return (await connection.execute(STATEMENTS[name], bound)).all()

    async def changes_of(self, name: str) -> int:
        """How often what is called so in `revisions` was changed. Raises StoreError."""
        rows = await self.glance("count_of_changes", changed=name)
        return int(rows[0][0]) if rows else 0

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction, committed at the end, one at a time of all processes; keep it short. Raises StoreError.

        What is read in it stays true until it is committed, but for what the ledger writes: on a file that waits too, on PostgreSQL its
        rows may come in between.
        """
        try:
            async with self._pools.writing.begin() as connection:
                yield connection
        except (sa.exc.SQLAlchemyError, OSError) as error:
            raise StoreError(f"Cannot write to the store {str(self.store)!r}: {_words_of(error)}") from error

    @asynccontextmanager
    async def at_once(self) -> AsyncIterator[AsyncConnection]:
        """For statements each of which is right by itself, whoever else writes: none waits for its turn. Raises StoreError."""
        try:
            async with self._pools.at_once.begin() as connection:
                yield connection
        except (sa.exc.SQLAlchemyError, OSError) as error:
            raise StoreError(f"Cannot write to the store {str(self.store)!r}: {_words_of(error)}") from error

    async def ping(self) -> str | None:
        """None when the store answers, else what is wrong, in words for everybody: a driver's name hosts and files, and are logged."""
        told = why = ""
        try:
            async with asyncio.timeout(PING_TIMEOUT_S), self.reading() as connection:
                await connection.exec_driver_sql("SELECT revision FROM revisions LIMIT 1")
        except StoreError as error:
            told, why = "cannot be read; the log says why", error.message
        except TimeoutError:
            told = why = f"has not answered within {PING_TIMEOUT_S:g} s"
        if why != self._wrong:  # balancers ask every few seconds
            self._wrong = why
            if why:
                _log.error("the store does not answer", store=str(self.store), why=why)
            else:
                _log.info("the store answers again", store=str(self.store))
        return told or None

    async def tidy(self) -> None:
        """Have what was deleted gone from a file's write-ahead log too; PostgreSQL's own housekeeping does it there. Raises StoreError."""
        if isinstance(self.store, Path):
            await asyncio.to_thread(_checkpoint, self.store)

    async def close(self) -> None:
        """Close all connections."""
        if self._glances is not None:
            await self._glances.close()
        await self._pools.close()


def _words_of(error: Exception) -> str:
    """The driver's own words, without what SQLAlchemy puts around them: its class, its documentation's address."""
    return str(getattr(error, "orig", None) or error)


async def open_database(store: Store) -> Database:
    """A store for reading and administering, beside running gateways or without one. Raises StoreError."""
    if isinstance(store, PostgresStore):
        await asyncio.to_thread(check_postgres, store)
    else:
        await asyncio.to_thread(_check_file, store)
    return Database(store)


def _check_file(store: Path) -> None:
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
