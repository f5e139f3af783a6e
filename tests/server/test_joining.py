"""A stream whose twin another process of this machine answers is sent what that one says, as it says it."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from lanewise.core.failure import FailureKind
from server.test_aloud import EVERY, SOON, asked
from server.test_shared_runs import ROUTES, STREAMS, Vendor, ask
from server.test_shared_runs import ready as ready  # noqa: PLC0414 - a fixture
from server.test_shared_runs import vendor as vendor  # noqa: PLC0414 - a fixture
from server.test_twins_elsewhere import Elsewhere
from serving import Served, serving
from walking import fails, lane, policy

QUIET = policy(lane("standard", "alpha/small"))
NOWHERE = "http://127.0.0.1:9"


def there(at: Served) -> Elsewhere:
    return Elsewhere(url=at.url)


@pytest.mark.parametrize("name", EVERY)
async def test_it_is_followed_piece_by_piece_and_the_bytes_are_the_same(vendor: Vendor, name: str) -> None:
    async with (
        serving(QUIET, {"alpha/small": [vendor]}) as one,
        serving(QUIET, {"alpha/small": []}, claims=there(one)) as two,
    ):
        first = asyncio.create_task(ask(one, EVERY[name]))
        await vendor.begun.acquire()
        async with asked(two, EVERY[name]) as response:
            begun = await response.content.readany()
            assert not first.done(), "what is said is heard before the other one is at its end"
            vendor.go.set()
            heard = begun + await response.read()
        theirs = await first
        assert one.shared.counts == {"first": 1, "joined": 1, "replayed": 0, "refused": 0}
        assert sum(two.shared.counts.values()) == 0
    assert b"Eight, 1." in begun
    assert heard == theirs.body
    assert response.headers["x-lanewise-idempotent"] == "joined"
    assert (response.headers["x-lanewise-run"], vendor.calls) == (theirs.run, 1)


async def test_the_other_one_s_heartbeats_are_heard(vendor: Vendor) -> None:
    async def silent(*given: Any) -> Any:
        await vendor.go.wait()
        return await vendor(*given)

    async with (
        serving(SOON, {"alpha/small": [silent]}) as one,
        serving(QUIET, {"alpha/small": []}, claims=there(one)) as two,
    ):
        first = asyncio.create_task(ask(one, STREAMS["chat"]))
        while not one.shared._live:
            await asyncio.sleep(0)
        async with asked(two, STREAMS["chat"]) as response:
            told = await response.content.readuntil(b"\n")
            vendor.go.set()
            heard = told + await response.read()
        theirs = await first
    assert told.startswith(b": waiting elapsed_s=")
    assert b"another gateway process" not in told
    assert heard == theirs.body


async def test_one_that_cannot_be_joined_is_waited_for(ready: Vendor) -> None:
    other = Elsewhere(url=NOWHERE)
    async with serving(SOON, {"alpha/small": [ready]}, claims=other) as at, asked(at, STREAMS["chat"]) as response:
        assert (await response.content.readany()).startswith(b": waiting")
        other.over.set()
        heard = await response.read()
    assert b"Eight, 1." in heard


async def test_an_error_there_is_told_as_any_that_was_waited_for() -> None:
    async with serving(SOON, {"alpha/small": [fails(FailureKind.BAD_REQUEST)]}) as one:
        theirs = await ask(one, STREAMS["chat"])
        (kept,) = one.walk.ledger.kept
        other = there(one)
        async with serving(QUIET, {"alpha/small": []}, claims=other) as two:
            waiting = asyncio.create_task(ask(two, STREAMS["chat"]))
            await other.waited.wait()
            two.walk.ledger.kept.append(kept)
            other.over.set()
            ours = await waiting
    assert (ours.status, ours.body) == (400, theirs.body)


async def test_a_whole_answer_is_not_asked_for_there(ready: Vendor) -> None:
    async with serving(QUIET, {"alpha/small": [ready]}) as one:
        other = there(one)
        async with serving(QUIET, {"alpha/small": [ready]}, claims=other) as two:
            waiting = asyncio.create_task(ask(two, ROUTES["chat"]))
            await other.waited.wait()
            other.over.set()
            await waiting
        assert sum(one.shared.counts.values()) == 0


async def test_nobody_is_sent_round_in_a_circle(ready: Vendor) -> None:
    """Two processes each of which takes the other one for the key's."""
    here = Elsewhere()
    async with serving(SOON, {"alpha/small": [ready]}, claims=here) as one:
        here.url = one.url
        async with asked(one, STREAMS["chat"]) as response:
            told = await response.content.readany()
            here.over.set()
            heard = told + await response.read()
    assert heard.count(b"Eight, 1.") == 1
    assert ready.calls == 1


async def test_a_process_that_stops_breaks_off_what_it_hands_on(vendor: Vendor) -> None:
    async with (
        serving(QUIET, {"alpha/small": [vendor]}) as one,
        serving(QUIET, {"alpha/small": []}, claims=there(one)) as two,
    ):
        first = asyncio.create_task(ask(one, STREAMS["chat"]))
        await vendor.begun.acquire()
        async with asked(two, STREAMS["chat"]) as response:
            await response.content.readany()
            two.listeners.stop_all()
            with pytest.raises(aiohttp.ClientError):
                await response.read()
        vendor.go.set()
        assert (await first).status == 200


async def test_a_process_that_dies_breaks_off_what_is_handed_on_from_it() -> None:
    async def dies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nEig\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(dies, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, serving(QUIET, {"alpha/small": []}, claims=Elsewhere(url=f"http://127.0.0.1:{port}")) as at:
        with pytest.raises(aiohttp.ClientError):
            async with asked(at, STREAMS["chat"]) as response:
                await response.read()
