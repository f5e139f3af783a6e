"""The process's life: it says when it listens, and stops without leaving anybody in the middle of a word."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import aiohttp
import pytest
import trustme
from starlette.types import Receive, Scope, Send

from lanewise.core.errors import LanewiseError
from lanewise.server.asgi import send_whole
from lanewise.server.connection import connection_of
from lanewise.server.listening import Listeners, ShuttingDown
from lanewise.server.process import Bind, GatewayServer
from patience import PATIENCE_S


class Site:
    """Answers at `/`; at any other path it works until it is stopped, and says so."""

    def __init__(self) -> None:
        self.listeners = Listeners()
        self.working = asyncio.Event()
        self.go = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/":
            self.working.set()
            try:
                await self.listeners.attend(connection_of(scope), self.go.wait())
            except ShuttingDown:
                await send_whole(send, 503, b'"stopped"')
                return
        await send_whole(send, 200, b'"well"')

    def server(self, *, drain_s: float, **bind: Path) -> GatewayServer:
        return GatewayServer(self, Bind(port=0, **bind), self.listeners, drain_s=drain_s)  # type: ignore[arg-type]


async def get(session: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    async with session.get(url) as response:
        return response.status, await response.json()


async def test_an_address_that_is_taken_is_told_with_what_to_do() -> None:
    site = Site()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server = GatewayServer(site, Bind(port=port), site.listeners, drain_s=1.0)
        with pytest.raises(LanewiseError, match=rf"127\.0\.0\.1:{port}: .*in use.*--port"):
            await server.serve()


@pytest.mark.parametrize("host", ["256.1.1.1", "203.0.113.7"])
async def test_an_address_of_another_machine_is_told_with_what_to_do(host: str) -> None:
    site = Site()
    server = GatewayServer(site, Bind(host=host, port=0), site.listeners, drain_s=1.0)
    with pytest.raises(LanewiseError, match=rf"'{host}' is no address of this machine. Name one with --host"):
        await server.serve()


async def test_with_nobody_in_the_middle_it_stops_at_once_and_takes_no_one_new() -> None:
    site = Site()
    server = site.server(drain_s=3_600.0)
    serving = asyncio.create_task(server.serve())
    await server.ready.wait()
    url = f"http://127.0.0.1:{server.port}/"
    async with aiohttp.ClientSession() as session:
        assert await get(session, url) == (200, "well")

        server.stop()
        async with asyncio.timeout(PATIENCE_S):
            await serving
        with pytest.raises(aiohttp.ClientConnectionError):
            await get(session, url)


async def test_an_answer_under_way_is_finished_within_the_grace() -> None:
    site = Site()
    server = site.server(drain_s=3_600.0)
    serving = asyncio.create_task(server.serve())
    await server.ready.wait()
    async with aiohttp.ClientSession() as session:
        under_way = asyncio.create_task(get(session, f"http://127.0.0.1:{server.port}/work"))
        await site.working.wait()
        server.stop()
        assert site.listeners.draining
        site.go.set()

        assert await under_way == (200, "well")
        async with asyncio.timeout(PATIENCE_S):
            await serving


@pytest.mark.parametrize(("grace_s", "stops"), [(0.05, 1), (3_600.0, 2)])
async def test_after_the_grace_or_a_second_signal_who_still_waits_is_told(grace_s: float, stops: int) -> None:
    site = Site()
    server = site.server(drain_s=grace_s)
    serving = asyncio.create_task(server.serve())
    await server.ready.wait()
    async with aiohttp.ClientSession() as session:
        under_way = asyncio.create_task(get(session, f"http://127.0.0.1:{server.port}/work"))
        await site.working.wait()
        for _ in range(stops):
            server.stop()

        async with asyncio.timeout(PATIENCE_S):
            assert await under_way == (503, "stopped")
            await serving


async def test_with_a_certificate_it_speaks_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both.pem"))
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    site = Site()
    server = site.server(drain_s=1.0, tls_cert=tmp_path / "both.pem", tls_key=tmp_path / "both.pem")
    serving = asyncio.create_task(server.serve())
    await server.ready.wait()

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting)) as session:
        assert await get(session, f"https://127.0.0.1:{server.port}/") == (200, "well")
    server.stop()
    async with asyncio.timeout(PATIENCE_S):
        await serving
