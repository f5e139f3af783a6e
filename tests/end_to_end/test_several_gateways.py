"""Two gateways on one PostgreSQL: a key is paid once whichever of them is asked, and what one is told the other heeds."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
import pytest_asyncio

from end_to_end.stage import PATIENT, asks, eventually, policy, vendors_at
from lanewise.stores.address import PostgresStore
from postgres_server import Stores
from processes import GatewayProcess, command, gateway, simulator
from stores.opening import sql

KEYS = 60
LATER = range(100, 100 + KEYS)
ADMIN = {"authorization": "Bearer lw_admin-of-several-gateways"}


@pytest.fixture(scope="module")
def simulator_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Vendors that take some time, so that there is always something under way."""
    with simulator(tmp_path_factory.mktemp("vendors"), time_scale=0.05) as url:
        yield url


class Stage(NamedTuple):
    """A database, and whoever serves from it."""

    store: PostgresStore
    folder: Path
    gateways: list[GatewayProcess]


@pytest.fixture(scope="module")
def stage(simulator_url: str, postgres_stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two gateways for all tests here: the last one kills one of them."""
    folder = tmp_path_factory.mktemp("several")
    text = policy(simulator_url, store="${STORE}", spool="spool", cache={"exact": True})
    (folder / "lanewise.yaml").write_text(text)
    with postgres_stores.one() as url, ExitStack() as stack:
        env = {"STORE": url, "LANEWISE_ADMIN_KEY": ADMIN["authorization"].removeprefix("Bearer ")}
        gateways = [stack.enter_context(gateway(cwd=folder, env=env)) for _ in range(2)]
        yield Stage(PostgresStore(url, folder / "spool"), folder, gateways)


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=PATIENT, connector=aiohttp.TCPConnector(limit=0)) as session:
        yield session


class Heard(NamedTuple):
    status: int
    idempotent: str | None
    body: bytes


async def ask(http: aiohttp.ClientSession, url: str, number: int) -> Heard | None:
    """One of two twins; None where the gateway was gone before it had said all."""
    body = {"model": "lane:standard", "messages": asks(f"What is {number} + 1?"), "stream": bool(number % 2)}
    try:
        async with http.post(
            f"{url}/v1/chat/completions", json=body, headers=ADMIN | {"idempotency-key": f"key-{number}"}
        ) as response:
            told = response.headers.get("x-lanewise-idempotent")
            return Heard(response.status, told, await response.read())
    except aiohttp.ClientError:
        return None


async def paid(simulator_url: str) -> Counter[str]:
    """How often the vendors were asked each question."""
    async with aiohttp.ClientSession(timeout=PATIENT) as http, http.get(f"{simulator_url}/__log__") as response:
        rows = (await response.json())["requests"]
    return Counter(row["body"]["messages"][-1]["content"] for row in rows)


async def test_twins_in_two_processes_are_paid_once_and_told_the_same(
    stage: Stage, simulator_url: str, http: aiohttp.ClientSession
) -> None:
    one, two = (each.url for each in stage.gateways)
    async with vendors_at(simulator_url):
        pairs = await asyncio.gather(
            *(asyncio.gather(ask(http, one, number), ask(http, two, number)) for number in range(KEYS))
        )
        assert set((await paid(simulator_url)).values()) == {1}
    for first, second in pairs:
        assert first is not None
        assert second is not None
        assert first.status == second.status == 200
        assert first.body == second.body
    told = Counter(
        frozenset((str(first and first.idempotent), str(second and second.idempotent))) for first, second in pairs
    )
    assert sum(told.values()) == KEYS
    assert all("None" in each for each in told), "of two twins one was run for"
    with sql(stage.store) as connection:
        assert rows(connection) == (KEYS, KEYS)
        await eventually(lambda: none_claimed(connection))


async def none_claimed(connection: Any) -> bool:
    return bool(connection.execute("SELECT COUNT(*) FROM claims").fetchone() == (0,))


async def post(http: aiohttp.ClientSession, url: str, path: str, body: Any) -> tuple[int, Any]:
    async with http.post(url + path, json=body, headers=ADMIN) as response:
        return response.status, await response.json()


async def let_in(http: aiohttp.ClientSession, url: str, key: str) -> bool:
    async with http.get(f"{url}/v1/models", headers={"authorization": f"Bearer {key}"}) as response:
        assert response.status in (200, 401)
        return response.status == 200


async def test_a_key_is_good_and_dead_in_all_processes_and_both_write_one_audit_log(
    stage: Stage, http: aiohttp.ClientSession
) -> None:
    one, two = (each.url for each in stage.gateways)
    made = await asyncio.gather(
        *(post(http, url, "/admin/keys", {"tenant": "acme"}) for url in (one, two) for _ in range(5))
    )
    assert {status for status, _ in made} == {201}
    key = made[0][1]
    await eventually(lambda: let_in(http, two, key["key"]), within_s=5)
    async with http.delete(f"{one}/admin/keys/{key['key_id']}", headers=ADMIN) as response:
        assert response.status == 200
    assert not await let_in(http, one, key["key"])

    async def dead() -> bool:
        return not await let_in(http, two, key["key"])

    await eventually(dead, within_s=5)  # half a second by design; a busy machine may take longer
    checked = command("audit", "verify", "--store", stage.store.url, cwd=stage.folder)
    assert checked.returncode == 0, checked.stderr


async def test_an_answer_that_is_withdrawn_in_one_process_is_given_by_no_other(
    stage: Stage, http: aiohttp.ClientSession
) -> None:
    body = {"model": "lane:standard", "messages": asks()}
    one, two = (each.url for each in stage.gateways)

    async def given(url: str) -> bool:
        async with http.post(f"{url}/v1/chat/completions", json=body, headers=ADMIN) as response:
            assert response.status == 200
            return response.headers["x-lanewise-cache"] == "hit"

    assert not await given(one)
    await eventually(lambda: given(two))
    forgotten = command("cache", "forget", "--all", "--store", stage.store.url, cwd=stage.folder)
    assert forgotten.returncode == 0, forgotten.stderr + forgotten.stdout
    async with asyncio.timeout(5):  # a second by design
        while await given(two):
            await asyncio.sleep(0.02)


def rows(connection: Any) -> tuple[int, int]:
    """How many runs are in the ledger, and how many answers are kept for their keys."""
    found = connection.execute("SELECT (SELECT COUNT(*) FROM runs), (SELECT COUNT(*) FROM kept_answers)").fetchone()
    return int(found[0]), int(found[1])


async def test_what_a_killed_process_was_about_to_answer_the_other_answers(
    stage: Stage, simulator_url: str, http: aiohttp.ClientSession
) -> None:
    doomed, other = stage.gateways
    with sql(stage.store) as connection:
        before = rows(connection)
    async with vendors_at(simulator_url):
        asked = [asyncio.create_task(ask(http, doomed.url, number)) for number in LATER]
        twins = [asyncio.create_task(ask(http, other.url, number)) for number in LATER]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        doomed.child.kill()
        theirs, ours = await asyncio.gather(*asked), await asyncio.gather(*twins)
        calls = await paid(simulator_url)
    doomed.stop(signal.SIGKILL)

    broken = {number for number, each in zip(LATER, theirs, strict=True) if each is None}
    assert broken, "it was not killed in the middle"
    for number, first, second in zip(LATER, theirs, ours, strict=True):
        assert second is not None
        assert second.status == 200, second.body
        if first is not None:
            assert first.body == second.body
        assert 1 <= calls[f"What is {number} + 1?"] <= 1 + (number in broken)
    with sql(stage.store) as connection:
        assert rows(connection) == tuple(each + KEYS for each in before)
        assert connection.execute("SELECT COUNT(*) FROM processes").fetchone() == (1,)
