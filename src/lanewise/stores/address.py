"""Where a store is: a SQLite file, or a PostgreSQL database with a folder of this machine beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from lanewise.core.errors import StoreError

DEFAULT_FOLDER = Path("lanewise-spool")
_SCHEME = re.compile(r"postgres(ql)?://", re.IGNORECASE)
_PARTS = re.compile(r"(?P<scheme>\w+://)(?P<authority>[^/?#]*)(?P<path>[^?#]*)")


@dataclass(frozen=True, slots=True)
class PostgresStore:
    """A PostgreSQL database as libpq is told of it. Its text, which messages and logs have, leaves passwords out.

    What must not depend on the database lies in `folder`: the ledger's spool, rows that the database refused, the key of what is sealed.
    """

    url: str = field(repr=False)
    folder: Path = DEFAULT_FOLDER
    place: int = 0  # of the process among those that share the folder: each has a spool of its own

    def __str__(self) -> str:
        found = _PARTS.match(self.url)
        if found is None:
            return "postgresql://"
        who, at, hosts = found["authority"].rpartition("@")
        return f"{found['scheme']}{who.partition(':')[0]}{at}{hosts}{found['path']}"


Store: TypeAlias = Path | PostgresStore


def store_at(text: str | Path, folder: Path | None = None) -> Store:
    """The store that a policy or a command line names. Raises StoreError for an address of another kind."""
    if isinstance(text, Path):
        return text
    if _SCHEME.match(text):
        found = _PARTS.match(text)
        if found is not None and found["authority"].count("@") > 1:
            raise StoreError("The store's address has more than one @: write one that is part of a password as %40")
        return PostgresStore(text, folder or DEFAULT_FOLDER)
    if "://" in text:
        scheme = text.partition("://")[0]
        raise StoreError(
            f"The store cannot be at an address of the kind {scheme!r}: name a SQLite file, or write postgresql://USER@HOST/DATABASE"
        )
    return Path(text)


def beside(store: Store, ending: str) -> Path:
    """The file of this machine that belongs to a store, by its ending: `spool`, `refused`, `key`."""
    if isinstance(store, PostgresStore):
        return store.folder / (f"lanewise.{ending}" if ending == "key" else f"lanewise-{store.place}.{ending}")
    return store.with_name(f"{store.name}.{ending}")
