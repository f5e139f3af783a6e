"""Two gateways on one PostgreSQL and one cap: whichever is asked, and though one is killed in the middle, it is never passed."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest

from end_to_end.stage import PATIENT, asks, eventually, policy, sdk, vendors_at
from lanewise.stores.address import PostgresStore
from processes import gateway, simulator
from stores.opening import sql

CAP_NANOUSD = 20_000_000  # $0.02
CALLERS = 6  # of each gateway
ASKED: Any = {"model": "sim-haiku", "messages": asks("Tell me about fences"), "max_tokens": 100}


@pytest.fixture(scope="module")
def simulator_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Vendors that take some time, so that there is always something under way."""
    with simulator(tmp_path_factory.mktemp("vendors"), time_scale=0.03) as url:
        yield url


async def spend_on(url: str) -> Counter[str]:
    """Callers that ask until each is told that the budget is used up, or nothing any more."""
    became: Counter[str] = Counter()

    async def ask_on(client: openai.AsyncOpenAI, caller: int) -> None:
        while True:
            try:
                if caller % 2:
                    await client.chat.completions.create(**ASKED)
                else:
                    async for _ in await client.chat.completions.create(**ASKED, stream=True):
                        pass
                became["answered"] += 1
            except openai.APIError as error:
                became["refused" if error.code == "tenant.daily" else "cut off"] += 1
                return

    async with sdk(url) as client:
        await asyncio.gather(*(ask_on(client, caller) for caller in range(CALLERS)))
    return became


async def stands(url: str) -> dict[str, Any]:
    """How the cap stands, by what both have told the database."""
    async with aiohttp.ClientSession(timeout=PATIENT) as http, http.get(f"{url}/admin/budgets?tenant=dev") as response:
        (found,) = (await response.json())["budgets"]
        return dict(found)


def long_ago(store: PostgresStore) -> None:
    """As if whoever holds anything had not been heard of for long."""
    with sql(store) as connection:
        connection.execute("UPDATE leases SET expires_us = 1 WHERE amount > 0")


async def test_a_cap_that_gateways_share_is_never_passed_though_one_is_killed(
    simulator_url: str, postgres_store: PostgresStore, tmp_path: Path
) -> None:
    text = policy(simulator_url, store="${STORE}", spool="spool", tenants={"dev": {"budget": {"daily": "$0.02"}}})
    (tmp_path / "lanewise.yaml").write_text(text)

    def served() -> Any:
        return gateway("--dev", cwd=tmp_path, env={"STORE": postgres_store.url})

    async with vendors_at(simulator_url) as vendors:

        async def paid() -> int:
            return int((await vendors.page("books"))["total"]["cost_nanousd"])

        async def a_third_is_paid() -> bool:
            return await paid() > CAP_NANOUSD / 3

        with served() as doomed, served() as other:
            spending = [asyncio.create_task(spend_on(each.url)) for each in (doomed, other)]
            await eventually(a_third_is_paid)
            doomed.child.kill()
            cut_off, refused = await asyncio.gather(*spending)
            await asyncio.to_thread(doomed.stop, signal.SIGKILL)
            stood = await stands(other.url)
            assert await paid() <= CAP_NANOUSD
            long_ago(postgres_store)
            assert (await spend_on(other.url))["refused"] == CALLERS
            assert await paid() <= CAP_NANOUSD
            await asyncio.to_thread(other.stop)

    assert cut_off["cut off"] > 0, "it was not killed in the middle"
    assert refused["refused"] == CALLERS
    assert stood["amount"] == CAP_NANOUSD
    assert stood["spent"] + stood["held"] + stood["leased"] <= CAP_NANOUSD
    with sql(postgres_store) as connection:
        ((in_rows,),) = connection.execute("SELECT sum(cost_nanousd + held_nanousd) FROM runs").fetchall()
        ((settled, unaccounted),) = connection.execute(
            "SELECT settled, unaccounted FROM budget_books WHERE settled > 0"
        ).fetchall()
    assert CAP_NANOUSD * 0.95 <= settled <= CAP_NANOUSD
    assert unaccounted > 0, "calls were under way when it was killed"
    assert in_rows + unaccounted == settled
