"""Gateways on one PostgreSQL and one port: a key is paid once whoever is asked, what one is told all heed, and a killed one is back."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import openai
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from end_to_end.stage import PATIENT, Vendors, asks, eventually, policy, sdk, vendors_at
from lanewise.core.clock import SystemClock
from lanewise.stores.address import PostgresStore
from lanewise.stores.audit_log import AuditLog
from postgres_server import Stores
from processes import GatewayProcess, command, gateway, simulator
from stores.opening import database_of, sql

KEYS = 60
LATER = range(100, 100 + KEYS)
COPIES = 3
CALLERS = 12
KEY = "lw_admin-of-several-gateways"
ADMIN = {"authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def simulator_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Vendors that take some time, so that there is always something under way."""
    with simulator(tmp_path_factory.mktemp("vendors"), time_scale=0.05) as url:
        yield url


class Stage(NamedTuple):
    """A database, and three gateways that serve from it on one port."""

    store: PostgresStore
    folder: Path
    parent: GatewayProcess

    def living(self) -> dict[int, str]:
        """Every gateway's process id, with the address that is its alone."""
        with sql(self.store) as connection:
            rows = connection.execute("SELECT pid, url FROM processes ORDER BY url").fetchall()
        return {int(pid): str(url) for pid, url in rows}

    async def all_of_them(self, without: int = 0) -> dict[int, str]:
        """The same, once all serve and one that was killed is none of them."""

        async def found() -> dict[int, str] | None:
            there = self.living()
            return there if len(there) == COPIES and without not in there and all(there.values()) else None

        return dict(await eventually(found))

    async def two(self) -> list[str]:
        """The addresses of two of them."""
        return list((await self.all_of_them()).values())[:2]


@pytest.fixture(scope="module")
def stage(simulator_url: str, postgres_stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("several")
    text = policy(simulator_url, store="${STORE}", spool="spool", cache={"exact": True})
    (folder / "lanewise.yaml").write_text(text)
    with postgres_stores.one() as url:
        env = {"STORE": url, "LANEWISE_ADMIN_KEY": KEY}
        with gateway("--workers", str(COPIES), cwd=folder, env=env) as parent:
            parent.wait_for("all copies serve")
            yield Stage(PostgresStore(url, folder / "spool"), folder, parent)


@pytest_asyncio.fixture
async def vendors(simulator_url: str) -> AsyncIterator[Vendors]:
    async with vendors_at(simulator_url) as at:
        yield at


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


async def ask_till_told(http: aiohttp.ClientSession, url: str, number: int) -> Heard:
    """Again by the same key where it broke off: a stream that was joined ends with the process that makes it."""
    while (heard := await ask(http, url, number)) is None:
        pass
    return heard


async def paid(simulator_url: str) -> Counter[str]:
    """How often the vendors were asked each question."""
    async with aiohttp.ClientSession(timeout=PATIENT) as http, http.get(f"{simulator_url}/__log__") as response:
        rows = (await response.json())["requests"]
    return Counter(row["body"]["messages"][-1]["content"] for row in rows)


async def test_twins_in_two_processes_are_paid_once_and_told_the_same(
    stage: Stage, simulator_url: str, http: aiohttp.ClientSession
) -> None:
    one, two = await stage.two()
    with sql(stage.store) as connection:
        before = rows(connection)
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
        assert rows(connection) == tuple(each + KEYS for each in before)
        await eventually(lambda: none_claimed(connection))


async def test_a_stream_follows_its_twin_in_another_process_as_it_is_made(
    stage: Stage, vendors: Vendors, http: aiohttp.ClientSession
) -> None:
    one, two = await stage.two()
    await vendors.fails(kind="slow_tokens", s=1, after=1)  # all but the first words come a second late, each
    body = {"model": "lane:standard", "messages": asks("What is 777 + 1?"), "stream": True}
    sent: dict[str, Any] = {"json": body, "headers": ADMIN | {"idempotency-key": "followed"}}
    async with http.post(f"{one}/v1/chat/completions", **sent) as first:
        begun = await first.content.readany()
        async with http.post(f"{two}/v1/chat/completions", **sent) as second:
            heard = await second.content.readany()
            (row,) = await vendors.calls()
            assert not row["ended_at"], "it was heard before the vendor had said all"
            told = begun + await first.read()
            assert heard + await second.read() == told
    assert (first.headers.get("x-lanewise-idempotent"), second.headers["x-lanewise-idempotent"]) == (None, "joined")
    assert first.headers["x-lanewise-run"] == second.headers["x-lanewise-run"]
    assert told.endswith(b"data: [DONE]\n\n")


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
    one, two = await stage.two()
    made = await asyncio.gather(
        *(post(http, url, "/admin/keys", {"tenant": "acme"}) for url in (one, two) for _ in range(5))
    )
    assert {status for status, _ in made} == {201}
    key = made[0][1]
    await eventually(lambda: let_in(http, two, key["key"]), within_s=30)
    async with http.delete(f"{one}/admin/keys/{key['key_id']}", headers=ADMIN) as response:
        assert response.status == 200
    assert not await let_in(http, one, key["key"])

    async def dead() -> bool:
        return not await let_in(http, two, key["key"])

    await eventually(dead, within_s=30)  # half a second by design; a busy machine may take longer
    async with database_of(stage.store) as database:
        assert (await AuditLog(database, SystemClock()).examine()).sound


async def test_an_answer_that_is_withdrawn_in_one_process_is_given_by_no_other(
    stage: Stage, http: aiohttp.ClientSession
) -> None:
    body = {"model": "lane:standard", "messages": asks()}
    one, two = await stage.two()

    async def given(url: str) -> bool:
        async with http.post(f"{url}/v1/chat/completions", json=body, headers=ADMIN) as response:
            assert response.status == 200
            return response.headers["x-lanewise-cache"] == "hit"

    assert not await given(one)
    await eventually(lambda: given(two))
    forgotten = command("cache", "forget", "--all", "--store", stage.store.url, cwd=stage.folder)
    assert forgotten.returncode == 0, forgotten.stderr + forgotten.stdout
    async with asyncio.timeout(30):  # a second by design; a busy machine may take longer
        while await given(two):
            await asyncio.sleep(0.02)


def rows(connection: Any) -> tuple[int, int]:
    """How many runs are in the ledger, and how many answers are kept for their keys."""
    found = connection.execute("SELECT (SELECT COUNT(*) FROM runs), (SELECT COUNT(*) FROM kept_answers)").fetchone()
    return int(found[0]), int(found[1])


async def test_what_a_killed_process_was_about_to_answer_the_other_answers(
    stage: Stage, simulator_url: str, http: aiohttp.ClientSession
) -> None:
    (doomed, url), (_, other) = list((await stage.all_of_them()).items())[:2]
    with sql(stage.store) as connection:
        before = rows(connection)
    async with vendors_at(simulator_url):
        asked = [asyncio.create_task(ask(http, url, number)) for number in LATER]
        twins = [asyncio.create_task(ask_till_told(http, other, number)) for number in LATER]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        os.kill(doomed, signal.SIGKILL)
        theirs, ours = await asyncio.gather(*asked), await asyncio.gather(*twins)
        calls = await paid(simulator_url)
    await stage.all_of_them(without=doomed)

    broken = {number for number, each in zip(LATER, theirs, strict=True) if each is None}
    assert broken, "it was not killed in the middle"
    for number, first, second in zip(LATER, theirs, ours, strict=True):
        assert second.status == 200, second.body
        if first is not None:
            assert first.body == second.body
        assert 1 <= calls[f"What is {number} + 1?"] <= 1 + (number in broken)
    with sql(stage.store) as connection:
        assert rows(connection) == tuple(each + KEYS for each in before)


class Callers:
    """Applications that ask one thing after the other, and remember which runs they were told whole."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.whole: Counter[str] = Counter()
        self.broken = 0

    async def ask_on(self, caller: int) -> None:
        turn = 0
        # A connection stays with the copy that took it: each request has its own.
        async with sdk(self._url, key=KEY, default_headers={"connection": "close"}) as client:
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


async def test_a_copy_that_is_killed_under_load_loses_nothing_and_is_back(stage: Stage, vendors: Vendors) -> None:
    callers = Callers(stage.parent.url)
    before = await stage.all_of_them()
    asking = [asyncio.create_task(callers.ask_on(caller)) for caller in range(CALLERS)]
    await eventually(lambda: told(callers, 30))
    doomed = next(iter(before))
    os.kill(doomed, signal.SIGKILL)
    after = await stage.all_of_them(without=doomed)
    enough = callers.whole.total() + 30
    await eventually(lambda: told(callers, enough))
    for each in asking:
        each.cancel()
    await asyncio.gather(*asking, return_exceptions=True)

    assert len(after) == COPIES
    assert set(callers.whole.values()) == {1}
    with sql(stage.store) as connection:
        rows = connection.execute("SELECT run_id, outcome, process FROM runs").fetchall()
    kept = Counter(run_id for run_id, _, _ in rows)
    assert set(kept.values()) == {1}
    assert set(callers.whole) <= set(kept), "an answer that a caller read to its end has no row"
    assert {outcome for run_id, outcome, _ in rows if run_id in callers.whole} == {"success"}
    assert len({process for _, _, process in rows}) >= COPIES, "every copy has answered"


async def told(callers: Callers, count: int) -> bool:
    return callers.whole.total() >= count


async def test_a_caller_that_leaves_ends_the_vendor_s_call(stage: Stage, vendors: Vendors, simulator_url: str) -> None:
    await vendors.fails(kind="slow_first_token", s=30)
    async with aiohttp.ClientSession(timeout=PATIENT) as http:
        body = {"model": "lane:standard", "messages": asks("What is 900 + 1?")}
        asking = asyncio.create_task(http.post(f"{stage.parent.url}/v1/chat/completions", json=body, headers=ADMIN))
        await vendors.call_that(lambda row: not row["ended_at"])
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        row: dict[str, Any] = await vendors.call_that(lambda row: bool(row["client_left"]))
    assert row["client_left"]["after_s"] < 20


async def test_each_copy_is_reached_by_itself_and_commands_find_one(stage: Stage) -> None:
    async with aiohttp.ClientSession(timeout=PATIENT) as http:
        for url in stage.living().values():
            async with http.get(f"{url}/health") as response:
                assert response.status == 200
    made = command("keys", "create", "--tenant", "acme", "--json", cwd=stage.folder, env={"STORE": stage.store.url})
    assert made.returncode == 0, made.stderr
    assert [each["tenant"] for each in json.loads(made.stdout)] == ["acme"]


async def test_the_common_port_tells_the_metrics_of_all(stage: Stage, http: aiohttp.ClientSession) -> None:
    async def runs(url: str) -> dict[str, float]:
        async with http.get(f"{url}/metrics", headers=ADMIN) as response:
            families = text_string_to_metric_families(await response.text())
        told: dict[str, float] = {}
        for sample in (sample for family in families for sample in family.samples):
            if sample.name == "lanewise_runs_total":
                copy = sample.labels.get("copy", "alone")
                told[copy] = told.get(copy, 0) + sample.value
        return told

    own = [await runs(url) for url in (await stage.all_of_them()).values()]
    for _ in range(3):  # whoever is reached
        together = await runs(stage.parent.url)
        assert set(together) <= {str(number) for number in range(COPIES)}
        assert sorted(together.values()) == sorted(each["alone"] for each in own if each)


def test_a_signal_ends_all_of_them(stage: Stage) -> None:
    pids = list(stage.living())
    assert stage.parent.stop() == 0
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert stage.living() == {}
