"""A server that stands by for the processes of one run, and ends with them."""

from __future__ import annotations

import os
import time
from pathlib import Path


def stand_by(known: Path, address: str, owner_pid: int) -> None:
    """Write where the server is, all at once, and wait until the process that it is for is gone."""
    fresh = known.with_suffix(".new")
    fresh.write_text(address)
    fresh.rename(known)
    while _lives(owner_pid):
        time.sleep(0.2)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
