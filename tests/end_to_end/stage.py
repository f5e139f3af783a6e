"""What the end-to-end tests share: a policy over simulated vendors, their control pages, clients, and bounded waits."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import openai
import yaml

from lanewise.bootstrap import simulated_rows
from lanewise.config.simulated import simulated_policy_text
from patience import PATIENCE_S

PATIENT = aiohttp.ClientTimeout(total=PATIENCE_S)

#: One model of each dialect; a request that names it is answered by that deployment alone.
PINNED = {"openai": "sim-standard", "anthropic": "sim-sonnet"}
#: The same deployments with their places in the policy.
DEPLOYMENTS = {"openai": "simopen/sim-standard", "anthropic": "simthropic/sim-sonnet"}

QUESTION = "What is 17 * 23? Show the steps."
ANSWER = "391"


def asks(text: str = QUESTION) -> Any:
    """One user message."""
    return [{"role": "user", "content": text}]


def policy(simulator_url: str, **sections: Any) -> str:
    """The policy of `--simulate` for a simulator that runs elsewhere, with these sections laid over it."""
    whole = yaml.safe_load(simulated_policy_text(simulated_rows(simulator_url)))
    for name, section in sections.items():
        whole[name] = whole.get(name, {}) | section if isinstance(section, dict) else section
    return yaml.safe_dump(whole, sort_keys=False)


def two_vendors(**settings: Any) -> dict[str, Any]:
    """Lanes that begin at one dialect: with the other vendor behind it (`openai_first`), and alone (`openai_only`)."""
    lanes: dict[str, Any] = {}
    for first, second in (("openai", "anthropic"), ("anthropic", "openai")):
        lanes[f"{first}_first"] = {"deployments": [DEPLOYMENTS[first], DEPLOYMENTS[second]], **settings}
        lanes[f"{first}_only"] = {"deployments": [DEPLOYMENTS[first]], **settings}
    return lanes


class Vendors:
    """The simulated vendors' own pages: what they were asked, what they were paid, what goes wrong next."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http

    async def page(self, name: str) -> Any:
        async with self._http.get(f"{self._url}/__{name}__") as response:
            return await response.json()

    async def fails(self, **fault: Any) -> None:
        """From now on, this goes wrong."""
        async with self._http.post(f"{self._url}/__faults__", json=fault) as response:
            assert response.status == 201, await response.text()

    async def begin_anew(self) -> None:
        """No fault, empty books, empty log."""
        for name in ("faults", "books"):
            async with self._http.delete(f"{self._url}/__{name}__") as response:
                assert response.status == 200

    async def calls(self) -> list[dict[str, Any]]:
        """Every request the vendors got, oldest first, those in flight included."""
        return list((await self.page("log"))["requests"])

    async def call_that(self, satisfies: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The newest request to the vendors, once it satisfies."""

        async def newest() -> dict[str, Any] | None:
            rows = await self.calls()
            return rows[-1] if rows and satisfies(rows[-1]) else None

        row: dict[str, Any] = await eventually(newest)
        return row


async def eventually(look: Callable[[], Any], within_s: float = PATIENCE_S) -> Any:
    """What `look` sees, once it sees something."""
    async with asyncio.timeout(within_s):
        while True:
            seen = await look()
            if seen is not None and seen is not False:
                return seen
            await asyncio.sleep(0.02)


@asynccontextmanager
async def vendors_at(url: str) -> AsyncIterator[Vendors]:
    async with aiohttp.ClientSession(timeout=PATIENT) as http:
        vendors = Vendors(url, http)
        await vendors.begin_anew()
        yield vendors


@asynccontextmanager
async def sdk(url: str, *, key: str = "any", **options: Any) -> AsyncIterator[openai.AsyncOpenAI]:
    """The official client with nothing changed but its base URL. It does not ask again by itself: what is told is seen."""
    async with openai.AsyncOpenAI(
        base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=PATIENCE_S, **options
    ) as client:
        yield client


async def reload(url: str, *, key: str = "any") -> None:
    """Have the policy file read again, which must be right."""
    async with (
        aiohttp.ClientSession(timeout=PATIENT, headers={"authorization": f"Bearer {key}"}) as http,
        http.post(f"{url}/admin/reload") as response,
    ):
        assert response.status == 200, await response.text()


def bare_lanes(address: str) -> dict[str, Any]:
    """Sections with lanes `bare_openai` and `bare_anthropic`, of a vendor at this address and nobody behind it."""
    at = {"base_url": f"{address}/v1", "api_key": "any"}
    return {
        "providers": {dialect: {"dialect": dialect, **at} for dialect in PINNED},
        "lanes": {f"bare_{dialect}": {"deployments": [f"{dialect}/bare"]} for dialect in PINNED},
        "prices": {f"{dialect}/bare": {"input": "$1", "output": "$1"} for dialect in PINNED},
    }


async def run_of(url: str, run_id: str, *, key: str = "any") -> dict[str, Any]:
    """A run as its own tenant may read it, once its row is there."""
    async with aiohttp.ClientSession(timeout=PATIENT, headers={"authorization": f"Bearer {key}"}) as http:

        async def found() -> dict[str, Any] | None:
            async with http.get(f"{url}/v1/runs/{run_id}") as response:
                return dict(await response.json()) if response.status == 200 else None

        run: dict[str, Any] = await eventually(found)
        return run


def ledger(store: Path, **where: str) -> list[dict[str, Any]]:
    """The ledger's rows as they are on disk, oldest first, each with its trace."""
    condition = " AND ".join(f"runs.{name} = ?" for name in where) or "1"
    wanted = f"SELECT runs.*, traces.trace FROM runs LEFT JOIN traces USING (run_id) WHERE {condition} ORDER BY run_id"
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute(wanted, tuple(where.values())).fetchall()
    return [{**dict(row), "trace": json.loads(row["trace"] or "null")} for row in rows]
