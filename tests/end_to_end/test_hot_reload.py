"""A policy is replaced while requests go on: whole, or not at all."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest
import pytest_asyncio

from end_to_end.bare_words import FIRST_WORDS, LAST_WORDS, TEXT
from end_to_end.stage import ANSWER, PATIENT, asks, bare_lanes, eventually, ledger, policy, sdk
from lanewise.config.load import version_of
from processes import GatewayProcess, gateway
from raw_vendor import Exchange, raw_vendor

ADMIN = "lw_admin-of-the-reload-tests"
SOON_S = 10.0  # it takes a fraction of a second; a busy machine may take longer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reload")


@pytest.fixture(scope="module")
def served(simulator_url: str, folder: Path) -> Iterator[GatewayProcess]:
    (folder / "house.yaml").write_text(policy(simulator_url))
    with gateway("--config", "house.yaml", cwd=folder, env={"LANEWISE_ADMIN_KEY": ADMIN}) as process:
        yield process


class Policy:
    """The file, and the gateway that follows it."""

    def __init__(self, file: Path, url: str, http: aiohttp.ClientSession) -> None:
        self.file = file
        self._url = url
        self._http = http

    async def in_force(self) -> str:
        async with self._http.get(f"{self._url}/ready") as response:
            return str((await response.json())["policy"])

    async def becomes(self, version: str) -> None:
        async def is_it() -> bool:
            return await self.in_force() == version

        await eventually(is_it, SOON_S)

    async def write(self, text: str) -> None:
        """Edit the file, and wait until it is in force."""
        self.file.write_text(text)
        await self.becomes(version_of(text))

    async def reload(self, key: str = ADMIN) -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {key}"}
        async with self._http.post(f"{self._url}/admin/reload", headers=headers) as response:
            return response.status, await response.json()


@pytest_asyncio.fixture
async def rules(served: GatewayProcess, folder: Path, simulator_url: str) -> AsyncIterator[Policy]:
    async with aiohttp.ClientSession(timeout=PATIENT) as http:
        rules = Policy(folder / "house.yaml", served.url, http)
        await rules.write(policy(simulator_url))
        yield rules


@pytest_asyncio.fixture
async def client(served: GatewayProcess) -> AsyncIterator[openai.AsyncOpenAI]:
    async with sdk(served.url, key=ADMIN) as official:
        yield official


async def test_an_edited_file_is_in_force_at_once(
    rules: Policy, client: openai.AsyncOpenAI, simulator_url: str
) -> None:
    with pytest.raises(openai.NotFoundError, match="There is no lane 'quick'"):
        await client.chat.completions.create(model="lane:quick", messages=asks())

    await rules.write(policy(simulator_url, lanes={"quick": {"deployments": ["simopen/sim-small"]}}))

    answer: Any = await client.chat.completions.create(model="lane:quick", messages=asks())
    assert answer.model_extra["lanewise"]["deployment"] == "simopen/sim-small"
    assert ANSWER in answer.choices[0].message.content


async def test_an_editor_that_saves_by_renaming_is_noticed(rules: Policy, simulator_url: str) -> None:
    text = policy(simulator_url, limits={"max_calls": 5})
    beside = rules.file.with_name("house.yaml~")
    beside.write_text(text)
    beside.rename(rules.file)

    await rules.becomes(version_of(text))


async def test_a_request_in_flight_finishes_on_the_policy_it_began_with(
    rules: Policy, client: openai.AsyncOpenAI, simulator_url: str, folder: Path
) -> None:
    goes_on = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.stream()
        await exchange.event(FIRST_WORDS["openai"])
        await goes_on.wait()
        await exchange.event(LAST_WORDS)
        await exchange.end()

    async with raw_vendor(script) as vendor:
        old = policy(simulator_url, **bare_lanes(vendor.address))
        await rules.write(old)
        stream = await client.chat.completions.create(model="lane:bare_openai", messages=asks(), stream=True)

        await rules.write(policy(simulator_url))
        with pytest.raises(openai.NotFoundError):
            await client.chat.completions.create(model="lane:bare_openai", messages=asks())
        goes_on.set()
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

    assert text == TEXT
    (run,) = ledger(folder / "lanewise.db", run_id=stream.response.headers["x-lanewise-run"])
    assert (run["outcome"], run["lane"], run["policy_version"]) == ("success", "bare_openai", version_of(old))
    assert run["cost_nanousd"] == 9_000 + 3_000


async def test_a_file_that_is_wrong_changes_nothing_and_the_log_says_why(
    rules: Policy, client: openai.AsyncOpenAI, served: GatewayProcess, simulator_url: str
) -> None:
    before = await rules.in_force()
    good = policy(simulator_url)
    wrong = good.replace("timeout: 30s", "timeout: soon", 1)
    line = wrong[: wrong.index("timeout: soon")].count("\n") + 1

    rules.file.write_text(wrong)
    said = await asyncio.to_thread(served.wait_for, "policy refused")

    assert f"house.yaml:{line}:" in said
    assert "lanes.small.timeout" in said
    assert before in said
    assert await rules.in_force() == before
    answer = await client.chat.completions.create(model="sim-small", messages=asks())
    assert ANSWER in (answer.choices[0].message.content or "")


async def test_an_administrator_who_reloads_is_told_every_mistake(rules: Policy, simulator_url: str) -> None:
    before = await rules.in_force()
    rules.file.write_text(
        policy(simulator_url, limits={"max_cals": 3}, lanes={"odd": {"deployments": ["nobody/model"]}})
    )

    status, told = await rules.reload()

    assert status == 422
    assert "limits.max_cals" in told["error"]["message"]
    assert "lanes.odd.deployments[0]" in told["error"]["message"]
    assert "house.yaml:" in told["error"]["message"]
    assert await rules.in_force() == before

    text = policy(simulator_url, limits={"max_calls": 3})
    rules.file.write_text(text)
    assert await rules.reload() == (200, {"version": version_of(text)})
    assert await rules.in_force() == version_of(text)


async def test_only_an_administrator_reloads(rules: Policy) -> None:
    assert (await rules.reload("lw_nobody"))[0] == 401


async def test_a_hangup_signal_reloads(rules: Policy, served: GatewayProcess) -> None:
    """The file is as it was, so nothing but the signal can have had it read."""
    told = sum('"policy in force"' in line for line in served.lines)

    os.kill(served.child.pid, signal.SIGHUP)

    async def told_again() -> bool:
        return sum('"policy in force"' in line for line in served.lines) == told + 1

    await eventually(told_again, SOON_S)
    assert served.child.poll() is None
