"""A stream's caller, while another process answers its twin, hears that it is under way; then all of it, or why there is none."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest

from lanewise.core.failure import FailureKind
from lanewise.core.record import KeptAnswer
from server.test_shared_runs import ROUTES, STREAMS, Vendor, ask
from server.test_shared_runs import ready as ready  # noqa: PLC0414 - a fixture
from server.test_shared_runs import vendor as vendor  # noqa: PLC0414 - a fixture
from server.test_twins_elsewhere import Elsewhere
from serving import Served, serving
from walking import fails, lane, policy

SOON = policy(lane("standard", "alpha/small", heartbeat_after_s=0.02))
# One JSON array, where events are not asked for.
ARRAY = ("/v1beta/models/auto:streamGenerateContent", ROUTES["gemini"][1])
EVERY = {**STREAMS, "gemini array": ARRAY}


@asynccontextmanager
async def asked(at: Served, route: tuple[str, dict[str, Any]], **headers: str) -> AsyncIterator[aiohttp.ClientResponse]:
    sent = {"authorization": "Bearer lw_acme", "idempotency-key": "one", **headers}
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http,
        http.post(at.url + route[0], json=route[1], headers=sent) as response,
    ):
        yield response


async def kept_elsewhere(vendor: Any, route: tuple[str, dict[str, Any]]) -> KeptAnswer:
    """What another process keeps of its answer."""
    async with serving(SOON, {"alpha/small": [vendor]}) as at:
        await ask(at, route)
        (kept,) = at.walk.ledger.kept
        assert kept is not None
        return kept


@pytest.mark.parametrize("name", EVERY)
async def test_a_stream_is_told_that_it_is_under_way_and_then_sent_the_other_one_s_bytes(
    ready: Vendor, name: str
) -> None:
    theirs = await kept_elsewhere(ready, EVERY[name])
    other = Elsewhere()
    async with serving(SOON, {"alpha/small": [ready]}, claims=other) as at, asked(at, EVERY[name]) as response:
        told = await response.content.readany()
        while told.count(b"\n") < 3:  # it is said again and again
            told += await response.content.readany()
        at.walk.ledger.kept.append(theirs)
        other.over.set()
        heard = told + await response.read()
    assert (response.status, ready.calls) == (200, 1)
    assert response.headers["content-type"] == dict(theirs.headers)[b"content-type"].decode()
    assert heard.endswith(theirs.body)
    said = heard.removesuffix(theirs.body)
    if name.startswith("gemini"):
        assert said.strip() == b"", "this dialect has no comments"
    else:
        lines = said.decode().splitlines()
        assert all(line.startswith(": waiting elapsed_s=") for line in lines)
        assert "another gateway process" in lines[0]
        elapsed_s = [float(re.findall(r"elapsed_s=([\d.]+)", line)[0]) for line in lines]
        assert elapsed_s == sorted(elapsed_s)
    if name == "gemini array":
        msgspec.json.decode(heard)


async def test_who_asked_for_progress_is_told_by_events(ready: Vendor) -> None:
    other = Elsewhere()
    progress = {"x-lanewise-progress": "events"}
    async with (
        serving(SOON, {"alpha/small": [ready]}, claims=other) as at,
        asked(at, STREAMS["chat"], **progress) as response,
    ):
        told = await response.content.readuntil(b"\n\n")
        other.over.set()
        await response.read()
    event = msgspec.json.decode(told.removeprefix(b"data: "))["lanewise"]
    assert event["event"] == "waiting"
    assert event["elapsed_s"] >= 0
    assert "another gateway process" in event["reason"]


@pytest.mark.parametrize("name", ["chat", "gemini array"])
async def test_who_was_told_to_wait_for_a_process_that_died_is_answered_here(ready: Vendor, name: str) -> None:
    other = Elsewhere()
    async with serving(SOON, {"alpha/small": [ready]}, claims=other) as at, asked(at, EVERY[name]) as response:
        await response.content.readany()
        other.over.set()
        heard = await response.read()
        (kept,) = at.walk.ledger.kept
    assert kept is not None
    assert heard.endswith(kept.body)
    assert (response.status, ready.calls) == (200, 1)


@pytest.mark.parametrize("name", EVERY)
async def test_an_error_elsewhere_ends_a_stream_that_was_told_to_wait_in_its_dialect(ready: Vendor, name: str) -> None:
    theirs = await kept_elsewhere(fails(FailureKind.BAD_REQUEST), EVERY[name])
    other = Elsewhere()
    async with serving(SOON, {"alpha/small": [ready]}, claims=other) as at, asked(at, EVERY[name]) as response:
        await response.content.readany()
        at.walk.ledger.kept.append(theirs)
        other.over.set()
        heard = await response.read()
    assert (response.status, ready.calls) == (200, 0)
    assert b"scripted bad_request" in heard
    assert b"[DONE]" not in heard
    marks = {"messages": b"event: error\n", "responses": b"event: error\n", "chat": b"data: {"}
    assert marks.get(name, b'"code":400') in heard
    if name == "gemini array":
        assert [each["error"]["code"] for each in msgspec.json.decode(heard)] == [400]


async def test_patience_that_ends_after_it_was_told_to_wait_is_an_error_event(ready: Vendor) -> None:
    async with (
        serving(SOON, {"alpha/small": [ready]}, claims=Elsewhere()) as at,
        asked(at, STREAMS["messages"], **{"x-lanewise-deadline": "200ms"}) as response,
    ):
        heard = await response.read()
    lines = heard.split(b"event: error\ndata: ")
    assert b": waiting" in lines[0]
    assert "another process" in msgspec.json.decode(lines[1])["error"]["message"]
    assert (response.status, ready.calls) == (200, 0)


async def test_a_whole_answer_s_caller_is_told_nothing_before_its_end(ready: Vendor) -> None:
    theirs = await kept_elsewhere(ready, ROUTES["chat"])
    other = Elsewhere()
    async with serving(SOON, {"alpha/small": [ready]}, claims=other) as at:
        waiting = asyncio.create_task(ask(at, ROUTES["chat"]))
        await other.waited.wait()
        at.walk.ledger.kept.append(theirs)
        other.over.set()
        heard = await waiting
    assert (heard.idempotent, heard.body) == ("joined", theirs.body)
