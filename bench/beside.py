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
    """The URL of an empty database on a server that ends with this process; that of PG_URL must be empty already.

    Raises NotInstalledError where there is none for this machine.
    """
    given = os.environ.get("PG_URL")
    if given:
        return given
    url, log = folder / "url", folder / "keeper.log"
    keeper = [sys.executable, str(install.ROOT / "tests" / "postgres_server.py"), str(url), str(os.getpid())]
    with log.open("wb") as said:
        process = subprocess.Popen(keeper, stdout=said, stderr=said, start_new_session=True)
    give_up_s = time.monotonic() + _START_S
    while not url.exists():
        if process.poll() is not None or time.monotonic() > give_up_s:
            raise install.NotInstalledError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-1000:]}")
        time.sleep(0.05)
    return url.read_text()
