"""Copies a store while the gateway runs."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore, Store
from lanewise.stores.database import open_database
from lanewise.stores.postgres import without_password
from lanewise.stores.sqlite_file import CopyProgress, copy_file


@dataclass(frozen=True, kw_only=True, slots=True)
class Backup:
    """A copy that was made and checked."""

    store: Store
    copy: Path
    size_bytes: int


async def backup(store: Store, target: Path, on_progress: CopyProgress | None = None) -> Backup:
    """Copy one moment of a store to a new file, complete or not at all, and check it. `on_progress` is called in another thread.

    Of a database it is an archive of `pg_dump`, for `pg_restore`.

    Raises StoreError: there is no such store, the target exists, or the copy fails its check.
    """
    database = await open_database(store)
    try:
        if isinstance(store, PostgresStore):
            await asyncio.to_thread(_dump, store, target)
        else:
            await asyncio.to_thread(copy_file, store, target, on_progress)
    finally:
        await database.close()
    return Backup(store=store, copy=target, size_bytes=target.stat().st_size)  # noqa: ASYNC240 - a stat


def _dump(store: PostgresStore, target: Path) -> None:
    if target.exists():
        raise StoreError(f"{str(target)!r} exists and is not overwritten: name another file")
    address, password = without_password(store)
    if shutil.which("pg_dump") is None or shutil.which("pg_restore") is None:
        raise StoreError(
            "`pg_dump` is not on the PATH: install PostgreSQL's client programs of the server's version or a newer one, or run "
            f"`pg_dump --format=custom --file={target} '{address}'` where they are"
        )
    environment = os.environ if password is None else {**os.environ, "PGPASSWORD": password}
    part = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        for command in (
            ["pg_dump", "--format=custom", "--no-owner", f"--file={part}", f"--dbname={address}"],
            ["pg_restore", "--list", str(part)],  # reads its table of contents
        ):
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - a list, no shell
            if done.returncode:
                raise StoreError(f"Cannot copy the store {str(store)!r}: {command[0]} said: {done.stderr.strip()}")
        part.rename(target)
    except OSError as error:
        raise StoreError(f"Cannot copy the store {str(store)!r} to {str(target)!r}: {error}") from error
    finally:
        part.unlink(missing_ok=True)
