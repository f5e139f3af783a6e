"""Which store a command works on, and how it is made where there is none. `serve` owns its store; these work beside it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, TypeVar

import click

from lanewise.cli.late import late
from lanewise.core.caching import PGVECTOR
from lanewise.core.clock import SystemClock
from lanewise.stores.address import Store, store_at

with late():
    from lanewise.config import document, mistakes
    from lanewise.stores import database, migrate, schema, sqlite_file

# As in bootstrap/, which takes too long to import for two names; a test compares them.
DEFAULT_POLICY = Path("lanewise.yaml")
DEFAULT_STORE = "lanewise.db"

STORE_HELP = "SQLite file, or a PostgreSQL address; default: the policy's store, else lanewise.db."

Command = TypeVar("Command", bound=Callable[..., Any])


def store_options(command: Command) -> Command:
    """`--store` and `--config`, for every command that works on a store."""
    config = click.option(
        "--config",
        type=click.Path(path_type=Path),
        default=None,
        help="Policy file that names the store; default: lanewise.yaml if it is there.",
    )
    return store_option(config(command))


def store_option(command: Command) -> Command:
    """`--store` alone."""
    return click.option("--store", default=None, callback=_named, help=STORE_HELP)(command)


def _named(_context: click.Context, _parameter: click.Parameter, text: str | None) -> Store | None:
    return None if text is None else store_at(text)


def store_of(store: Store | None, config: Path | None) -> Store:
    """The store that is meant. Of a policy only its `store` is read: keys are needed where no vendor's key is set.

    Raises PolicyError where the policy cannot be read.
    """
    if store is not None:
        return store
    policy = policy_document(config)
    named, folder = (None, None) if policy is None else (policy.data.get("store"), policy.data.get("spool"))
    return store_at(
        named if isinstance(named, str) else DEFAULT_STORE, Path(folder) if isinstance(folder, str) else None
    )


def wants_vectors(config: Path | None) -> bool:
    """Whether the policy has similar questions found in the store. Raises PolicyError where it cannot be read."""
    policy = policy_document(config)
    return policy is not None and policy.table("cache").get("semantic_index") == PGVECTOR


def policy_document(config: Path | None) -> document.Document | None:
    """The policy file, as far as it can be read; None where there is none. Raises PolicyError."""
    file = config or (DEFAULT_POLICY if DEFAULT_POLICY.exists() else None)
    if file is None:
        return None
    read = document.read_document(document.read_policy_file(file), os.environ)
    named = read.data.get("store")
    if isinstance(named, dict | list):
        read.at_value(("store",), "is not a single value", "Write a file's path or an address, or remove the line.")
    if grave := [each for each in read.mistakes if each.key in ("", "store")]:
        raise mistakes.InvalidPolicy(str(file), grave)
    return read


@asynccontextmanager
async def opened(store: Store) -> AsyncIterator[database.Database]:
    """The store's database, closed at the end. Raises StoreError."""
    found = await database.open_database(store)
    try:
        yield found
    finally:
        await found.close()


async def make_current(store: Store) -> migrate.Migration | None:
    """Make the store, or bring it to this version's schema; None where that is done. No gateway may hold a file meanwhile.

    Raises StoreError.
    """
    if not isinstance(store, Path):
        done = await migrate.migrate(store, SystemClock())
        return done if done.steps else None
    if is_current(store):
        return None
    with sqlite_file.GatewayLock(store):
        return await migrate.migrate(store, SystemClock())


def is_current(store: Path) -> bool:
    """Whether the file is there with this version's schema. Raises StoreError where it is something else."""
    if not store.exists():
        return False
    with closing(sqlite_file.connect(store)) as connection:
        return migrate.schema_of(connection, store) == schema.HEAD
