"""One connection, over loopback: what a vendor may do with it, and what is kept of it afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from lanewise.core.failure import FailureKind
from lanewise.providers.direct import DirectClient
from lanewise.providers.exchange import Exchange
from lanewise.providers.socket_failures import ConnectionBroken
from patience import PATIENCE_S
from raw_vendor import Exchange as Asked
from raw_vendor import Script, raw_vendor

pytestmark = pytest.mark.every_loop
OK = b"HTTP/1.1 200 OK\r\n"


@pytest_asyncio.fixture
async def client() -> AsyncIterator[DirectClient]:
    made = DirectClient((), tls=None, connect_timeout_s=5.0)
    yield made
    await made.close()


def says(*pieces: bytes, close: bool = False) -> Script:
    """Writes these, each as a segment of its own."""

    async def script(asked: Asked) -> None:
        for piece in pieces:
            await asked.write(piece)
            await asyncio.sleep(0)
        if close:
            asked.close()

    return script


async def whole(exchange: Exchange) -> bytes:
    """All of a body."""
    blocks = []
    while block := await exchange.read():
        blocks.append(block)
    return b"".join(blocks)


async def post(client: DirectClient, address: str, body: bytes = b"{}", idle_s: float | None = 20.0) -> Exchange:
    return await client.post(f"{address}/v1/chat", body, (), idle_s)


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"content-length: 5\r\n\r\nhello",
        OK + b"transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nx-trailer: 1\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
        + OK
        + b"content-length: 5\r\n\r\nhello",
    ],
    ids=["length", "chunks", "after 1xx"],
)
@pytest.mark.parametrize("cut_into_bytes", [1, 1000])
async def test_a_body_is_read_however_it_is_framed_and_the_connection_is_used_again(
    client: DirectClient, answer: bytes, cut_into_bytes: int
) -> None:
    pieces = [answer[at : at + cut_into_bytes] for at in range(0, len(answer), cut_into_bytes)]
    async with raw_vendor(says(*pieces)) as vendor:
        for _ in range(2):
            exchange = await post(client, vendor.address)
            assert (exchange.status, await whole(exchange), exchange.ended) == (200, b"hello", True)
            assert "link" not in exchange.headers
            assert "x-trailer" not in exchange.headers
            exchange.close()
        assert vendor.connections == 1


@pytest.mark.parametrize(
    "answer",
    [OK + b"connection: close\r\ncontent-length: 5\r\n\r\nhello", b"HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\nhello"],
    ids=["connection: close", "HTTP/1.0"],
)
async def test_a_connection_that_the_vendor_ends_is_not_used_again(client: DirectClient, answer: bytes) -> None:
    async with raw_vendor(says(answer)) as vendor:
        for _ in range(2):
            exchange = await post(client, vendor.address)
            assert await whole(exchange) == b"hello"
            exchange.close()
        assert vendor.connections == 2


async def test_a_body_without_a_length_ends_with_its_connection(client: DirectClient) -> None:
    async with raw_vendor(says(OK + b"\r\nhel", b"lo", close=True)) as vendor:
        exchange = await post(client, vendor.address)
        assert await whole(exchange) == b"hello"
        exchange.close()


async def test_a_status_without_a_body_has_ended_with_its_head(client: DirectClient) -> None:
    async with raw_vendor(says(b"HTTP/1.1 204 No Content\r\n\r\n")) as vendor:
        for _ in range(2):
            exchange = await post(client, vendor.address)
            assert (exchange.status, await whole(exchange)) == (204, b"")
            exchange.close()
        assert vendor.connections == 1


@pytest.mark.parametrize("together", [True, False])
async def test_what_nobody_asked_for_is_not_taken_for_the_next_answer(client: DirectClient, *, together: bool) -> None:
    answer, more = OK + b"content-length: 5\r\n\r\nhello", OK + b"content-length: 5\r\n\r\nthere"
    kept, left = asyncio.Event(), asyncio.Event()

    async def say_more(asked: Asked) -> None:
        await asked.write(answer + more if together else answer)
        await kept.wait()
        await asked.write(more)
        await asked.gone()
        left.set()

    async with raw_vendor(say_more) as vendor, asyncio.timeout(PATIENCE_S):
        for _ in range(2):
            exchange = await post(client, vendor.address)
            assert await whole(exchange) == b"hello"
            exchange.close()
            kept.set()
            await left.wait()
            left.clear()
        assert vendor.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n",
        OK + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        OK + b"x: " + b"y" * 600_000,
        OK + b"transfer-encoding: chunked\r\n\r\n0\r\nx: " + b"y" * 600_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 30_000,
    ],
    ids=["upgrade", "both framings", "two lengths", "endless head", "endless trailer", "endless 1xx"],
)
async def test_what_is_no_proper_answer_is_malformed(client: DirectClient, answer: bytes) -> None:
    async with raw_vendor(says(answer)) as vendor:
        with pytest.raises(ConnectionBroken) as caught:
            await whole(await post(client, vendor.address))
        assert caught.value.kind is FailureKind.MALFORMED


async def test_a_vendor_faster_than_its_reader_is_held_back(client: DirectClient) -> None:
    written = 0

    async def flood(asked: Asked) -> None:
        nonlocal written
        await asked.stream()
        while written < 64 * 1024 * 1024:
            await asked.event(b"x" * 65536)
            written += 65536
        await asked.end()

    async with raw_vendor(flood) as vendor:
        exchange = await post(client, vendor.address, idle_s=0.2)
        before = -1
        while before != written:
            before = written
            await asyncio.sleep(0.3)  # longer than the idle limit: who does not read does not wait in vain
        assert written < 32 * 1024 * 1024, "what the system's own buffers take, not all of it"
        assert len(await whole(exchange)) == 64 * 1024 * 1024
        exchange.close()
        exchange = await post(client, vendor.address)
        assert vendor.connections == 1
        exchange.close()


async def test_a_large_body_arrives_whole_and_is_not_held_twice(client: DirectClient) -> None:
    body = bytes(range(256)) * 40_000
    async with raw_vendor(says(OK + b"content-length: 2\r\n\r\n{}")) as vendor:
        exchange = await post(client, vendor.address, body)
        assert await whole(exchange) == b"{}"
        assert vendor.requests[0].body == body
        exchange.close()


async def test_an_answer_before_the_body_is_sent_is_read_and_ends_the_connection(client: DirectClient) -> None:
    """The vendor refuses before it has read the body, and leaves the rest unread for good."""
    gone = asyncio.Event()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        await gone.wait()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    try:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with asyncio.timeout(PATIENCE_S):
            exchange = await post(client, address, b"x" * (32 * 1024 * 1024))
            assert (exchange.status, await whole(exchange)) == (413, b"")
            exchange.close()
    finally:
        gone.set()
        server.close()


async def test_pieces_within_the_idle_limit_keep_a_slow_answer_alive(client: DirectClient) -> None:
    async def slowly(asked: Asked) -> None:
        await asked.stream()
        for _ in range(6):
            await asyncio.sleep(0.1)
            await asked.event(b"x")
        await asked.end()

    async with raw_vendor(slowly) as vendor:
        exchange = await post(client, vendor.address, idle_s=0.4)
        assert await whole(exchange) == b"x" * 6
        exchange.close()
        await asyncio.sleep(0.5)  # no limit holds for a connection that is kept
        exchange = await post(client, vendor.address)
        assert vendor.connections == 1
        exchange.close()
