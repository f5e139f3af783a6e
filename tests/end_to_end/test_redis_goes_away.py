"""Two gateways on one database and one Redis: limits hold for both together, and Redis going away costs no request and no row."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

import aiohttp
import pytest

from end_to_end.stage import PATIENT, asks, policy
from lanewise.stores.address import PostgresStore
from patience import PATIENCE_S
from postgres_server import Stores
from processes import GatewayProcess, gateway, simulator
from redis_server import OwnRedis, own_redis
from stores.opening import sql

AT_ONCE = 6
ADMIN = {"authorization": "Bearer lw_admin-of-two-that-share"}


class Stage(NamedTuple):
    """Who shares what."""

    store: PostgresStore
    redis: OwnRedis
    gateways: list[GatewayProcess]


@pytest.fixture(scope="module")
def stage(postgres_stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two gateways on a database and a Redis of their own."""
    folder = tmp_path_factory.mktemp("sharing")
    with ExitStack() as stack:
        vendors = stack.enter_context(simulator(tmp_path_factory.mktemp("vendors"), time_scale=0.02))
        redis = stack.enter_context(own_redis())
        url = stack.enter_context(postgres_stores.one())
        tenants = {"admin": {"concurrency": AT_ONCE, "rate": "100000/min"}}
        text = policy(vendors, store="${STORE}", spool="spool", redis={"url": redis.url}, tenants=tenants)
        (folder / "lanewise.yaml").write_text(text)
        env = {"STORE": url, "LANEWISE_ADMIN_KEY": ADMIN["authorization"].removeprefix("Bearer ")}
        gateways = [stack.enter_context(gateway(cwd=folder, env=env)) for _ in range(2)]
        yield Stage(PostgresStore(url, folder / "spool"), redis, gateways)


class Heard(NamedTuple):
    """An answer or a refusal."""

    status: int
    alone: bool
    code: str


async def ask(http: aiohttp.ClientSession, url: str, number: int, **headers: str) -> Heard:
    body = {"model": "lane:standard", "messages": asks(f"What is {number} + 1?")}
    async with http.post(f"{url}/v1/chat/completions", json=body, headers=ADMIN | headers) as response:
        told = await response.json()
        word = response.headers.get("x-lanewise-limits")
        assert (word == "alone") == (told.get("lanewise", {}).get("limits", word) == "alone")
        return Heard(response.status, word == "alone", str(told.get("error", {}).get("code", "")))


def _came_since(heard: list[Heard], at: int, many: int, *, alone: bool = False) -> bool:
    return sum(each.alone or not alone for each in heard[at:]) > many


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.02)


def rows(store: PostgresStore) -> int:
    with sql(store) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM runs").fetchone()[0])


async def test_places_hold_for_both_together_and_who_can_wait_is_let_in(stage: Stage) -> None:
    before = rows(stage.store)
    async with aiohttp.ClientSession(timeout=PATIENT, connector=aiohttp.TCPConnector(limit=0)) as http:
        urls = [each.url for each in stage.gateways] * 20
        waits = {"x-lanewise-latency": "can_wait"}
        waited = await asyncio.gather(*(ask(http, url, number, **waits) for number, url in enumerate(urls)))
        assert {each.status for each in waited} == {200}
        hurried = await asyncio.gather(*(ask(http, url, number) for number, url in enumerate(urls)))
    assert {each.code for each in hurried if each.status != 200} == {"tenant.concurrency"}
    answered = sum(each.status == 200 for each in hurried)
    assert AT_ONCE <= answered < len(urls)
    assert not any(each.alone for each in (*waited, *hurried))
    assert rows(stage.store) == before + len(urls) + answered


async def test_redis_standing_still_and_killed_under_load_loses_no_request_and_no_row(stage: Stage) -> None:
    before, heard = rows(stage.store), list[Heard]()
    over = asyncio.Event()

    async def keeps_asking(url: str, http: aiohttp.ClientSession) -> None:
        while not over.is_set():
            heard.append(await ask(http, url, len(heard)))

    async with aiohttp.ClientSession(timeout=PATIENT, connector=aiohttp.TCPConnector(limit=0)) as http:
        callers = [asyncio.create_task(keeps_asking(each.url, http)) for each in stage.gateways for _ in range(2)]
        try:
            for how in (signal.SIGSTOP, signal.SIGKILL):
                at = len(heard)
                await _until(partial(_came_since, heard, at, 10))
                stage.redis.send(how)
                await _until(partial(_came_since, heard, at, 20, alone=True))
                if how is signal.SIGSTOP:
                    stage.redis.send(signal.SIGCONT)
                else:
                    stage.redis.stop()
                    stage.redis.start()
                await _until(lambda: not any(each.alone for each in heard[-20:]))
        finally:
            over.set()
            await asyncio.gather(*callers)
    # Four callers, and three places for each of two processes.
    assert {(each.status, each.code, each.alone) for each in heard if each.status != 200} == set()
    assert rows(stage.store) == before + len(heard)
