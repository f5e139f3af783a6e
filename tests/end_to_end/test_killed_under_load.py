"""`kill -9` of the gateway, again and again under load on one store: what a caller was told whole is in the ledger, once.

And what vendors billed counts in the cap, though of calls that were under way no row tells.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from end_to_end.stage import Vendors, asks, ledger, policy
from patience import PATIENCE_S
from processes import Process, simulator

LIVES = [12, pytest.param(50, marks=pytest.mark.data)]  # the long one takes most of a minute: `make proof` runs it
CALLERS = 20
MODELS = ("sim-small", "sim-sonnet", "sim-deep-standard", "sim-haiku")


class Zygote(Process):
    """Gateways that are forked from one warm process, so that many lives take seconds and not minutes."""

    def __init__(self, cwd: Path) -> None:
        tests = str(Path(__file__).parents[1])
        super().__init__(cwd=cwd, env={"PYTHONPATH": tests}, module="end_to_end.zygote")
        self.wait_for('"zygote"')

    @contextmanager
    def life(self, *arguments: str) -> Iterator[tuple[int, str]]:
        """One gateway: its process and its address. However the block ends, the process is killed."""
        assert self.child.stdin is not None
        self.child.stdin.write(json.dumps(["serve", "--port", "0", *arguments]) + "\n")
        self.child.stdin.flush()
        pid = int(json.loads(self.wait_for('"born"'))["born"])
        try:
            yield pid, str(json.loads(self.wait_for('"serving"'))["url"])
        finally:
            with suppress(ProcessLookupError):  # the test has killed it already
                os.kill(pid, signal.SIGKILL)
            died = json.loads(self.wait_for('"died"'))
        assert (died["died"], died["status"]) == (pid, signal.SIGKILL), "it must not have ended by itself"


class Callers:
    """Twenty applications that ask one thing after the other until the gateway is gone, and remember what they were told whole."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = f"{url}/v1/chat/completions"
        self._http = http
        self.whole: Counter[str] = Counter()
        self.begun = 0
        self.broken = 0
        self.enough = asyncio.Event()
        self.wanted = 0

    async def ask_on(self, caller: int) -> None:
        turn = caller
        while True:
            turn += 1
            self.begun += 1
            body = {
                "model": MODELS[turn % 4],
                "messages": asks(f"What is {turn} * {caller + 3}?"),
                "stream": bool(turn % 3),
            }
            try:
                async with self._http.post(self._url, json=body) as response:
                    assert response.status == 200, await response.text()
                    read = await (self._streamed(response) if body["stream"] else self._told(response))
            except aiohttp.ClientError:
                self.broken += 1
                return
            if not read:
                self.broken += 1
                return
            self.whole[response.headers["x-lanewise-run"]] += 1
            if self.whole.total() >= self.wanted:
                self.enough.set()

    @staticmethod
    async def _told(response: aiohttp.ClientResponse) -> bool:
        return bool((await response.json())["choices"])

    @staticmethod
    async def _streamed(response: aiohttp.ClientResponse) -> bool:
        return b"data: [DONE]\n\n" in await response.read()


async def one_life(pid: int, url: str, after: int) -> Callers:
    """Load the gateway until so many answers were complete, kill it in full flight, and hear every caller out."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=PATIENCE_S)) as http:
        callers = Callers(url, http)
        callers.wanted = after
        asking = [asyncio.create_task(callers.ask_on(caller)) for caller in range(CALLERS)]
        await asyncio.wait_for(callers.enough.wait(), PATIENCE_S)
        os.kill(pid, signal.SIGKILL)
        await asyncio.gather(*asking)
    return callers


#: Fifty lives leave behind what their calls under way might have cost, which is far more than they did.
ROOMY = {"dev": {"budget": {"daily": "$5000"}}}


@pytest.mark.parametrize("lives", LIVES)
async def test_kills_lose_nothing_double_nothing_and_forget_nothing_that_was_billed(lives: int, tmp_path: Path) -> None:
    drawn = random.Random(20_26)
    whole: Counter[str] = Counter()
    broken = 0
    with simulator(tmp_path, time_scale=0.05) as url_of_vendors:
        (tmp_path / "lanewise.yaml").write_text(policy(url_of_vendors, tenants=ROOMY))
        zygote = await asyncio.to_thread(Zygote, tmp_path)
        try:
            for _ in range(lives):
                with zygote.life("--dev") as (pid, url):
                    callers = await one_life(pid, url, after=drawn.randint(1, 40))
                whole += callers.whole
                broken += callers.broken
            with zygote.life("--dev"):  # the last one replays what waits in the spool
                rows = ledger(tmp_path / "lanewise.db")
            async with aiohttp.ClientSession() as http:
                books = await Vendors(url_of_vendors, http).page("books")
        finally:
            await asyncio.to_thread(zygote.stop, signal.SIGKILL)

    assert len(whole) >= lives * 5
    assert broken == lives * CALLERS, "every kill must have caught every caller in the middle of a request"
    assert set(whole.values()) == {1}
    kept = Counter(row["run_id"] for row in rows)
    assert set(whole) <= kept.keys(), "an answer that a caller read to its end has no row"
    assert set(kept.values()) == {1}
    asked = Counter(call["vendor_request_id"] for row in rows for call in row["trace"]["calls"])
    assert asked.pop("", 0) == 0
    assert set(asked.values()) == {1}, "a call was billed twice"
    by_id = {row["run_id"]: row for row in rows}
    assert {by_id[run]["outcome"] for run in whole} == {"success"}
    with closing(sqlite3.connect(tmp_path / "lanewise.db")) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        ((settled, unaccounted),) = store.execute("SELECT sum(settled), sum(unaccounted) FROM budget_books").fetchall()
    told_nanousd = sum(row["cost_nanousd"] + row["held_nanousd"] for row in rows)
    billed_nanousd = int(books["total"]["cost_nanousd"])
    assert told_nanousd < billed_nanousd, "calls were under way when it was killed"
    assert billed_nanousd <= settled == told_nanousd + unaccounted
