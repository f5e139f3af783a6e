"""A cap holds, whatever is asked at once, whoever leaves, and after a crash."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import openai

from end_to_end.stage import PATIENT, Vendors, asks, eventually, ledger, policy, sdk
from processes import gateway

ADMIN = "lw_admin-of-the-budget-tests"
CAP_NANOUSD = 10_000_000  # $0.01
CALLERS = 40
#: sim-haiku is $1 and $5 per million tokens: at most 300 bytes of input and 100 tokens of output.
WORST_NANOUSD = 300 * 1_000 + 100 * 5_000
ASKED: Any = {"model": "sim-haiku", "messages": asks("Tell me about fences"), "max_tokens": 100}


async def key_of(url: str, tenant: str) -> str:
    headers = {"authorization": f"Bearer {ADMIN}"}
    async with (
        aiohttp.ClientSession(timeout=PATIENT, headers=headers) as http,
        http.post(f"{url}/admin/keys", json={"tenant": tenant}) as response,
    ):
        return str((await response.json())["key"])


async def spend_all(client: openai.AsyncOpenAI) -> Counter[str]:
    """Forty callers ask, whole and streamed, some leaving in the middle, until each is told that the budget is used up."""
    became: Counter[str] = Counter()

    async def ask_on(caller: int) -> None:
        while True:
            try:
                if caller % 2:
                    await client.chat.completions.create(**ASKED)
                    became["whole"] += 1
                else:
                    stream = await client.chat.completions.create(**ASKED, stream=True)
                    async for _ in stream:
                        if caller % 10 == 0:
                            break
                    await stream.close()
                    became["left" if caller % 10 == 0 else "streamed"] += 1
            except openai.RateLimitError as error:
                became["refused"] += 1
                refusals.append(error)
                return

    refusals: list[openai.RateLimitError] = []
    await asyncio.gather(*(ask_on(caller) for caller in range(CALLERS)))
    for refused in refusals:
        assert refused.code == "tenant.daily"
        assert "daily budget" in refused.message
        assert refused.response.headers["x-should-retry"] == "false", "an SDK that asks again would meet the same"
        assert int(refused.response.headers["retry-after"]) > 0
    return became


async def spent(folder: Path, url: str) -> int:
    """What the ledger says that acme has spent, once no request is in flight; what was cut short counts with its worst case."""
    async with aiohttp.ClientSession(timeout=PATIENT) as http:

        async def nothing_in_flight() -> bool:
            async with http.get(f"{url}/ready") as response:
                return bool((await response.json())["in_flight"] == 0)

        await eventually(nothing_in_flight)

    async def written() -> int | None:
        rows = ledger(folder / "lanewise.db", tenant="acme")
        return sum(row["cost_nanousd"] + row["held_nanousd"] for row in rows) or None

    return int(await eventually(written))


def serving(folder: Path) -> Any:
    return gateway(cwd=folder, env={"LANEWISE_ADMIN_KEY": ADMIN})


async def test_a_cap_is_never_passed_and_outlives_a_crash(simulator_url: str, vendors: Vendors, tmp_path: Path) -> None:
    tenants = {"acme": {"budget": {"daily": "$0.01"}}}
    (tmp_path / "lanewise.yaml").write_text(policy(simulator_url, tenants=tenants))
    with serving(tmp_path) as served:
        key = await key_of(served.url, "acme")
        async with sdk(served.url, key=key) as client:
            became = await spend_all(client)
        before = await spent(tmp_path, served.url)
        paid = (await vendors.page("books"))["total"]["cost_nanousd"]
        await asyncio.to_thread(served.stop, signal.SIGKILL)

    assert became["refused"] == CALLERS
    assert min(became["whole"], became["streamed"], became["left"]) > 0
    assert before <= CAP_NANOUSD
    assert before > CAP_NANOUSD - WORST_NANOUSD, "what was set aside and not used can be spent"
    assert paid <= before, "by the vendor's own books"

    with serving(tmp_path) as served:
        async with sdk(served.url, key=key) as client:
            assert await spend_all(client) == {"refused": CALLERS}
        async with sdk(served.url, key=await key_of(served.url, "globex")) as client:
            await client.chat.completions.create(**ASKED)
        assert await spent(tmp_path, served.url) == before
