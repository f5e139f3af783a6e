"""Webhooks over real sockets on loopback: signed, bounded, and kept from private addresses."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256

import pytest
from aiohttp import web

from lanewise.verifiers.posting import MAX_ANSWER_BYTES, Posting, is_public, signature
from lanewise.verifiers.webhook import Delivery, WebhookDown
from walking import SetClock

SECRET = "a secret that nobody knows"
CLOCK = SetClock(1_790_000_000.0)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def address(answer: Answer) -> AsyncIterator[str]:
    """A server that answers so; its address."""
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/verify"
    finally:
        await runner.cleanup()


def delivery(url: str, *, allow_private: bool = True, timeout_s: float = 5.0) -> Delivery:
    return Delivery(url=url, body=b'{"answer": "4"}', secret=SECRET, timeout_s=timeout_s, allow_private=allow_private)


def posting() -> Posting:
    return Posting(CLOCK, lambda: "msg_1")


async def test_a_message_is_signed_so_that_its_receiver_can_tell() -> None:
    seen: dict[str, str] = {}

    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        seen.update(headers)
        signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
        wanted = base64.b64encode(hmac.digest(SECRET.encode(), signed, sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{wanted}"
        assert int(headers["webhook-timestamp"]) == int(CLOCK.now_s())
        return web.json_response({"verdict": "accept"})

    async with address(answer) as url:
        delivered = await posting().deliver(delivery(url))
    assert (delivered.id, delivered.status, json.loads(delivered.body)) == ("msg_1", 200, {"verdict": "accept"})
    expected = base64.b64encode(hmac.digest(SECRET.encode(), b'msg_1.1790000000.{"answer": "4"}', sha256)).decode()
    assert seen["webhook-signature"] == f"v1,{expected}"


async def test_a_private_address_is_not_connected_to() -> None:
    async def answer(request: web.Request) -> web.Response:
        raise AssertionError("nobody was to come here")

    async with address(answer) as url:
        with pytest.raises(WebhookDown, match=r"127\.0\.0\.1 is not out on the internet"):
            await posting().deliver(delivery(url, allow_private=False))
        with pytest.raises(WebhookDown, match="is not out on the internet"):
            await posting().deliver(delivery(url.replace("127.0.0.1", "localhost"), allow_private=False))


async def test_a_redirect_is_not_followed() -> None:
    async def answer(request: web.Request) -> web.Response:
        assert request.path == "/verify"
        return web.Response(status=307, headers={"location": "/elsewhere"})

    async with address(answer) as url:
        assert (await posting().deliver(delivery(url))).status == 307


async def test_an_answer_that_does_not_come_or_does_not_end_is_given_up() -> None:
    waiting = asyncio.Event()

    async def never(request: web.Request) -> web.Response:
        await waiting.wait()
        return web.Response()

    async def endless(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * (MAX_ANSWER_BYTES * 2))

    async with address(never) as url:
        with pytest.raises(WebhookDown, match=r"within 0\.2 s"):
            await posting().deliver(delivery(url, timeout_s=0.2))
        waiting.set()
    async with address(endless) as url:
        with pytest.raises(WebhookDown, match="more than"):
            await posting().deliver(delivery(url))


async def test_an_answer_is_not_unpacked() -> None:
    packed = gzip.compress(b"x" * (1 << 20))

    async def bomb(request: web.Request) -> web.Response:
        assert request.headers["accept-encoding"] == "identity"
        return web.Response(body=packed, headers={"content-encoding": "gzip"})

    async with address(bomb) as url:
        assert (await posting().deliver(delivery(url))).body == packed


async def test_nobody_there_is_said() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response()

    async with address(answer) as url:
        pass
    with pytest.raises(WebhookDown, match="could not be reached"):
        await posting().deliver(delivery(url))


@pytest.mark.parametrize(
    "ip",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
        ),
        *("::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "2002:0a00:0001::", "64:ff9b::7f00:1", "ff02::1"),
        *("192.0.0.192", "192.88.99.1", "fec0::1", "64:ff9b:1::7f00:1", "3fff::1", "::127.0.0.1"),
    ],
)
def test_private_addresses(ip: str) -> None:
    assert not is_public(ip)


@pytest.mark.parametrize("ip", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses(ip: str) -> None:
    assert is_public(ip)


def test_secrets_of_the_standard_are_base64() -> None:
    raw = b"sixteen bytes...."
    secret = "whsec_" + base64.b64encode(raw).decode()
    wanted = base64.b64encode(hmac.digest(raw, b"msg.5.{}", sha256)).decode()
    assert signature(secret, "msg", 5, b"{}") == f"v1,{wanted}"
    assert signature("whsec_!", "msg", 5, b"{}") != signature("whsec_?", "msg", 5, b"{}")
