"""`lanewise serve --workers 3`: one port, one killed under load by the official SDK, nothing lost, nothing doubled, and it is back."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import openai
import pytest

from end_to_end.stage import PATIENT, Vendors, asks, eventually, policy, sdk
from lanewise.stores.address import PostgresStore
from postgres_server import Stores
from processes import GatewayProcess, command, gateway
from stores.opening import sql

COPIES = 3
CALLERS = 12


class Served(NamedTuple):
    parent: GatewayProcess
    store: PostgresStore
    folder: Path


@pytest.fixture(scope="module")
def served(simulator_url: str, postgres_stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("workers")
    (folder / "lanewise.yaml").write_text(policy(simulator_url, store="${STORE}", spool="spool"))
    with (
        postgres_stores.one() as url,
        gateway("--dev", "--workers", str(COPIES), cwd=folder, env={"STORE": url}) as parent,
    ):
        parent.wait_for("all copies serve")
        yield Served(parent, PostgresStore(url, folder / "spool"), folder)


def living(store: PostgresStore) -> dict[int, str]:
    """Every copy's process id, with the address that is its alone."""
    with sql(store) as connection:
        return {int(pid): str(url) for pid, url in connection.execute("SELECT pid, url FROM processes").fetchall()}


class Callers:
    """Applications that ask one thing after the other, and remember which runs they were told whole."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.whole: Counter[str] = Counter()
        self.broken = 0

    async def ask_on(self, caller: int) -> None:
        turn = 0
        # A connection stays with the copy that took it: each request has its own.
        async with sdk(self._url, default_headers={"connection": "close"}) as client:
            while True:
                turn += 1
                question = f"What is {turn} * {caller + 3}?"
                try:
                    run = await (self._streamed(client, question) if turn % 2 else self._told(client, question))
                except (openai.APIConnectionError, aiohttp.ClientError):
                    self.broken += 1
                else:
                    self.whole[run] += 1

    @staticmethod
    async def _told(client: openai.AsyncOpenAI, question: str) -> str:
        raw = await client.chat.completions.with_raw_response.create(model="lane:standard", messages=asks(question))
        assert raw.parse().choices[0].message.content
        return raw.headers["x-lanewise-run"]

    @staticmethod
    async def _streamed(client: openai.AsyncOpenAI, question: str) -> str:
        async with client.chat.completions.with_streaming_response.create(
            model="lane:standard", messages=asks(question), stream=True
        ) as raw:
            said = [line async for line in raw.iter_lines()]
            if "data: [DONE]" not in said:
                raise aiohttp.ClientError
            return raw.headers["x-lanewise-run"]


async def test_a_copy_that_is_killed_under_load_loses_nothing_and_is_back(served: Served, vendors: Vendors) -> None:
    callers = Callers(served.parent.url)
    before = await eventually(lambda: all_of(served))
    asking = [asyncio.create_task(callers.ask_on(caller)) for caller in range(CALLERS)]
    await eventually(lambda: told(callers, 40))
    doomed = next(iter(before))
    os.kill(doomed, signal.SIGKILL)
    after = await eventually(lambda: all_of(served, without=doomed))
    enough = callers.whole.total() + 40
    await eventually(lambda: told(callers, enough))
    for each in asking:
        each.cancel()
    await asyncio.gather(*asking, return_exceptions=True)

    assert len(after) == COPIES
    assert set(callers.whole.values()) == {1}
    with sql(served.store) as connection:
        rows = connection.execute("SELECT run_id, outcome, process FROM runs").fetchall()
    kept = Counter(run_id for run_id, _, _ in rows)
    assert set(kept.values()) == {1}
    assert set(callers.whole) <= set(kept), "an answer that a caller read to its end has no row"
    assert {outcome for run_id, outcome, _ in rows if run_id in callers.whole} == {"success"}
    assert len({process for _, _, process in rows}) >= COPIES, "every copy has answered"


async def all_of(served: Served, without: int = 0) -> dict[int, str] | None:
    found = living(served.store)
    return found if len(found) == COPIES and without not in found and all(found.values()) else None


async def told(callers: Callers, count: int) -> bool:
    return callers.whole.total() >= count


async def test_a_caller_that_leaves_ends_the_vendor_s_call(
    served: Served, vendors: Vendors, simulator_url: str
) -> None:
    await vendors.fails(kind="slow_first_token", s=30)
    async with aiohttp.ClientSession(timeout=PATIENT) as http:
        body = {"model": "lane:standard", "messages": asks()}
        asking = asyncio.create_task(http.post(f"{served.parent.url}/v1/chat/completions", json=body))
        await vendors.call_that(lambda row: not row["ended_at"])
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        row: dict[str, Any] = await vendors.call_that(lambda row: bool(row["client_left"]))
    assert row["client_left"]["after_s"] < 20


async def test_each_copy_is_reached_by_itself_and_commands_find_one(served: Served) -> None:
    async with aiohttp.ClientSession(timeout=PATIENT) as http:
        for url in living(served.store).values():
            async with http.get(f"{url}/health") as response:
                assert response.status == 200
    made = command("keys", "create", "--tenant", "acme", "--json", cwd=served.folder, env={"STORE": served.store.url})
    assert made.returncode == 0, made.stderr
    assert [each["tenant"] for each in json.loads(made.stdout)] == ["acme"]


def test_the_processes_are_told(served: Served) -> None:
    told = command("processes", cwd=served.folder, env={"STORE": served.store.url})
    assert told.returncode == 0, told.stderr
    assert all(str(pid) in told.stdout and url in told.stdout for pid, url in living(served.store).items())
    assert "different policies" not in told.stderr


def test_a_signal_ends_all_of_them(served: Served) -> None:
    pids = list(living(served.store))
    assert served.parent.stop() == 0
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert living(served.store) == {}
