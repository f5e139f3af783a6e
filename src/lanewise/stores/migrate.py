"""Brings a store to this version's schema: all pending steps in one transaction, after a copy of the file is made beside it."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.stores.schema import HEAD
from lanewise.stores.sqlite_file import connect, copy_file

STEPS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """What `migrate` did."""

    store: Path
    before: str | None  # the schema found; None: a new store
    after: str
    steps: tuple[str, ...] = ()  # as `0002: what it does`
    copy: Path | None = None  # the store as it was, where it was not new


async def migrate(store: Path, clock: Clock, *, steps: Path = STEPS) -> Migration:
    """Make the store, or bring it to the latest schema. Whoever calls it holds the GatewayLock.

    Raises StoreError: the file cannot be opened, is another program's, or was written by a newer Lanewise.
    """
    return await asyncio.to_thread(_migrate, store, clock.now_s(), steps)


def schema_of(connection: sqlite3.Connection, store: Path) -> str | None:
    """The schema a store has; None for an empty file. Raises StoreError where the file is something else."""
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


def _migrate(store: Path, now_s: float, steps: Path) -> Migration:
    with closing(connect(store, create=True)) as connection:
        before = schema_of(connection, store)
    if before == HEAD and steps == STEPS:
        return Migration(store=store, before=before, after=HEAD)
    return _upgrade(store, before, now_s, steps)


def _upgrade(store: Path, before: str | None, now_s: float, steps: Path) -> Migration:
    # Alembic takes most of a second to import; a start with nothing to migrate does without it.
    from alembic.command import upgrade  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(steps).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())[::-1]
    known = [script.revision for script in scripts]
    if before is not None and before not in known:
        raise StoreError(
            f"The store {str(store)!r} has schema {before}, and this Lanewise knows only up to {known[-1]}: "
            "a newer version wrote it. Run that version, or use a copy made before it"
        )
    pending = scripts if before is None else scripts[known.index(before) + 1 :]
    done = Migration(
        store=store,
        before=before,
        after=known[-1],
        steps=tuple(f"{script.revision}: {script.doc}" for script in pending),
        copy=_copy(store, before, now_s) if before is not None and pending else None,
    )
    if pending:
        engine = sa.create_engine("sqlite://", creator=lambda: connect(store), poolclass=sa.NullPool)
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                config.attributes["connection"] = connection
                upgrade(config, "head")
                connection.commit()
        except sa.exc.SQLAlchemyError as error:
            raise StoreError(f"The store {str(store)!r} could not be migrated and is as it was: {error}") from error
        finally:
            engine.dispose()
    return done


def _copy(store: Path, schema: str, now_s: float) -> Path:
    stamp = dt.datetime.fromtimestamp(now_s, dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    target = store.with_name(f"{store.name}.schema-{schema}.{stamp}")
    copy_file(store, target)
    return target
