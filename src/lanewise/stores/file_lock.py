"""A file that one process holds at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from lanewise.core.errors import StoreError


class FileLock:
    """A lock that the kernel frees when its process ends, however it ends. The file stays: removing it would race with the next one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> str | None:
        """None once it is ours; else the process that has it, as far as it said. Raises StoreError where the file cannot be opened."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(
                f"Cannot open {str(self._path)!r}: {error}. Check that its folder exists and may be written"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            return holder
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor
        return None

    def release(self) -> None:
        """Free it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
