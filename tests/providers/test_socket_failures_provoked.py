"""Every way a connection breaks, provoked over loopback with the real client, and the failure it is told as."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from contextlib import closing

import pytest
import trustme
from yarl import URL

from lanewise.core.failure import Failure, FailureKind
from lanewise.providers.direct import DirectClient
from lanewise.providers.pools import VendorClient
from lanewise.providers.proxied import ProxiedClient
from lanewise.providers.socket_failures import SOCKET_ERRORS, failure_of
from raw_vendor import Exchange, Script, raw_vendor, unused_port

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


async def _asked(
    url: str, *, proxied: bool = False, limit_s: float = 20.0, tls: ssl.SSLContext | None = None
) -> Failure:
    """The failure that asking this address ends in; `proxied`: it is asked as a proxy."""
    client: VendorClient = DirectClient((), tls=tls, connect_timeout_s=limit_s)
    if proxied:
        client = ProxiedClient(URL(url), (), tls=tls, connect_timeout_s=limit_s)
        url = "http://vendor.test/v1"
    try:
        with closing(await client.post(url, b"{}", (), limit_s)) as response:
            while await response.read():
                pass
    except SOCKET_ERRORS as error:
        return failure_of(error)
    finally:
        await client.close()
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
        (_says(b""), FailureKind.CONNECTION_LOST, ("closed before an answer",)),
        (_resets, FailureKind.CONNECTION_LOST, ("the connection broke",)),
        (_says(HEAD + b"content-length: 9\r\n\r\n{"), FailureKind.CONNECTION_LOST, ("the body ended early",)),
        (
            _says(HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nab"),
            FailureKind.CONNECTION_LOST,
            ("the body ended early",),
        ),
        (
            _says(HEAD + b"transfer-encoding: chunked\r\n\r\nfive\r\n"),
            FailureKind.MALFORMED,
            ("not an HTTP response", "the body's chunks"),
        ),
        (
            _says(HEAD + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}"),
            FailureKind.MALFORMED,
            ("the body cannot be decompressed",),
        ),
        (_says(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), FailureKind.MALFORMED, ("not an HTTP response",)),
        (_is_silent, FailureKind.IDLE_TIMEOUT, ("nothing came for the idle limit",)),
        (_falls_silent, FailureKind.IDLE_TIMEOUT, ("nothing came for the idle limit",)),
    ],
)
@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "proxied"])
async def test_a_connection_that_breaks_is_told_by_what_broke_it(
    script: Script, kind: FailureKind, words: tuple[str, ...], *, proxied: bool
) -> None:
    silent = script in (_is_silent, _falls_silent)
    async with raw_vendor(script) as vendor:
        failure = await _asked(vendor.address, proxied=proxied, limit_s=0.05 if silent else 20.0)
    assert failure.kind is kind
    assert failure.message.startswith(words)


async def _nobody_listens(*, proxied: bool) -> Failure:
    return await _asked(f"http://127.0.0.1:{unused_port()}", proxied=proxied)


async def _no_handshake_in_time(*, proxied: bool) -> Failure:
    async with raw_vendor(_is_silent) as vendor:
        url = vendor.address.replace("http:", "https:")
        return await _asked(url, proxied=proxied, limit_s=0.05, tls=ssl.create_default_context())


async def _another_certificate(*, proxied: bool) -> Failure:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with raw_vendor(_is_silent, tls=context) as vendor:
        return await _asked(vendor.address, proxied=proxied, tls=ssl.create_default_context())


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (_nobody_listens, "no connection ("),
        (_no_handshake_in_time, "no connection in time"),
        (_another_certificate, "no connection ("),
    ],
)
@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "proxied"])
async def test_where_no_connection_came_about_the_vendor_is_unreachable(
    ask: Callable[..., Awaitable[Failure]], words: str, *, proxied: bool
) -> None:
    failure = await ask(proxied=proxied)
    assert failure.kind is FailureKind.UNREACHABLE
    assert failure.message.startswith(words)


async def test_an_address_that_is_none_is_unreachable() -> None:
    failure = await _asked("http://")
    assert (failure.kind, failure.message) == (
        FailureKind.UNREACHABLE,
        "the base URL cannot be used (it names no host)",
    )


async def test_a_proxy_that_refuses_makes_its_vendor_unreachable() -> None:
    async with raw_vendor(_says(b"HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n")) as proxy:
        address = URL(proxy.address.replace("//", "//me:pass-word@"))
        client = ProxiedClient(address, (), tls=None, connect_timeout_s=5.0)
        with pytest.raises(SOCKET_ERRORS) as caught:
            await client.post("https://vendor.test", b"{}", (), None)
        await client.close()
    failure = failure_of(caught.value)
    assert failure.kind is FailureKind.UNREACHABLE
    assert failure.message.startswith("the proxy refused")
    assert "pass-word" not in failure.message


async def test_who_could_not_be_reached_is_named_and_why() -> None:
    port = unused_port()
    failure = await _asked(f"http://127.0.0.1:{port}/v1")
    assert failure.message.startswith(f"no connection (127.0.0.1:{port}: Connect")
