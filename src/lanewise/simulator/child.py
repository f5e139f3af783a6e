"""Simulated vendors in a process of their own, for whoever wants them beside itself."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def simulated_vendors(time_scale: float) -> AsyncIterator[str]:
    """Run `lanewise simulate` until the block ends or this process does, however it ends; yields the vendors' URL.

    Raises RuntimeError when they do not start.
    """
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "lanewise", "simulate"),
        *("--port", "0", "--time-scale", str(time_scale), "--with-parent", "--json"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C is for its parent, which may still have answers to finish
    )
    try:
        assert child.stdout is not None
        line = await child.stdout.readline()
        if not line:
            raise RuntimeError("The simulated vendors did not start; run 'lanewise simulate' to see why")
        yield json.loads(line)["base_url"]
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()
