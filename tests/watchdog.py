"""Ends servers that tests have started, and removes their folders, where the tests are killed and cannot.

One process of each test process, from its first server on. It holds the reading end of a pipe that nobody writes to any more once the
tests are gone; what was not released by then is ended and removed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Watchdog:
    """Of this process; a process that was forked from it has none yet."""

    def __init__(self) -> None:
        self._pid = 0
        self._orders = -1

    @contextmanager
    def over(self, folder: Path) -> Iterator[None]:
        """Have the folder removed, and whose process id stands in its file `pid` ended, should this process be gone before."""
        self._tell(b"+", folder)
        try:
            yield
        finally:
            self._tell(b"-", folder)

    def _tell(self, order: bytes, folder: Path) -> None:
        if self._pid != os.getpid():
            self._begin()
        os.write(self._orders, order + os.fsencode(folder) + b"\n")

    def _begin(self) -> None:
        reading, writing = os.pipe()
        arguments = [sys.executable, "-S", __file__]
        os.posix_spawn(
            sys.executable, arguments, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, reading, 0)], setsid=True
        )
        os.close(reading)
        self._pid, self._orders = os.getpid(), writing


WATCHDOG = Watchdog()


def watch() -> None:
    """Take orders until there is nobody who could give any, then end and remove what is left."""
    watched: dict[str, None] = {}
    for line in sys.stdin:
        if line[0] == "+":
            watched[line[1:-1]] = None
        else:
            watched.pop(line[1:-1], None)
    for folder in map(Path, watched):
        with suppress(OSError, ValueError):
            _end(int((folder / "pid").read_text()))
        shutil.rmtree(folder, ignore_errors=True)


def _end(pid: int) -> None:
    """A fast shutdown, which PostgreSQL needs to take its shared memory away; who does not listen is killed."""
    os.kill(pid, signal.SIGINT)
    for _ in range(100):
        time.sleep(0.05)
        os.kill(pid, 0)
    os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    watch()
