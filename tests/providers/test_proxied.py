"""Calls through a proxy: what it is asked for, and what of it the rest of the house sees."""

from __future__ import annotations

import asyncio

import pytest
from yarl import URL

from lanewise.providers.proxied import ProxiedClient
from patience import PATIENCE_S
from raw_vendor import Exchange, raw_vendor

OWN = (("User-Agent", "lanewise"), ("Authorization", "Bearer k-1"))
VENDOR = "http://vendor.test/v1/chat%2Fx?v=1"


def client_of(proxy: str) -> ProxiedClient:
    return ProxiedClient(URL(proxy), OWN, tls=None, connect_timeout_s=5.0)


async def test_the_proxy_is_asked_for_the_vendor_and_its_answer_is_read() -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.whole(b"hello", 200, **{"X-Request-Id": "req-1"})

    async with raw_vendor(answer) as proxy:
        client = client_of(proxy.address.replace("//", "//me:secret@"))
        for _ in range(2):
            response = await client.post(VENDOR, b"{}", (("anthropic-version", "1"),), 5.0)
            assert (response.status, response.headers["x-request-id"]) == (200, "req-1")
            assert (await response.read(), await response.read(), response.ended) == (b"hello", b"", True)
            response.close()
        await client.close()
        request = proxy.requests[0]
        assert request.request_line == f"POST {VENDOR} HTTP/1.1"
        assert request.headers["proxy-authorization"].startswith("Basic ")
        assert request.headers["authorization"] == "Bearer k-1"
        assert request.headers["anthropic-version"] == "1"
        assert request.body == b"{}"
        assert proxy.connections == 1


async def test_an_answer_that_is_not_read_to_its_end_closes_the_connection() -> None:
    gone = asyncio.Event()

    async def half(exchange: Exchange) -> None:
        await exchange.stream()
        await exchange.event(b"half")
        await exchange.gone()
        gone.set()

    async with raw_vendor(half) as proxy, asyncio.timeout(PATIENCE_S):
        client = client_of(proxy.address)
        response = await client.post(VENDOR, b"{}", (), None)
        assert (await response.read(), response.ended) == (b"half", False)
        response.close()
        await gone.wait()
        await client.close()


@pytest.mark.parametrize("status", [301, 307])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async def send_away(exchange: Exchange) -> None:
        await exchange.whole(b"", status, location="http://elsewhere.test/")

    async with raw_vendor(send_away) as proxy:
        client = client_of(proxy.address)
        response = await client.post(VENDOR, b"{}", (), None)
        assert response.status == status
        response.close()
        await client.close()
        assert len(proxy.requests) == 1
