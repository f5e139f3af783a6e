"""Calls straight to a vendor: connections that are kept, and requests of which all but the body is written beforehand."""

from __future__ import annotations

import asyncio
import ssl
from typing import NamedTuple

from yarl import URL

from lanewise.core.failure import FailureKind
from lanewise.providers.exchange import Exchange
from lanewise.providers.reach import Address, reach
from lanewise.providers.socket_failures import ConnectionBroken
from lanewise.providers.vendor_connection import VendorConnection

Headers = tuple[tuple[str, str], ...]

_KEPT_S = 15.0  # shorter than any vendor's own limit, so that a kept connection is rarely one the vendor is closing
_MOST_TARGETS = 1024


class DirectClient:
    """Posts to one provider. There is no cap on connections; one that is not used for a while is closed."""

    def __init__(self, headers: Headers, *, tls: ssl.SSLContext | None, connect_timeout_s: float) -> None:
        """`headers` are those of every request; `tls` is for the URLs that want it."""
        self._headers = headers
        self._tls = tls
        self._connect_timeout_s = connect_timeout_s
        self._places: dict[Address, _Place] = {}
        self._targets: dict[tuple[str, Headers], _Target] = {}

    async def post(self, url: str, body: bytes, headers: Headers, idle_timeout_s: float | None) -> Exchange:
        """The answer, once its head has come. What was sent is never sent again by itself. Raises ConnectionBroken.

        `headers` win over those of every request.
        """
        target = self._targets.get((url, headers)) or self._new_target(url, headers)
        connection = target.place.kept() or await target.place.connect(within_s=self._connect_timeout_s)
        exchange = connection.ask(b"%b%d\r\n\r\n" % (target.head, len(body)), body, idle_timeout_s)
        try:
            await exchange.head()
        except BaseException:
            exchange.close()
            raise
        return exchange

    async def close(self) -> None:
        """Close every connection that is kept. No call may be under way."""
        for place in self._places.values():
            place.close()
        await asyncio.sleep(0)  # the event loop closes a connection in its next turn

    def _new_target(self, url: str, headers: Headers) -> _Target:
        parsed = URL(url, encoded=True)
        if not parsed.raw_host or not parsed.port:
            raise ConnectionBroken(FailureKind.UNREACHABLE, "the base URL cannot be used", "it names no host")
        address = Address(parsed.raw_host, parsed.port, self._tls if parsed.scheme == "https" else None)
        place = self._places.setdefault(address, _Place(address))
        target = _Target(place, _head(parsed, (*self._headers, *headers)))
        if len(self._targets) >= _MOST_TARGETS:
            self._targets.pop(next(iter(self._targets)))
        self._targets[url, headers] = target
        return target


class _Target(NamedTuple):
    """Where a request goes, and its head up to the length of its body."""

    place: _Place
    head: bytes


def _head(url: URL, headers: Headers) -> bytes:
    """A request's head up to the length of its body; of headers with one name the last is sent. Raises ValueError."""
    named = {"host": ("Host", url.host_port_subcomponent or "")}
    for name, value in headers:
        named.pop(name.lower(), None)
        named[name.lower()] = (name, value)
    lines = [f"POST {url.raw_path_qs} HTTP/1.1", *(f"{name}: {value}" for name, value in named.values())]
    if any(mark in line for line in lines for mark in "\r\n\0"):
        raise ValueError("A header to a vendor must be one line")  # without its value: it may be a secret
    return "\r\n".join([*lines, "Content-Length: "]).encode()


class _Place:
    """A vendor's address and the connections to it that nobody uses."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._idle: list[VendorConnection] = []
        self._timer: asyncio.TimerHandle | None = None

    def kept(self) -> VendorConnection | None:
        """The connection that was used last, where it still stands: those used less may be closed."""
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
        return None

    async def connect(self, *, within_s: float) -> VendorConnection:
        """A new connection. Raises ConnectionBroken."""
        loop = asyncio.get_running_loop()
        return await reach(self._address, lambda: VendorConnection(loop, self._keep), within_s=within_s)

    def close(self) -> None:
        """Close those that are kept."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    def _keep(self, connection: VendorConnection) -> None:
        loop = asyncio.get_running_loop()
        connection.kept_since_s = loop.time()
        self._idle.append(connection)
        if self._timer is None:
            self._timer = loop.call_later(_KEPT_S, self._close_old)

    def _close_old(self) -> None:
        """Close what was not used for long; those used longest ago stand first."""
        loop = asyncio.get_running_loop()
        too_old_s = loop.time() - _KEPT_S
        while self._idle and (self._idle[0].kept_since_s <= too_old_s or not self._idle[0].usable):
            self._idle.pop(0).close()
        self._timer = None
        if self._idle:
            self._timer = loop.call_at(self._idle[0].kept_since_s + _KEPT_S, self._close_old)
