"""Reaching a vendor: by name or number, in time, over TLS that is checked."""

from __future__ import annotations

import asyncio
import socket
import ssl

import pytest
import trustme

from lanewise.core.failure import FailureKind
from lanewise.providers import reach
from lanewise.providers.reach import Address, Found
from lanewise.providers.socket_failures import ConnectionBroken
from patience import PATIENCE_S
from raw_vendor import Exchange, raw_vendor, unused_port

pytestmark = pytest.mark.every_loop


class Connected(asyncio.Protocol):
    """Keeps the transport it was given."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport


async def is_silent(exchange: Exchange) -> None:
    await exchange.gone()


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


async def kind_of(address: Address, *, within_s: float = PATIENCE_S) -> tuple[FailureKind, str]:
    with pytest.raises(ConnectionBroken) as caught:
        await reach.reach(address, Connected, within_s=within_s)
    return caught.value.kind, str(caught.value)


async def test_an_address_that_does_not_answer_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names often have an IPv6 address as well, on machines from which nothing reaches it."""
    async with raw_vendor(is_silent) as vendor:
        port = port_of(vendor.address)

        async def two_addresses(_: Address) -> list[Found]:
            kind = (socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
            refuses = (socket.AF_INET6, *kind, ("::1", unused_port(), 0, 0))
            return [refuses, (socket.AF_INET, *kind, ("127.0.0.1", port))]

        monkeypatch.setattr(reach, "_found", two_addresses)
        connection = await reach.reach(Address("vendor.test", port, None), Connected, within_s=PATIENCE_S)
        connection.transport.close()


async def test_nobody_there_is_told_with_where_and_why() -> None:
    port = unused_port()
    kind, message = await kind_of(Address("127.0.0.1", port, None))
    assert kind is FailureKind.UNREACHABLE
    assert message.startswith(f"no connection (127.0.0.1:{port}: Connect")


@pytest.mark.parametrize("host", ["no-such-name.invalid", "", "a" * 300])
async def test_a_name_that_leads_nowhere_is_unreachable(host: str) -> None:
    kind, message = await kind_of(Address(host, 1, None))
    assert kind is FailureKind.UNREACHABLE
    assert message.startswith("no connection")


async def test_a_handshake_that_is_not_answered_in_time_is_given_up() -> None:
    async with raw_vendor(is_silent) as vendor:
        address = Address("127.0.0.1", port_of(vendor.address), ssl.create_default_context())
        kind, message = await kind_of(address, within_s=0.1)
    assert kind is FailureKind.UNREACHABLE
    assert message.startswith("no connection in time (127.0.0.1:")


@pytest.mark.parametrize("proves", ["who it is", "somebody else", "by a stranger's word"])
async def test_a_vendor_must_prove_who_it_is(proves: str) -> None:
    authority = trustme.CA()
    name = "vendor.test" if proves == "somebody else" else "127.0.0.1"
    theirs, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(name).configure_cert(theirs)
    (trustme.CA() if proves == "by a stranger's word" else authority).configure_trust(ours)
    async with raw_vendor(is_silent, tls=theirs) as vendor:
        address = Address("127.0.0.1", port_of(vendor.address), ours)
        if proves == "who it is":
            connection = await reach.reach(address, Connected, within_s=PATIENCE_S)
            connection.transport.close()
            await asyncio.sleep(0)
        else:
            kind, message = await kind_of(address)
            assert kind is FailureKind.UNREACHABLE
            assert "certificate" in message.lower()
