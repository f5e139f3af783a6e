"""Plays the failure table: one gateway, simulated vendors that fail on real sockets, every row a request of its own."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp

from end_to_end.failure_caller import Callers, Heard, callers_of
from end_to_end.failure_cells import Evidence
from end_to_end.failure_policy import CASE_HEADER, PLAIN, POOR, edition
from end_to_end.failure_rows import QUESTION, Case
from end_to_end.stage import PATIENT, Vendors, asks, eventually, ledger, reload, vendors_at
from processes import gateway, simulator

ADMIN = "lw_admin-of-the-failure-table"
_AT_ONCE = 24  # rows played beside each other


def play_all(cases: Sequence[Case], folder: Path) -> dict[str, Evidence]:
    """What is known of every row's request, by its key."""
    with simulator(folder) as quick, simulator(folder, time_scale=1.0) as paced:
        policy = folder / "lanewise.yaml"
        policy.write_text(edition(cases, quick, paced, broken=False))
        with gateway("--dev", cwd=folder, env={"LANEWISE_ADMIN_KEY": ADMIN}) as served:

            async def play() -> dict[str, Evidence]:
                async with AsyncExitStack() as stack:
                    keys = {POOR: await _key_of(served.url, POOR)}
                    scene = Scene(
                        callers=await stack.enter_async_context(callers_of(served.url, keys)),
                        vendors=[await stack.enter_async_context(vendors_at(url)) for url in (quick, paced)],
                    )
                    await scene.learn(cases)
                    policy.write_text(edition(cases, quick, paced, broken=True))
                    await reload(served.url, key=ADMIN)
                    heard = await scene.play(cases)
                    return await scene.look_back(cases, heard, folder / "lanewise.db")

            try:
                return asyncio.run(play())
            except BaseException as error:
                said = [line[-2000:] for line in served.lines if '"advice"' not in line]
                error.add_note("".join(["the gateway said:\n", *said[-8:]]))
                raise


class Scene:
    """The callers and the vendors' control pages while a table is played."""

    def __init__(self, *, callers: Callers, vendors: Sequence[Vendors]) -> None:
        self._callers = callers
        self._vendors = vendors
        self._usual: dict[str, str] = {}
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # by model whose faults are counted

    async def learn(self, cases: Iterable[Case]) -> None:
        """Ask while nothing fails: what each model says, and as often as a lane's usual time takes to be known."""
        for name, model in PLAIN.items():
            self._usual[model] = (await self._callers.ask(Heard(), model=f"lane:{name}", stream=False)).text
        await asyncio.gather(*(self._learn(case) for case in cases if case.healthy))

    async def play(self, cases: Iterable[Case]) -> dict[str, Heard]:
        """Ask each row's question; what its caller heard."""
        played = await asyncio.gather(*(self._play(case) for case in cases))
        return {case.key: heard for case, heard in zip(cases, played, strict=True)}

    async def look_back(self, cases: Sequence[Case], heard: dict[str, Heard], store: Path) -> dict[str, Evidence]:
        """Put what was heard beside the ledger and the vendors' logs, once every call is over."""
        log = await eventually(self._log_at_rest)
        rows = defaultdict(list)
        for row in ledger(store):
            rows[row["request_id"]].append(row)
        return {
            case.key: Evidence(
                heard=heard[case.key],
                run=next(iter(rows[f"{case.key} row"]), None),
                earlier=rows[f"{case.key} healthy"] + rows[f"{case.key} before"],
                log={role: log[f"{case.key}-{role}"] for role in case.roles},
                usual=self._usual,
            )
            for case in cases
        }

    async def _learn(self, case: Case) -> None:
        body = {"model": f"lane:{case.key}", "messages": asks(QUESTION), "stream": case.stream}
        headers = {"x-request-id": f"{case.key} healthy"}
        async with self._places, aiohttp.ClientSession(timeout=PATIENT, headers=headers) as http:
            for _ in range(case.healthy):
                async with http.post(f"{self._callers.url}/chat/completions", json=body) as response:
                    assert response.status == 200, await response.text()
                    await response.read()

    async def _play(self, case: Case) -> Heard:
        counted = [vendor for vendor in case.vendors if vendor.counted]
        if not counted:
            async with self._places:
                return await self._begin(case)
        account, _, model = counted[0].model.partition("/")
        async with self._turns[model], self._places:
            await self._vendors[0].fails(vendor=account, model=model, **counted[0].counted)
            return await self._begin(case)

    async def _begin(self, case: Case) -> Heard:
        await asyncio.gather(*(self._ask(case, "before") for _ in range(case.before)))
        if not case.leaves:
            return await self._ask(case, "row")
        heard = Heard()
        asking = asyncio.create_task(self._ask(case, "row", heard))

        async def is_at_work() -> bool:
            rows = (await self._log())[f"{case.key}-first"]
            return bool(heard.text) if case.leaves == "reading" else bool(rows)

        await eventually(is_at_work)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        return heard

    async def _ask(self, case: Case, what: str, heard: Heard | None = None) -> Heard:
        return await self._callers.ask(
            heard or Heard(),
            model=f"lane:{case.key}",
            stream=case.stream,
            tenant=case.tenant,
            extra_headers={"x-request-id": f"{case.key} {what}"},
            **case.request,
        )

    async def _log(self) -> defaultdict[str, list[dict[str, Any]]]:
        """The vendors' rows by the provider that was asked."""
        log = defaultdict(list)
        for vendors in self._vendors:
            for row in await vendors.calls():
                log[row["headers"].get(CASE_HEADER, "")].append(row)
        return log

    async def _log_at_rest(self) -> defaultdict[str, list[dict[str, Any]]] | None:
        log = await self._log()
        over = all(row["ended_at"] is not None for rows in log.values() for row in rows)
        return log if over else None


async def _key_of(url: str, tenant: str) -> str:
    headers = {"authorization": f"Bearer {ADMIN}"}
    async with (
        aiohttp.ClientSession(timeout=PATIENT, headers=headers) as http,
        http.post(f"{url}/admin/keys", json={"tenant": tenant}) as response,
    ):
        return str((await response.json())["key"])
