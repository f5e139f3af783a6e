"""SQLite stores that need no migration: one is really migrated in each process of the run, the others are its copies."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from lanewise.core.clock import SystemClock
from lanewise.stores.migrate import migrate


def ready_store(at: Path) -> Path:
    """A store at this path, as a first start leaves it."""
    at.write_bytes(_migrated())
    at.chmod(0o600)
    return at


@cache
def _migrated() -> bytes:
    folder = Path(tempfile.mkdtemp())
    try:
        store = folder / "lanewise.db"
        with ThreadPoolExecutor(1) as thread:  # whoever asks may be on a loop already
            thread.submit(lambda: asyncio.run(migrate(store, SystemClock()))).result()
        return store.read_bytes()
    finally:
        shutil.rmtree(folder)
