"""One SQLite file: how it is opened, and the lock that keeps a second gateway off it. Read `database` and `ledger_file` next."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import NoneType, TracebackType
from typing import Self

from lanewise.core.errors import StoreError
from lanewise.stores.file_lock import FileLock

BUSY_TIMEOUT_S = 5.0  # how long a write waits for another process's short transaction
_COPIED_PAGES = 2048  # between two words on how far a copy is

# The driver binds None and bytes as they are, but first looks for an adapter in three places, which takes it longer than binding.
sqlite3.register_adapter(NoneType, lambda none: none)
sqlite3.register_adapter(bytes, bytes)

CopyProgress = Callable[[int, int], None]
"""Takes the pages that are copied, and how many there are."""

_ROOM_BYTES = 1 << 20  # less is no room for a write-ahead log


def connect(path: Path, *, create: bool = False, busy_timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """A driver connection in autocommit mode, write-ahead logged, every commit synced. Raises StoreError.

    Unless `create`, a missing file is an error: a store that vanished must not come back empty.
    """
    try:
        if create:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=busy_timeout_s,
        )
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"Cannot open the store {str(path)!r}: {error}. "
            + (
                "It is a folder: name a file in it"
                if path.is_dir()
                else "Check that its folder exists and may be written"
            )
        ) from error
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.Error as error:
        connection.close()
        raise StoreError(f"Cannot use {str(path)!r} as a store: {error}{_if_full(path)}") from error
    return connection


def _if_full(path: Path) -> str:
    """What SQLite does not say: it calls a disk without room for its log an I/O error."""
    room = os.statvfs(path.parent)
    free_bytes = room.f_bavail * room.f_frsize
    return "" if free_bytes >= _ROOM_BYTES else f". The disk has {free_bytes:,} bytes left: make room"


def copy_file(source: Path, target: Path, on_progress: CopyProgress | None = None) -> None:
    """Copy a store while it is in use: one consistent moment of it, checked, complete or absent. Raises StoreError."""

    def copied(_: int, remaining: int, total: int) -> None:
        if on_progress is not None:
            on_progress(total - remaining, total)

    if target.exists():
        raise StoreError(f"{str(target)!r} exists and is not overwritten: name another file")
    if not target.parent.is_dir():
        raise StoreError(f"Cannot copy to {str(target)!r}: there is no folder {str(target.parent)!r}; make it first")
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        with closing(connect(source)) as original, closing(connect(part, create=True)) as copy:
            # A read that stays open holds the moment still: a copy in parts would else begin anew after every write.
            original.execute("BEGIN")
            original.execute("SELECT 1 FROM sqlite_master").fetchone()
            original.backup(copy, pages=_COPIED_PAGES, progress=copied)
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
            copy.execute("PRAGMA journal_mode=DELETE")  # a copy is one file, without -wal beside it
        if verdict != "ok":
            raise StoreError(f"The copy of {str(source)!r} is damaged, so the store is: {verdict}")
        _sync(part)
        part.rename(target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"Cannot copy the store {str(source)!r} to {str(target)!r}: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class GatewayLock:
    """Held by the one gateway process of a store. The kernel frees it when that process ends, however it ends."""

    def __init__(self, store: Path) -> None:
        real = store.resolve()  # two names of one file are one store
        self._store = store
        self._lock = FileLock(real.with_name(f"{real.name}.lock"))

    def acquire(self) -> None:
        """Take the lock. Raises StoreError, naming the process that has it."""
        holder = self._lock.take()
        if holder is not None:
            raise StoreError(
                f"The store {str(self._store)!r} is in use by another gateway, process {holder}: one SQLite file serves one process. "
                "Stop that process, or give this gateway a file of its own with `store: OTHER.db`"
            )

    def release(self) -> None:
        """Free the lock; the file stays, since removing it would race with the next process."""
        self._lock.release()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
