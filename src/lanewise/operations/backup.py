"""Copies a store while the gateway runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from lanewise.stores.database import open_database
from lanewise.stores.sqlite_file import CopyProgress, copy_file


@dataclass(frozen=True, kw_only=True, slots=True)
class Backup:
    """A copy that was made and checked."""

    store: Path
    copy: Path
    size_bytes: int


async def backup(store: Path, target: Path, on_progress: CopyProgress | None = None) -> Backup:
    """Copy one moment of a store to a new file, complete or not at all, and check it. `on_progress` is called in another thread.

    Raises StoreError: there is no such store, the target exists, or the copy fails its integrity check.
    """
    database = await open_database(store)
    try:
        await asyncio.to_thread(copy_file, store, target, on_progress)
    finally:
        await database.close()
    return Backup(store=store, copy=target, size_bytes=target.stat().st_size)  # noqa: ASYNC240 - a stat
