"""What a system of the benchmark needs beside it, as the tests start it. Its own CPU is not counted."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from bench import install

_START_S = 60.0


def postgres(folder: Path) -> str:
    """The URL of an empty database; that of PG_URL must be empty already. Raises NotInstalledError where there is none for this machine."""
    return os.environ.get("PG_URL") or _kept("postgres_server.py", folder)


def redis(folder: Path) -> str:
    """The URL of an empty Redis, else that of REDIS_URL. Raises NotInstalledError where there is none for this machine."""
    return os.environ.get("REDIS_URL") or _kept("redis_server.py", folder)


def _kept(script: str, folder: Path) -> str:
    """The address of a server that the tests' own script keeps until this process ends."""
    address, log = folder / f"{script}.url", folder / f"{script}.log"
    command = [sys.executable, str(install.ROOT / "tests" / script), str(address), str(os.getpid())]
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True)
    give_up_s = time.monotonic() + _START_S
    while not address.exists():
        if process.poll() is not None or time.monotonic() > give_up_s:
            raise install.NotInstalledError(f"{script} did not start: {log.read_text(errors='replace')[-1000:]}")
        time.sleep(0.05)
    return address.read_text()
