"""A lost connection is noticed without anybody waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from starlette.types import Receive, Scope, Send

from asgi_calls import scope
from lanewise.server.asgi import send_whole
from lanewise.server.connection import connection_of
from lanewise.server.listening import Listeners
from lanewise.server.process import Bind, GatewayServer

REQUEST = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"


class Site:
    """Answers every request, and asks to be told when its connection is lost."""

    def __init__(self) -> None:
        self.asked = asyncio.Queue[Callable[[], None]]()
        self.lost = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection_of(scope).when_lost.add(self.lost.set)
        await self.asked.put(lambda: connection_of(scope).when_lost.discard(self.lost.set))
        await send_whole(send, 200, b"{}")


@asynccontextmanager
async def listening(site: Site) -> AsyncIterator[GatewayServer]:
    server = GatewayServer(site, Bind(port=0), Listeners(), drain_s=0.0)
    task = asyncio.create_task(server.serve())
    await server.ready.wait()
    try:
        yield server
    finally:
        server.stop()
        server.stop()
        await task


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def break_off(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


@pytest.mark.parametrize("leave", [hang_up, break_off])
async def test_who_asked_is_told_when_the_caller_is_gone(
    leave: Callable[[asyncio.StreamWriter], Awaitable[None]],
) -> None:
    site = Site()
    async with listening(site) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(REQUEST)
        await reader.readuntil(b"{}")
        assert not site.lost.is_set()

        await leave(writer)
        async with asyncio.timeout(10):
            await site.lost.wait()


async def test_who_is_done_before_is_not_told() -> None:
    site = Site()
    async with listening(site) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(REQUEST)
        done = await site.asked.get()
        await reader.readuntil(b"{}")
        done()

        writer.write(b"no HTTP at all\r\n\r\n")  # which the server answers by hanging up
        await reader.read()
        writer.close()
        assert not site.lost.is_set()


def test_under_another_server_it_is_said_at_once() -> None:
    with pytest.raises(KeyError, match=r"lanewise\.connection"):
        connection_of(scope())
