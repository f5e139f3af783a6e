"""Every way a connection breaks, provoked over loopback with the real client, and the failure it is told as."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import trustme

from lanewise.core.failure import Failure, FailureKind
from lanewise.providers.socket_failures import SOCKET_ERRORS, failure_of
from raw_vendor import Exchange, Script, raw_vendor, unused_port

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


async def _asked(url: str, **details: Any) -> Failure:
    """The failure that asking this address ends in."""
    async with aiohttp.ClientSession(timeout=details.pop("timeout", None)) as session:
        try:
            async with session.post(url, data=b"{}", **details) as response:
                await response.read()
        except SOCKET_ERRORS as error:
            return failure_of(error)
    raise AssertionError("nothing broke")


def _says(data: bytes) -> Script:
    async def say(exchange: Exchange) -> None:
        await exchange.write(data)
        exchange.close()

    return say


async def _is_silent(exchange: Exchange) -> None:
    await exchange.gone()


async def _falls_silent(exchange: Exchange) -> None:
    await exchange.write(HEAD + b"content-length: 9\r\n\r\n{")
    await exchange.gone()


async def _resets(exchange: Exchange) -> None:
    exchange.reset()


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (_says(b""), FailureKind.CONNECTION_LOST, "closed before an answer"),
        (_resets, FailureKind.CONNECTION_LOST, "the connection broke"),
        (_says(HEAD + b"content-length: 9\r\n\r\n{"), FailureKind.CONNECTION_LOST, "the body ended early"),
        (_says(HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nab"), FailureKind.CONNECTION_LOST, "ended early"),
        (_says(HEAD + b"transfer-encoding: chunked\r\n\r\nfive\r\n"), FailureKind.MALFORMED, "not an HTTP response"),
        (
            _says(HEAD + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}"),
            FailureKind.MALFORMED,
            "cannot be decompressed",
        ),
        (_says(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), FailureKind.MALFORMED, "not an HTTP response"),
        (_is_silent, FailureKind.IDLE_TIMEOUT, "nothing came for the idle limit"),
        (_falls_silent, FailureKind.IDLE_TIMEOUT, "nothing came for the idle limit"),
    ],
)
async def test_a_connection_that_breaks_is_told_by_what_broke_it(script: Script, kind: FailureKind, words: str) -> None:
    silent = script in (_is_silent, _falls_silent)
    async with raw_vendor(script) as vendor:
        failure = await _asked(vendor.address, timeout=aiohttp.ClientTimeout(sock_read=0.05 if silent else 20))
    assert failure.kind is kind
    assert words in failure.message.partition(" (")[0]


async def _nobody_listens() -> Failure:
    return await _asked(f"http://127.0.0.1:{unused_port()}")


async def _no_handshake_in_time() -> Failure:
    async with raw_vendor(_is_silent) as vendor:
        url = vendor.address.replace("http:", "https:")
        return await _asked(url, timeout=aiohttp.ClientTimeout(sock_connect=0.05))


async def _no_such_address() -> Failure:
    return await _asked("http://")


async def _another_certificate() -> Failure:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with raw_vendor(_is_silent, tls=context) as vendor:
        return await _asked(vendor.address, ssl=aiohttp.Fingerprint(b"\0" * 32))


async def _a_proxy_refuses() -> Failure:
    async with raw_vendor(_says(b"HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n")) as proxy:
        return await _asked("https://vendor.test", proxy=proxy.address.replace("//", "//me:pass-word@"))


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (_nobody_listens, "no connection ("),
        (_no_handshake_in_time, "no connection in time"),
        (_no_such_address, "the base URL cannot be used"),
        (_another_certificate, "no connection ("),
        (_a_proxy_refuses, "the proxy refused"),
    ],
)
async def test_where_no_connection_came_about_the_vendor_is_unreachable(
    ask: Callable[[], Awaitable[Failure]], words: str
) -> None:
    failure = await ask()
    assert failure.kind is FailureKind.UNREACHABLE
    assert failure.message.startswith(words)


async def test_who_could_not_be_reached_is_named_and_why() -> None:
    port = unused_port()
    failure = await _asked(f"http://127.0.0.1:{port}/v1")
    assert failure.message.startswith(f"no connection (127.0.0.1:{port}: Connect")
