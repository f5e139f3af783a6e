"""Brings a store to this version's schema: all pending steps in one transaction. Of a file a copy is made beside it before."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore, Store
from lanewise.stores.migration_steps import STEPS, Steps
from lanewise.stores.postgres import TAKE_MIGRATING, connect_postgres, oldest_release_of, schema_of_postgres
from lanewise.stores.schema import HEAD
from lanewise.stores.sqlite_file import connect, copy_file

_DDL_LOCK_TIMEOUT_S = 10  # a change of a table that waits longer for readers would hold up every writer behind it


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """What `migrate` did."""

    store: Store
    before: str | None  # the schema found; None: a new store
    after: str
    steps: tuple[str, ...] = ()  # as `0002: what it does`
    copy: Path | None = None  # the file as it was, where it was not new


async def migrate(store: Store, clock: Clock, *, steps: Path = STEPS) -> Migration:
    """Make the store, or bring it to the latest schema. Of a file whoever calls it holds the GatewayLock.

    On PostgreSQL whoever else migrates waits, and gateways go on: each release runs on the schema of the one after it.

    Raises StoreError: the store cannot be opened, is another program's, or was written by a newer Lanewise.
    """
    if isinstance(store, PostgresStore):
        return await asyncio.to_thread(_migrate_postgres, store, steps)
    return await asyncio.to_thread(_migrate_file, store, clock.now_s(), steps)


def schema_of(connection: sqlite3.Connection, store: Path) -> str | None:
    """The schema a file has; None for an empty one. Raises StoreError where the file is something else."""
    try:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" in tables:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            if row is not None:
                return str(row[0])
    except sqlite3.Error as error:
        raise StoreError(f"Cannot read the store {str(store)!r}: {error}") from error
    if tables:
        raise StoreError(f"{str(store)!r} is a database of another program: name another file with `store:`")
    return None


def check_postgres(store: PostgresStore) -> None:
    """Whether this version runs on a database as it is. Raises StoreError, saying what to do."""
    with closing(connect_postgres(store)) as connection:
        schema = schema_of_postgres(connection, store)
        if schema == HEAD:
            return
        if schema is None:
            raise StoreError(f"The store {str(store)!r} has no tables yet: run `lanewise migrate`")
        known = Steps()
        if schema in known:
            raise StoreError(
                f"The store {str(store)!r} has schema {schema}, this Lanewise needs {HEAD}: run `lanewise migrate`"
            )
        if oldest_release_of(connection, store) not in known:
            raise _too_new(store, schema)


def _migrate_file(store: Path, now_s: float, folder: Path) -> Migration:
    with closing(connect(store, create=True)) as connection:
        before = schema_of(connection, store)
    if before == HEAD and folder == STEPS:
        return Migration(store=store, before=before, after=HEAD)
    steps = Steps(folder)
    pending = _pending(steps, before, store)
    copy = _copy(store, before, now_s) if before is not None and pending else None
    if pending:
        with _connected(store) as connected:
            connected.exec_driver_sql("BEGIN IMMEDIATE")
            steps.run(connected)
            connected.commit()
    return Migration(store=store, before=before, after=steps.head, steps=tuple(pending), copy=copy)


def _migrate_postgres(store: PostgresStore, folder: Path) -> Migration:
    with closing(connect_postgres(store)) as connection:
        before = schema_of_postgres(connection, store)
    if before == HEAD and folder == STEPS:
        return Migration(store=store, before=before, after=HEAD)
    steps = Steps(folder)
    with _connected(store) as connected:
        connected.exec_driver_sql("SET LOCAL lock_timeout = 0")  # another's steps may take long
        connected.exec_driver_sql(TAKE_MIGRATING)
        connected.exec_driver_sql(f"SET LOCAL lock_timeout = {round(_DDL_LOCK_TIMEOUT_S * 1000)}")
        raw: Any = connected.connection.driver_connection
        before = schema_of_postgres(raw, store)  # as the other left it
        pending = _pending(steps, before, store)
        if pending:
            steps.run(connected)
        connected.commit()
    return Migration(store=store, before=before, after=steps.head, steps=tuple(pending))


def _pending(steps: Steps, before: str | None, store: Store) -> tuple[str, ...]:
    if before is not None and before not in steps:
        raise _too_new(store, before, steps.head)
    return tuple(steps.after(before))


def _too_new(store: Store, schema: str, head: str = HEAD) -> StoreError:
    return StoreError(
        f"The store {str(store)!r} has schema {schema}, and this Lanewise knows only up to {head}: "
        "a newer version wrote it. Run that version, or use a copy made before it"
    )


@contextmanager
def _connected(store: Store) -> Iterator[sa.Connection]:
    """A connection for one transaction of steps. Raises StoreError for whatever goes wrong in them."""
    if isinstance(store, PostgresStore):
        engine = sa.create_engine(
            "postgresql+psycopg://", creator=lambda: _in_transactions(store), poolclass=sa.NullPool
        )
    else:
        engine = sa.create_engine("sqlite://", creator=lambda: connect(store), poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    except sa.exc.SQLAlchemyError as error:
        raise StoreError(f"The store {str(store)!r} could not be migrated and is as it was: {error}") from error
    finally:
        engine.dispose()


def _in_transactions(store: PostgresStore) -> object:
    connection = connect_postgres(store)
    connection.autocommit = False
    return connection


def _copy(store: Path, schema: str, now_s: float) -> Path:
    stamp = dt.datetime.fromtimestamp(now_s, dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    target = store.with_name(f"{store.name}.schema-{schema}.{stamp}")
    copy_file(store, target)
    return target
