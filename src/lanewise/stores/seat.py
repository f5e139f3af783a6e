"""What a serving process holds of its store, so that it knows who else serves from it."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore, Store, beside
from lanewise.stores.file_lock import FileLock
from lanewise.stores.migrate import check_postgres, migrate
from lanewise.stores.postgres import TRY_SERVING, connect_postgres
from lanewise.stores.sqlite_file import GatewayLock

if TYPE_CHECKING:
    import psycopg

#: A number that a store is known by under any address; a copy that is restored has it too.
_NAME_STORE = "INSERT INTO revisions (name, revision) VALUES ('store_id', %s) ON CONFLICT DO NOTHING"
_STORE_ID = "SELECT revision FROM revisions WHERE name = 'store_id'"


@asynccontextmanager
async def seat_at(store: Store, clock: Clock) -> AsyncIterator[Store]:
    """The store as this process may serve from it, until the end. A file is made and migrated; a database has to be.

    Raises StoreError: another gateway serves from it, or it cannot be reached.
    """
    async with AsyncExitStack() as stack:
        if isinstance(store, PostgresStore):
            yield await _of_database(stack, store)
        else:
            yield await _of_file(stack, store, clock)


async def _of_file(stack: AsyncExitStack, store: Path, clock: Clock) -> Path:
    stack.enter_context(GatewayLock(store))
    await migrate(store, clock)
    return store


async def _of_database(stack: AsyncExitStack, store: PostgresStore) -> PostgresStore:
    await asyncio.to_thread(check_postgres, store)
    store = _placed(stack, store)
    connection = await asyncio.to_thread(connect_postgres, store)
    stack.callback(connection.close)
    if not _asked(connection, TRY_SERVING):
        raise StoreError(
            f"The store {str(store)!r} is in use by another gateway: stop that one, or give this one a database, or a schema, of its own"
        )
    connection.execute(_NAME_STORE, (secrets.randbits(63),))
    _keep_apart(store, str(_asked(connection, _STORE_ID)))
    return store


def _asked(connection: psycopg.Connection[Any], statement: LiteralString) -> object:
    row = connection.execute(statement).fetchone()
    return None if row is None else row[0]


def _keep_apart(store: PostgresStore, store_id: str) -> None:
    """A folder is one database's, whatever its address: what waits in it for one must never be written to another."""
    file = store.folder / "lanewise.store"
    try:
        if not file.exists():
            file.write_text(store_id)
        known = file.read_text()
    except OSError as error:
        raise StoreError(f"Cannot use the folder {str(store.folder)!r} of `spool`: {error}") from error
    if known != store_id:
        raise StoreError(
            f"The folder {str(store.folder)!r} has what belongs to another store than {str(store)!r}: name another folder with `spool:`"
        )


def _placed(stack: AsyncExitStack, store: PostgresStore) -> PostgresStore:
    """The store with the first place in its folder that no other process has."""
    try:
        store.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"Cannot make the folder {str(store.folder)!r} of `spool`: {error}") from error
    for place in itertools.count():
        placed = replace(store, place=place)
        lock = FileLock(beside(placed, "lock"))
        if lock.take() is None:
            stack.callback(lock.release)
            return placed
    raise AssertionError  # the count does not end
