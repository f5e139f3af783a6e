"""Sends webhooks: signed, bounded in time and size, and never to a private address that was not allowed.

The address is checked as it is connected to, after names are resolved, so that no name and no redirect leads elsewhere; redirects are
not followed. Signatures are those of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, in base64.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import ipaddress
import socket
from collections.abc import Callable
from hashlib import sha256

import aiohttp

from lanewise.core.clock import Clock
from lanewise.verifiers.webhook import Delivered, Delivery, WebhookDown

MAX_ANSWER_BYTES = 64 << 10

AddressInfo = tuple[int, int, int, str, tuple[object, ...]]


class PrivateAddress(OSError):
    """An address that is not out on the internet."""


class Posting:
    """Sends one message at a time, each over a connection of its own: there are few, and each may go elsewhere."""

    def __init__(self, clock: Clock, new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id

    async def deliver(self, delivery: Delivery) -> Delivered:
        """Send it and read the answer. Raises WebhookDown."""
        name, sent_s = self._new_id(), int(self._clock.now_s())
        headers = {
            "content-type": "application/json",
            "accept-encoding": "identity",  # 64 KiB that unpack to 64 MiB are more than was asked for
            "user-agent": "lanewise-webhook",
            "webhook-id": name,
            "webhook-timestamp": str(sent_s),
            "webhook-signature": signature(delivery.secret, name, sent_s, delivery.body),
        }
        connector = aiohttp.TCPConnector(
            force_close=True, socket_factory=_any_socket if delivery.allow_private else _public_socket
        )
        try:
            async with (
                asyncio.timeout(delivery.timeout_s),
                aiohttp.ClientSession(
                    connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
                ) as session,
                session.post(delivery.url, data=delivery.body, headers=headers, allow_redirects=False) as response,
            ):
                return Delivered(id=name, status=response.status, body=await _read(response))
        except TimeoutError:
            raise WebhookDown(f"it gave no answer within {delivery.timeout_s:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise WebhookDown(_why(error)) from error


def signature(secret: str, name: str, sent_s: int, body: bytes) -> str:
    """`v1,` and the base64 of the HMAC, as Standard Webhooks write it."""
    signed = b".".join((name.encode(), str(sent_s).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, sha256)).decode()


def is_public(address: str) -> bool:
    """Whether an IP address is out on the internet. Addresses within others (mapped, 6to4, Teredo, NAT64) count as what they lead to."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    if any(ip in network for network in _NOWHERE if network.version == ip.version):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


#: Not all Pythons know them: protocol assignments (a cloud's metadata among them), relays, site-local, local NAT64, documentation.
_NOWHERE = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "fec0::/10", "64:ff9b:1::/48", "3fff::/20", "5f00::/16"),
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _key(secret: str) -> bytes:
    """Secrets of the standard are `whsec_` and base64; any other is taken as it is."""
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        return secret.encode()


def _any_socket(info: AddressInfo) -> socket.socket:
    return socket.socket(info[0], info[1], info[2])


def _public_socket(info: AddressInfo) -> socket.socket:
    address = str(info[4][0])
    if not is_public(address):
        raise PrivateAddress(f"{address} is not out on the internet; set allow_private for an address of your own")
    return _any_socket(info)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = await response.content.read(MAX_ANSWER_BYTES + 1)
    while len(body) <= MAX_ANSWER_BYTES and (more := await response.content.read(MAX_ANSWER_BYTES + 1 - len(body))):
        body += more
    if len(body) > MAX_ANSWER_BYTES:
        raise WebhookDown(f"it answered more than {MAX_ANSWER_BYTES} bytes")
    return body


def _why(error: BaseException) -> str:
    """The reason beneath a client's words."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PrivateAddress):
            return str(cause)
        cause = cause.__cause__ or cause.__context__
    return f"it could not be reached: {type(error).__name__}"
