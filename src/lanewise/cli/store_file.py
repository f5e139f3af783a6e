"""Which store a command works on, and how it is made where there is none. `serve` owns its store; these work beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lanewise.core.caching import PGVECTOR
from lanewise.stores.address import Store, store_at

if TYPE_CHECKING:
    from lanewise.config.document import Document
    from lanewise.stores.migrate import Migration

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
    document = policy_document(config)
    named, folder = (None, None) if document is None else (document.data.get("store"), document.data.get("spool"))
    return store_at(
        named if isinstance(named, str) else DEFAULT_STORE, Path(folder) if isinstance(folder, str) else None
    )


def wants_vectors(config: Path | None) -> bool:
    """Whether the policy has similar questions found in the store. Raises PolicyError where it cannot be read."""
    document = policy_document(config)
    return document is not None and document.table("cache").get("semantic_index") == PGVECTOR


def policy_document(config: Path | None) -> Document | None:
    """The policy file, as far as it can be read; None where there is none. Raises PolicyError."""
    import os

    from lanewise.config.document import read_document, read_policy_file
    from lanewise.config.mistakes import InvalidPolicy

    file = config or (DEFAULT_POLICY if DEFAULT_POLICY.exists() else None)
    if file is None:
        return None
    document = read_document(read_policy_file(file), os.environ)
    named = document.data.get("store")
    if isinstance(named, dict | list):
        document.at_value(("store",), "is not a single value", "Write a file's path or an address, or remove the line.")
    if grave := [each for each in document.mistakes if each.key in ("", "store")]:
        raise InvalidPolicy(str(file), grave)
    return document


async def make_current(store: Store) -> Migration | None:
    """Make the store, or bring it to this version's schema; None where that is done. No gateway may hold a file meanwhile.

    Raises StoreError.
    """
    from lanewise.core.clock import SystemClock
    from lanewise.stores.migrate import migrate
    from lanewise.stores.sqlite_file import GatewayLock

    if not isinstance(store, Path):
        done = await migrate(store, SystemClock())
        return done if done.steps else None
    if is_current(store):
        return None
    with GatewayLock(store):
        return await migrate(store, SystemClock())


def is_current(store: Path) -> bool:
    """Whether the file is there with this version's schema. Raises StoreError where it is something else."""
    from contextlib import closing

    from lanewise.stores.migrate import schema_of
    from lanewise.stores.schema import HEAD
    from lanewise.stores.sqlite_file import connect

    if not store.exists():
        return False
    with closing(connect(store)) as connection:
        return schema_of(connection, store) == HEAD
