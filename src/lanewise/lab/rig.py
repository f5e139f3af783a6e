"""A gateway beside simulated vendors, each a process of its own on loopback, and what can be done to them and learned of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from lanewise.core.policy import Policy
from lanewise.core.record import RunRecord
from lanewise.lab.processes import RehearsalError, lanewise_process
from lanewise.operations.report import Report, report
from lanewise.stores.database import open_database
from lanewise.stores.records import Records

_READY_TIMEOUT_S = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class GatewayPlan:
    """The gateway to start. `policy_text` makes its policy from the simulator's address, `read_policy` reads it."""

    folder: Path
    policy_text: Callable[[str], Awaitable[str]]
    read_policy: Callable[[str], Policy]
    ask_timeout_s: float = 300.0

    @property
    def store(self) -> Path:
        """The gateway's ledger and traces."""
        return self.folder / "lanewise.db"

    @property
    def policy_file(self) -> Path:
        """The gateway's policy."""
        return self.folder / "lanewise.yaml"

    @property
    def log(self) -> Path:
        """All that the gateway said."""
        return self.folder / "gateway.log"


class Rig:
    """A gateway and vendors that run."""

    def __init__(
        self, plan: GatewayPlan, policy: Policy, session: aiohttp.ClientSession, urls: tuple[str, str]
    ) -> None:
        self.plan = plan
        self.policy = policy
        self.session = session
        self.vendors_url, self.gateway_url = urls

    async def in_force(self, *faults: Mapping[str, Any]) -> dict[str, int]:
        """Put these faults in force at the vendors and no others; how many requests each kind of those that ended has hit."""
        async with self.session.put(
            f"{self.vendors_url}/__faults__", json=[dict(fault) for fault in faults]
        ) as response:
            response.raise_for_status()
            ended: list[dict[str, Any]] = (await response.json())["ended"]
        hits: Counter[str] = Counter()
        for fault in ended:
            hits[fault["kind"]] += fault["hits"]
        return dict(hits)

    async def forget(self) -> None:
        """Let the vendors forget their books, their log and the prompts they keep."""
        async with self.session.delete(f"{self.vendors_url}/__log__") as response:
            response.raise_for_status()

    async def books(self) -> dict[str, Any]:
        """What the vendors were paid."""
        return await self._page(f"{self.vendors_url}/__books__")

    async def log(self) -> list[dict[str, Any]]:
        """The requests that the vendors saw, oldest first."""
        rows: list[dict[str, Any]] = (await self._page(f"{self.vendors_url}/__log__"))["requests"]
        return rows

    async def runs(self) -> list[RunRecord]:
        """The ledger with its traces, oldest first."""
        database = await open_database(self.plan.store)
        try:
            return [stored.record async for stored in Records(database).since()]
        finally:
            await database.close()

    async def report(self, *, since_us: int = 0) -> Report:
        """What `lanewise report` prints of runs since a moment."""
        database = await open_database(self.plan.store)
        try:
            return await report(database, since_us=since_us)
        finally:
            await database.close()

    async def _page(self, url: str) -> dict[str, Any]:
        async with self.session.get(url) as response:
            response.raise_for_status()
            page: dict[str, Any] = await response.json()
            return page


@asynccontextmanager
async def vendors_running(
    folder: Path, *, time_scale: float, seed: int, recorded: Path | None = None
) -> AsyncIterator[str]:
    """Simulated vendors while the block runs; yields their address. Raises RehearsalError where they cannot start."""
    options = ["--port", "0", "--time-scale", str(time_scale), "--seed", str(seed), "--with-parent", "--json"]
    if recorded is not None:
        options += ["--recorded", str(recorded)]
    async with lanewise_process("simulate", *options, announces="base_url", log=folder / "vendors.log") as told:
        yield told["base_url"]


@asynccontextmanager
async def gateway_beside(vendors_url: str, plan: GatewayPlan) -> AsyncIterator[Rig]:
    """A gateway while the block runs, ready. Raises RehearsalError where it cannot start, or the vendors are gone."""
    async with AsyncExitStack() as stack:
        text = await plan.policy_text(vendors_url)
        plan.policy_file.write_text(text, encoding="utf-8")
        options = ["--config", str(plan.policy_file), "--store", str(plan.store), "--port", "0", "--dev"]
        gateway = await stack.enter_async_context(lanewise_process("serve", *options, announces="url", log=plan.log))
        timeout = aiohttp.ClientTimeout(total=plan.ask_timeout_s)
        connector = aiohttp.TCPConnector(limit=0)
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout, connector=connector))
        await _ready(session, gateway["url"])
        try:
            yield Rig(plan, plan.read_policy(text), session, (vendors_url, gateway["url"]))
        except (aiohttp.ClientError, ExceptionGroup) as error:
            if isinstance(error, ExceptionGroup) and error.subgroup(aiohttp.ClientError) is None:
                raise
            raise RehearsalError(
                f"The simulated vendors stopped answering: {error!r}; vendors.log of --keep says why"
            ) from error


async def _ready(session: aiohttp.ClientSession, url: str) -> None:
    try:
        async with asyncio.timeout(_READY_TIMEOUT_S):
            while True:
                async with session.get(f"{url}/ready") as response:
                    if response.status == 200:
                        return
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise RehearsalError(
            f"The gateway at {url} listens, but is not ready after {_READY_TIMEOUT_S:.0f} s"
        ) from error
