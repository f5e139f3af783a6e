"""What a serving process holds of its store: a file alone; of a database a place beside others, or alone where the policy wants it so.

Read `roll` for how gateways of one database know of one another.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, LiteralString

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore, Store, beside
from lanewise.stores.file_lock import FileLock
from lanewise.stores.migrate import check_postgres, migrate
from lanewise.stores.postgres import (
    NO_LONGER_ALONE,
    NO_LONGER_BESIDE,
    TRY_SERVING,
    TRY_SERVING_ALONE,
    connect_postgres,
    driver,
)
from lanewise.stores.sqlite_file import GatewayLock

if TYPE_CHECKING:
    import psycopg

#: A number that a store is known by under any address; a copy that is restored has it too.
_NAME_STORE = "INSERT INTO revisions (name, revision) VALUES ('store_id', %s) ON CONFLICT DO NOTHING"
_STORE_ID = "SELECT revision FROM revisions WHERE name = 'store_id'"
_ANSWER_TIMEOUT_S = 5.0
_TRIES, _BETWEEN_TRIES_S = 10, 0.05  # at start: the server notices a moment later that a killed gateway is gone


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    """A store as one process may serve from it."""

    store: Store
    process: str  # its name among those that serve from the store, and ever did
    before: str = ""  # who had its place before, and is gone for certain
    session: Session | None = None  # of a database: what the place is held by


class Session:
    """A connection whose locks say that a gateway serves from the database. It may break, and is then made anew."""

    def __init__(self, store: PostgresStore, alone: str) -> None:
        """`alone` says why no other gateway may serve beside this one; empty: they may."""
        self._store = store
        self.alone = alone
        self._connection: psycopg.Connection[Any] | None = None

    def connected(self, tries: int = 1) -> psycopg.Connection[Any]:
        """The connection, with the lock taken. Raises StoreError: it cannot be had, or others do not let this one serve."""
        if self._connection is None:
            connection = connect_postgres(self._store, answer_timeout_s=_ANSWER_TIMEOUT_S)
            while not asked(connection, TRY_SERVING_ALONE if self.alone else TRY_SERVING):
                tries -= 1
                if tries == 0:
                    connection.close()
                    raise NoSeat(self._refusal())
                time.sleep(_BETWEEN_TRIES_S)
            self._connection = connection
        return self._connection

    def stand(self, alone: str) -> None:
        """Be alone from now on, or no longer. Raises NoSeat: others serve; nothing has changed then."""
        if bool(alone) == bool(self.alone):
            self.alone = alone
            return
        connection = self.connected()
        before, self.alone = self.alone, alone
        if not asked(connection, TRY_SERVING_ALONE if alone else TRY_SERVING):
            refusal, self.alone = self._refusal(), before
            raise NoSeat(refusal)
        connection.execute(NO_LONGER_BESIDE if alone else NO_LONGER_ALONE)

    def leave(self) -> None:
        """Give the seat up: the server would only do it a moment after the connection is closed."""
        if self._connection is not None:
            with suppress(driver().Error):
                self._connection.execute("SELECT pg_advisory_unlock_all()")
        self.drop()

    def drop(self) -> None:
        """Close a connection that is of no use any more."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with suppress(driver().Error):
                connection.close()

    def _refusal(self) -> str:
        if self.alone:
            return f"The store {str(self._store)!r} is in use by another gateway, and this one cannot serve beside it: {self.alone}"
        return (
            f"The store {str(self._store)!r} is in use by another gateway, which has to serve alone: by its policy, or because it is of an "
            "older version. Stop that one, or give this one a database, or a schema, of its own"
        )


class NoSeat(StoreError):
    """Another gateway serves from the store, and not beside this one."""


@asynccontextmanager
async def seat_at(store: Store, clock: Clock, *, alone: str = "") -> AsyncIterator[Seat]:
    """The store as this process may serve from it, until the end. A file is made and migrated; a database has to be.

    `alone` says why no other gateway may serve from the same database. Raises StoreError: one does, or the store cannot be reached.
    """
    process = secrets.token_hex(8)
    async with AsyncExitStack() as stack:
        if isinstance(store, PostgresStore):
            yield await _of_database(stack, store, process, alone)
        else:
            stack.enter_context(GatewayLock(store))
            await migrate(store, clock)
            yield Seat(store=store, process=process)


async def _of_database(stack: AsyncExitStack, store: PostgresStore, process: str, alone: str) -> Seat:
    await asyncio.to_thread(check_postgres, store)
    store = _placed(stack, store)
    session = Session(store, alone)
    stack.callback(session.leave)
    connection = await asyncio.to_thread(session.connected, _TRIES)
    connection.execute(_NAME_STORE, (secrets.randbits(63),))
    _keep_apart(store, str(asked(connection, _STORE_ID)))
    return Seat(store=store, process=process, before=_named(store, process), session=session)


def asked(connection: psycopg.Connection[Any], statement: LiteralString) -> object:
    """The first column of the first row."""
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


def _named(store: PostgresStore, process: str) -> str:
    """Write down who has the place; who had it before cannot live any more, since the place was free."""
    file = beside(store, "process")
    try:
        before = file.read_text() if file.exists() else ""
        file.write_text(process)
    except OSError as error:
        raise StoreError(f"Cannot use the folder {str(store.folder)!r} of `spool`: {error}") from error
    return before
