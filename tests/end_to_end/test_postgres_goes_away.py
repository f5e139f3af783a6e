"""PostgreSQL stopped under load, and started again: nobody's answer is lost, no row twice, and who cannot be served is told so."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import psycopg
import pytest

from end_to_end.stage import PATIENT, Vendors, asks, eventually, policy
from lanewise.core.clock import SystemClock
from lanewise.stores.address import PostgresStore
from lanewise.stores.migrate import migrate
from postgres_server import OwnServer, binaries, own_server
from processes import gateway

CALLERS = 8


@pytest.fixture
def server() -> Iterator[OwnServer]:
    if binaries() is None:
        pytest.skip("no wheel of PostgreSQL for this machine")
    with own_server() as server:
        yield server


class Load:
    """Callers that ask one question after another, and what each was told."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http
        self._asked = 0
        self.runs: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.without_hint = 0

    async def call(self) -> None:
        while True:
            self._asked += 1
            body = {"model": "sim-standard", "messages": asks(f"What is {self._asked} + 1?")}
            async with self._http.post(f"{self._url}/v1/chat/completions", json=body) as response:
                await response.read()
                self.statuses[response.status] += 1
                if response.status == 200:
                    self.runs.append(response.headers["x-lanewise-run"])
                else:
                    self.without_hint += "retry-after" not in response.headers
                    await asyncio.sleep(0.02)

    async def answered(self, more: int) -> None:
        """Until so many more have their answer."""
        enough = len(self.runs) + more
        await eventually(lambda: _true(len(self.runs) >= enough))

    async def refused(self, more: int) -> None:
        """Until so many more were told to come again."""
        enough = self.statuses[503] + more
        await eventually(lambda: _true(self.statuses[503] >= enough))


async def _true(holds: bool) -> bool:
    return holds


@asynccontextmanager
async def load_on(url: str) -> AsyncIterator[Load]:
    async with aiohttp.ClientSession(timeout=PATIENT) as http:
        load = Load(url, http)
        callers = [asyncio.create_task(load.call()) for _ in range(CALLERS)]
        yield load
        for each in callers:
            each.cancel()
        await asyncio.gather(*callers, return_exceptions=True)


async def ready(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession(timeout=PATIENT) as http, http.get(f"{url}/ready") as response:
        return response.status, str((await response.json())["checks"]["store"])


def kept(url: str) -> tuple[list[str], int]:
    """The ids of all runs in the database, and the calls that they made."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT run_id, calls FROM runs").fetchall()
    return [run_id for run_id, _ in rows], sum(calls for _, calls in rows)


async def test_a_database_that_crashes_under_load_loses_and_doubles_nothing(
    server: OwnServer, simulator_url: str, vendors: Vendors, tmp_path: Path
) -> None:
    await migrate(PostgresStore(server.url, tmp_path), SystemClock())
    (tmp_path / "lanewise.yaml").write_text(policy(simulator_url, store="${STORE}", spool=str(tmp_path / "spool")))
    with gateway("--dev", "--config", "lanewise.yaml", cwd=tmp_path, env={"STORE": server.url}) as running:
        async with load_on(running.url) as load:
            await load.answered(20)
            assert await ready(running.url) == (200, "ok")
            await asyncio.to_thread(server.stop, signal.SIGQUIT)
            await load.refused(5)
            status, said = await ready(running.url)
            assert status == 503
            assert "takes no writes" in said
            await asyncio.to_thread(server.start)
            await load.answered(20)
            assert await ready(running.url) == (200, "ok")
        assert running.stop() == 0
        said_in_all = "".join(running.lines)
    assert set(load.statuses) == {200, 503}
    assert load.without_hint == 0
    runs, calls = kept(server.url)
    assert set(load.runs) <= set(runs)
    assert calls == len(await vendors.calls())
    assert "spool replayed" in said_in_all, (
        "no answer was in flight when the database went, so this test showed nothing"
    )
    assert "s3cr3t-pw" not in said_in_all
