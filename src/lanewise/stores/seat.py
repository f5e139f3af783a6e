"""What a serving process holds of its store, so that it knows who else serves from it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore, Store, beside
from lanewise.stores.file_lock import FileLock
from lanewise.stores.migrate import migrate
from lanewise.stores.postgres import TRY_SERVING, connect_postgres
from lanewise.stores.sqlite_file import GatewayLock


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
    store = _placed(stack, store)
    connection = await asyncio.to_thread(connect_postgres, store)
    stack.callback(connection.close)
    if not (connection.execute(TRY_SERVING).fetchone() or (False,))[0]:
        raise StoreError(
            f"The store {str(store)!r} is in use by another gateway: stop that one, or give this one a database, or a schema, of its own"
        )
    return store


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
