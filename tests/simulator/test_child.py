"""Simulated vendors in a process of their own: there while somebody needs them, gone with whoever did."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from urllib.parse import urlsplit

import aiohttp
import pytest

from lanewise.simulator.child import simulated_vendors
from patience import PATIENCE_S
from processes import clean_environment

#: A parent that is killed before it can tidy up.
PARENT = """
import asyncio, os, signal
from lanewise.simulator.child import simulated_vendors

async def main():
    async with simulated_vendors(0.0) as url:
        print(url, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def books(url: str) -> bool:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/__books__") as response:
        return bool((await response.json())["simulated"])


async def closed(url: str) -> bool:
    """Wait until nobody listens there any more."""
    at = urlsplit(url)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                _, writer = await asyncio.open_connection(at.hostname, at.port)
            except ConnectionRefusedError:
                return True
            writer.close()
            await asyncio.sleep(0.02)


async def test_they_answer_while_the_block_runs_and_not_after_it() -> None:
    async with simulated_vendors(0.0) as url:
        assert await books(url)
    with pytest.raises(aiohttp.ClientConnectionError):
        await books(url)


async def test_they_end_with_their_parent_even_when_it_is_killed() -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT), stdout=asyncio.subprocess.PIPE, env=clean_environment()
    )
    assert parent.stdout is not None
    url = (await parent.stdout.readline()).decode().strip()
    assert url.startswith("http://127.0.0.1:")
    assert await parent.wait() == -signal.SIGKILL

    assert await closed(url)


async def test_vendors_that_do_not_start_are_an_error_that_says_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(RuntimeError, match="run 'lanewise simulate' to see why"):
        async with simulated_vendors(0.0):
            pass
