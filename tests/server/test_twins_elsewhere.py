"""Twins of which another process answers the first: waited for, given its answer, and run here when it is gone."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from patience import PATIENCE_S
from server.test_shared_runs import ONE, ROUTES, STREAMS, Vendor, ask
from server.test_shared_runs import ready as ready  # noqa: PLC0414 - a fixture
from server.test_shared_runs import vendor as vendor  # noqa: PLC0414 - a fixture
from serving import Served, serving
from walking import policy


class Elsewhere:
    """Another process has every key, until it is gone."""

    def __init__(self, asked: bytes | None = None, url: str | None = None) -> None:
        self.url = url  # of that process, where it is reached
        self.asked = asked  # None: the same as here
        self.over = asyncio.Event()
        self.waited = asyncio.Event()
        self.back: list[bytes] = []

    async def take(self, name: bytes, asked: bytes) -> bytes | None:
        return None if self.over.is_set() else asked if self.asked is None else self.asked

    async def where(self, name: bytes) -> str | None:
        return self.url

    def give_back(self, name: bytes) -> None:
        self.back.append(name)

    async def ended(self, name: bytes) -> None:
        self.waited.set()
        await self.over.wait()


@pytest.mark.parametrize("route", [ROUTES["chat"], STREAMS["chat"]], ids=["whole", "stream"])
async def test_what_another_process_answers_is_waited_for_and_given(
    ready: Vendor, route: tuple[str, dict[str, Any]]
) -> None:
    async with serving(policy(ONE), {"alpha/small": [ready]}) as at:
        theirs = await ask(at, route)
        (kept,) = at.walk.ledger.kept
    other = Elsewhere()
    async with serving(policy(ONE), {"alpha/small": [ready]}, claims=other) as at:
        waiting = [asyncio.create_task(ask(at, route)) for _ in range(2)]
        await other.waited.wait()
        at.walk.ledger.kept.append(kept)
        other.over.set()
        ours = await asyncio.gather(*waiting)
        assert at.shared.counts == {"first": 0, "joined": 2, "replayed": 0, "refused": 0}
    assert {(each.status, each.idempotent, each.body, each.run) for each in ours} == {
        (200, "joined", theirs.body, theirs.run)
    }
    assert ready.calls == 1
    assert len(other.back) == 1


async def test_what_another_process_could_not_keep_is_not_paid_again(ready: Vendor) -> None:
    async with serving(policy(ONE), {"alpha/small": [ready]}) as at:
        at.remembered.room_bytes = 10
        theirs = await ask(at, ROUTES["chat"])
        (kept,) = at.walk.ledger.kept
    other = Elsewhere()
    async with serving(policy(ONE), {"alpha/small": [ready]}, claims=other) as at:
        waiting = [asyncio.create_task(ask(at, ROUTES["chat"])) for _ in range(2)]
        await other.waited.wait()
        at.walk.ledger.kept.append(kept)
        other.over.set()
        ours = await asyncio.gather(*waiting)
    assert ready.calls == 1
    assert [(each.status, str(theirs.run).encode() in each.body) for each in ours] == [(410, True)] * 2


async def test_who_waited_for_a_process_that_died_answers_itself(ready: Vendor) -> None:
    other = Elsewhere()
    async with serving(policy(ONE), {"alpha/small": [ready]}, claims=other) as at:
        waiting = [asyncio.create_task(ask(at, ROUTES["chat"])) for _ in range(2)]
        await other.waited.wait()
        other.over.set()
        heard = await asyncio.gather(*waiting)
        assert len(other.back) == 1, "its own claim is given back"
    assert [(each.status, ready.calls) for each in heard] == [(200, 1), (200, 1)]


@pytest.mark.parametrize("name", ROUTES)
async def test_who_does_not_want_to_wait_so_long_is_told_to_come_back_in_its_dialect(ready: Vendor, name: str) -> None:
    other = Elsewhere()
    async with serving(policy(ONE), {"alpha/small": [ready]}, claims=other) as at:
        path, body = ROUTES[name]
        sent = {"authorization": "Bearer lw_acme", "idempotency-key": "one", "x-lanewise-deadline": "50ms"}
        async with aiohttp.ClientSession() as http, http.post(at.url + path, json=body, headers=sent) as response:
            told, headers = await response.json(), response.headers
    assert (response.status, headers["retry-after"], ready.calls) == (409, "5", 0)
    assert "another process" in told["error"]["message"]
    assert ("status" in told["error"]) == (name == "gemini")


async def test_another_request_under_a_key_of_another_process_is_told_so_at_once(ready: Vendor) -> None:
    async with serving(policy(ONE), {"alpha/small": [ready]}, claims=Elsewhere(asked=b"other")) as at:
        heard = await ask(at, ROUTES["chat"])
        assert at.shared._live == {} or await over(at), "nobody waits for it any more"
    assert (heard.status, ready.calls) == (422, 0)


async def over(at: Served) -> bool:
    async with asyncio.timeout(PATIENCE_S):
        while at.shared._live:
            await asyncio.sleep(0)
    return True


async def test_a_process_that_stops_waits_for_no_other(ready: Vendor) -> None:
    other = Elsewhere()
    async with serving(policy(ONE), {"alpha/small": [ready]}, claims=other) as at:
        waiting = asyncio.create_task(ask(at, ROUTES["chat"]))
        await other.waited.wait()
        at.listeners.stop_all()
        heard = await waiting
    assert (heard.status, b"shutting down" in heard.body) == (503, True)
