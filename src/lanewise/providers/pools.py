"""Connections to vendors: one pool per distinct provider, kept across reloads, closed when nobody uses it any more."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from functools import lru_cache
from types import TracebackType
from typing import Self
from urllib.parse import quote
from urllib.request import getproxies, proxy_bypass

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from lanewise import __version__
from lanewise.core.policy import ProviderPolicy
from lanewise.providers.post import constant_headers, post

_KEEPALIVE_S = (
    15.0  # shorter than any vendor's own limit, so that a kept connection is rarely one the vendor is closing
)
_LOOPBACK = ("localhost", "127.", "::1")


class Pool:
    """One provider's connections, URLs and constant headers; `async with` it for the length of a call: a retired one closes after it.

    The client is told everything once, here, because what it is told per request costs time per request. In particular it does not look
    up proxies itself: its `trust_env` goes through two threads on every request, and lets a `.netrc` stand in for the provider's key.
    """

    def __init__(self, provider: ProviderPolicy, *, tls: ssl.SSLContext | None, retired: bool) -> None:
        self._provider = provider
        self._urls: dict[tuple[str, str], URL] = {}
        self._calls = 0
        self._retired = retired
        base = URL(provider.base_url.replace("{model}", "model"))
        self._headers = _constant_headers(provider)
        self._proxy = environment_proxy(base)
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=tls or True, keepalive_timeout=_KEEPALIVE_S),
        )

    async def post(
        self, url: URL, body: aiohttp.Payload, headers: tuple[tuple[str, str], ...], idle_timeout_s: float | None
    ) -> aiohttp.ClientResponse:
        """Post `body` with the provider's own headers and these. Limits hold for the connection and each silence, never for the whole."""
        sent = self._headers.copy()
        if headers:
            sent.update(headers)
        limits = _timeout(self._provider.connect_timeout_s, idle_timeout_s)
        return await post(self.session, url, body=body, headers=sent, limits=limits, proxy=self._proxy)

    def url(self, model: str, path: str) -> URL:
        """Where an operation on a model is posted to."""
        url = self._urls.get((model, path))
        if url is None:
            base = self._provider.base_url.replace("{model}", quote(model, safe="")).rstrip("/")
            url = URL(base + path, encoded=True).extend_query(self._provider.query)
            self._urls[model, path] = url
        return url

    async def retire(self) -> None:
        """Close once no call is under way: now, or at the end of the last one."""
        self._retired = True
        if not self._calls:
            await self.session.close()

    async def __aenter__(self) -> Self:
        self._calls += 1
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._calls -= 1
        if self._retired and not self._calls:
            await self.session.close()


class Pools:
    """The pools of a gateway, by provider: equal providers share one. Made and used within one event loop."""

    def __init__(self) -> None:
        self._pools: dict[ProviderPolicy, Pool] = {}
        self._current: frozenset[ProviderPolicy] | None = (
            None  # None: no policy was announced, every provider is welcome
        )
        self._tls: ssl.SSLContext | None = None

    def of(self, provider: ProviderPolicy) -> Pool:
        """The pool of a provider. One that the current policy no longer has (a run on an older policy) gets a pool for that call only."""
        pool = self._pools.get(provider)
        if pool is None:
            retired = self._current is not None and provider not in self._current
            pool = Pool(provider, tls=self._tls_of(provider), retired=retired)
            if not retired:
                self._pools[provider] = pool
        return pool

    async def keep(self, providers: Iterable[ProviderPolicy]) -> None:
        """Announce a new policy's providers: equal ones keep their pool, the others close after their calls."""
        self._current = frozenset(providers)
        # Taken out before anything is awaited: two reloads may meet here.
        gone = [self._pools.pop(known) for known in list(self._pools) if known not in self._current]
        for pool in gone:
            await pool.retire()

    async def close(self) -> None:
        """Close every pool, at once where no call is under way."""
        await self.keep(())

    def _tls_of(self, provider: ProviderPolicy) -> ssl.SSLContext | None:
        if not provider.base_url.startswith("https:"):
            return None
        if self._tls is None:
            self._tls = (
                ssl.create_default_context()
            )  # reads SSL_CERT_FILE and SSL_CERT_DIR now, not when aiohttp was imported
        return self._tls


@lru_cache(maxsize=256)
def _timeout(connect_timeout_s: float, idle_timeout_s: float | None) -> aiohttp.ClientTimeout:
    # Not `connect`, which sets a timer for every request, though a kept connection needs none.
    return aiohttp.ClientTimeout(total=None, sock_connect=connect_timeout_s, sock_read=idle_timeout_s)


def _constant_headers(provider: ProviderPolicy) -> CIMultiDict[str]:
    own = {
        "User-Agent": f"lanewise/{__version__}",
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
    }
    if provider.api_key:
        scheme = "Bearer " if provider.auth_header == "authorization" else ""
        own[provider.auth_header] = scheme + provider.api_key
    headers = constant_headers(own)
    headers.update(provider.headers)
    return headers


def environment_proxy(url: URL) -> URL | None:
    """The proxy that `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name for this URL. Loopback is always reached directly."""
    host = url.host or ""
    if host.startswith(_LOOPBACK) or proxy_bypass(host):
        return None
    proxy = getproxies().get(url.scheme)
    return URL(proxy) if proxy else None
