"""One POST: what goes over the wire is what aiohttp's own way writes, with less on the way."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from lanewise.providers.post import constant_headers, post
from raw_vendor import Exchange, RawVendor, raw_vendor, unused_port

SMALL = b'{"messages": []}'
LARGE = b"x" * (8 * 1024 * 1024)


async def answers(exchange: Exchange) -> None:
    await exchange.whole(b"{}")


@pytest_asyncio.fixture
async def vendor() -> AsyncIterator[RawVendor]:
    async with raw_vendor(answers) as made:
        yield made


HEADERS = {"Authorization": "Bearer abc", "Content-Type": "application/json", "User-Agent": "lanewise"}
LIMITS = aiohttp.ClientTimeout(total=None, sock_connect=5.0)


async def posted(session: aiohttp.ClientSession, to: str, body: bytes | io.BytesIO) -> aiohttp.ClientResponse:
    payload = aiohttp.BytesPayload(body) if isinstance(body, bytes) else aiohttp.BytesIOPayload(body)
    headers = constant_headers(HEADERS)
    return await post(session, URL(f"{to}/v1/chat?v=1"), body=payload, headers=headers, limits=LIMITS, proxy=None)


@pytest.mark.parametrize("body", [SMALL, b"y" * 100_000, b"z" * 500_000], ids=["small", "100 KB", "500 KB"])
async def test_the_vendor_reads_what_aiohttp_s_own_post_sends(vendor: RawVendor, body: bytes) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{vendor.address}/v1/chat?v=1", data=aiohttp.BytesPayload(body), headers=HEADERS):
            pass
        response = await posted(session, vendor.address, body)
        assert (response.status, await response.read()) == (200, b"{}")

    usual, ours = vendor.requests
    assert (ours.request_line, ours.headers | {"accept": ""}, ours.body) == (
        usual.request_line,
        usual.headers | {"accept": ""},
        usual.body,
    )


async def test_a_connection_is_used_again(vendor: RawVendor) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(5):
            response = await posted(session, vendor.address, SMALL)
            assert await response.read() == b"{}"
    assert vendor.connections == 1


async def test_a_small_body_takes_no_task(vendor: RawVendor) -> None:
    async with aiohttp.ClientSession() as session:
        await (await posted(session, vendor.address, SMALL)).read()  # the connection stands from here on
        before = asyncio.all_tasks()
        asking = asyncio.create_task(posted(session, vendor.address, SMALL))
        await asyncio.sleep(0)
        started = asyncio.all_tasks() - before - {asking}
        assert (await asking).status == 200
    assert not started


async def test_nobody_at_the_address_is_a_connection_error() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await posted(session, f"http://127.0.0.1:{unused_port()}", SMALL)


async def test_a_connection_that_is_reset_is_told_and_not_used_again() -> None:
    async def reset(exchange: Exchange) -> None:
        exchange.reset()

    async with raw_vendor(reset) as vendor, aiohttp.ClientSession() as session:
        for _ in range(2):
            with pytest.raises((aiohttp.ClientError, OSError)):
                await posted(session, vendor.address, SMALL)
        assert vendor.connections == 2


async def test_a_large_body_does_not_keep_an_early_answer_from_being_read() -> None:
    """The vendor refuses before it has read the body, and leaves the rest unread for good."""
    read_on = asyncio.Event()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        await read_on.wait()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    try:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with aiohttp.ClientSession() as session, asyncio.timeout(20):
            response = await posted(session, address, io.BytesIO(LARGE))
            assert response.status == 413
            response.close()
    finally:
        read_on.set()
        server.close()


async def test_a_caller_who_leaves_while_it_is_written_closes_the_connection() -> None:
    gone = asyncio.Event()

    async def silent(exchange: Exchange) -> None:
        await exchange.gone()
        gone.set()

    async with raw_vendor(silent) as vendor, aiohttp.ClientSession() as session:
        asking = asyncio.create_task(posted(session, vendor.address, SMALL))
        while not vendor.requests:
            await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        async with asyncio.timeout(20):
            await gone.wait()
