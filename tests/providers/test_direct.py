"""Calls straight to a vendor: what goes over the wire, and which connections are kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from lanewise.core.failure import FailureKind
from lanewise.providers import direct
from lanewise.providers.direct import DirectClient
from lanewise.providers.exchange import Exchange
from lanewise.providers.socket_failures import ConnectionBroken
from patience import PATIENCE_S
from raw_vendor import Exchange as Asked
from raw_vendor import RawVendor, raw_vendor, unused_port

pytestmark = pytest.mark.every_loop
OWN = (("User-Agent", "lanewise"), ("Content-Type", "application/json"), ("X-Team", "blue"))


async def answers(asked: Asked) -> None:
    await asked.whole(b"{}")


@pytest_asyncio.fixture
async def vendor() -> AsyncIterator[RawVendor]:
    async with raw_vendor(answers) as made:
        yield made


@pytest_asyncio.fixture
async def client() -> AsyncIterator[DirectClient]:
    made = DirectClient(OWN, tls=None, connect_timeout_s=5.0)
    yield made
    await made.close()


async def asked_and_read(client: DirectClient, url: str, headers: direct.Headers = ()) -> Exchange:
    exchange = await client.post(url, b"{}", headers, None)
    while await exchange.read():
        pass
    exchange.close()
    return exchange


async def test_a_request_is_its_line_its_headers_and_its_body(client: DirectClient, vendor: RawVendor) -> None:
    await asked_and_read(client, f"{vendor.address}/v1/chat%2Fx?v=1&w=a%20b", (("anthropic-version", "2023-06-01"),))
    (request,) = vendor.requests
    assert request.request_line == "POST /v1/chat%2Fx?v=1&w=a%20b HTTP/1.1"
    assert request.headers == {
        "host": vendor.address.removeprefix("http://"),
        "user-agent": "lanewise",
        "content-type": "application/json",
        "x-team": "blue",
        "anthropic-version": "2023-06-01",
        "content-length": "2",
    }
    assert request.body == b"{}"


async def test_of_two_headers_with_one_name_the_call_s_own_is_sent(client: DirectClient, vendor: RawVendor) -> None:
    await asked_and_read(client, vendor.address, (("x-team", "red"), ("HOST", "vendor.test")))
    assert vendor.requests[0].headers["x-team"] == "red"
    assert vendor.requests[0].headers["host"] == "vendor.test"


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\nb", "a\0b"])
async def test_a_header_cannot_smuggle_in_another(client: DirectClient, vendor: RawVendor, value: str) -> None:
    with pytest.raises(ValueError, match="one line") as caught:
        await client.post(vendor.address, b"", (("x-team", value),), None)
    assert value not in str(caught.value)
    assert vendor.requests == []


async def test_calls_at_once_have_a_connection_each_and_there_is_no_cap(client: DirectClient) -> None:
    all_here = asyncio.Event()

    async def wait_for_all(asked: Asked) -> None:
        if len(busy.requests) == 150:
            all_here.set()
        await all_here.wait()
        await asked.whole(b"{}")

    async with raw_vendor(wait_for_all) as busy, asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(asked_and_read(client, busy.address) for _ in range(150)))
        assert busy.connections == 150
        await asyncio.gather(*(asked_and_read(client, busy.address) for _ in range(150)))
        assert busy.connections == 150, "all of them were kept"


async def test_a_kept_connection_that_the_vendor_has_closed_is_passed_over(client: DirectClient) -> None:
    async def answer_once(asked: Asked) -> None:
        await asked.whole(b"{}")
        asked.close()

    async with raw_vendor(answer_once) as vendor:
        exchange = await asked_and_read(client, vendor.address)
        while exchange_line_stands(client):
            await asyncio.sleep(0.005)
        await asked_and_read(client, vendor.address)
        assert (exchange.status, vendor.connections) == (200, 2)


def exchange_line_stands(client: DirectClient) -> bool:
    (place,) = client._places.values()
    return any(connection.usable for connection in place._idle)


async def test_a_request_that_was_sent_is_not_sent_again_by_itself(client: DirectClient, vendor: RawVendor) -> None:
    await asked_and_read(client, vendor.address)

    async def hang_up(asked: Asked) -> None:
        asked.close()

    vendor.script = hang_up
    with pytest.raises(ConnectionBroken, match="closed before an answer") as caught:
        await asked_and_read(client, vendor.address)
    assert caught.value.kind is FailureKind.CONNECTION_LOST
    assert (len(vendor.requests), vendor.connections) == (2, 1)


async def test_what_is_not_used_for_a_while_is_closed(client: DirectClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "_KEPT_S", 0.05)
    closed = asyncio.Event()

    async def answer_and_watch(asked: Asked) -> None:
        await asked.whole(b"{}")
        await asked.gone()
        closed.set()

    async with raw_vendor(answer_and_watch) as vendor, asyncio.timeout(PATIENCE_S):
        await asked_and_read(client, vendor.address)
        await closed.wait()


async def test_a_client_that_is_closed_keeps_nothing(vendor: RawVendor) -> None:
    client = DirectClient((), tls=None, connect_timeout_s=5.0)
    await asked_and_read(client, vendor.address)
    assert exchange_line_stands(client)
    await client.close()
    assert not exchange_line_stands(client)


async def test_a_caller_who_leaves_closes_the_connection_at_once(client: DirectClient) -> None:
    gone = asyncio.Event()

    async def silent(asked: Asked) -> None:
        await asked.gone()
        gone.set()

    async with raw_vendor(silent) as vendor, asyncio.timeout(PATIENCE_S):
        asking = asyncio.create_task(client.post(vendor.address, b"{}", (), None))
        while not vendor.requests:
            await asyncio.sleep(0.005)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await gone.wait()


async def test_a_target_s_head_is_written_once_and_only_so_many_are_kept(
    client: DirectClient, vendor: RawVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct, "_MOST_TARGETS", 3)
    for number in range(10):
        await asked_and_read(client, f"{vendor.address}/{number}")
    assert len(client._targets) == 3
    assert [request.request_line for request in vendor.requests[-2:]] == ["POST /8 HTTP/1.1", "POST /9 HTTP/1.1"]


async def test_nobody_at_the_address_is_unreachable(client: DirectClient) -> None:
    with pytest.raises(ConnectionBroken, match="no connection") as caught:
        await client.post(f"http://127.0.0.1:{unused_port()}", b"", (), None)
    assert caught.value.kind is FailureKind.UNREACHABLE
