"""Reaching a vendor: its name looked up, its addresses tried side by side (RFC 8305), TLS where its URL says so."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import aiohappyeyeballs

from lanewise.core.failure import FailureKind
from lanewise.providers.socket_failures import ConnectionBroken

_HEAD_START_S = 0.25  # of each address before the next one is tried as well
Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]
_Carried = TypeVar("_Carried", bound=asyncio.Protocol)


class Address(NamedTuple):
    """Where a vendor listens; with `tls`, who it must prove to be."""

    host: str
    port: int
    tls: ssl.SSLContext | None


async def reach(address: Address, make: Callable[[], _Carried], *, within_s: float) -> _Carried:
    """A new connection, which `make` makes the protocol of. Raises ConnectionBroken."""
    where = f"{address.host}:{address.port}"
    try:
        async with asyncio.timeout(within_s):
            return await _connected(address, make)
    except TimeoutError:
        raise ConnectionBroken(FailureKind.UNREACHABLE, "no connection in time", where) from None
    except (OSError, ValueError) as error:  # ValueError: a name that cannot be one
        reason = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
        raise ConnectionBroken(FailureKind.UNREACHABLE, "no connection", f"{where}: {reason}") from error


async def _connected(address: Address, make: Callable[[], _Carried]) -> _Carried:
    loop = asyncio.get_running_loop()
    found = await _found(address)
    raw = await aiohappyeyeballs.start_connection(found, happy_eyeballs_delay=_HEAD_START_S, interleave=1, loop=loop)
    name = None if address.tls is None else address.host
    try:
        _, connection = await loop.create_connection(make, sock=raw, ssl=address.tls, server_hostname=name)
    except BaseException:
        raw.close()
        raise
    return connection


async def _found(address: Address) -> list[Found]:
    """What the system knows under this name."""
    loop = asyncio.get_running_loop()
    kind = {"type": socket.SOCK_STREAM, "proto": socket.IPPROTO_TCP}
    return [*await loop.getaddrinfo(address.host, address.port, **kind)]
