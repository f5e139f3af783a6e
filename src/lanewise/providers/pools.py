"""Connections to vendors: one pool per distinct provider, kept across reloads, closed when nobody uses it any more."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import quote
from urllib.request import getproxies, proxy_bypass

from yarl import URL

from lanewise import __version__
from lanewise.core.policy import ProviderPolicy
from lanewise.providers import inflate
from lanewise.providers.direct import DirectClient
from lanewise.providers.exchange import VendorResponse
from lanewise.providers.proxied import ProxiedClient

_MOST_URLS = 1024
_LOOPBACK = ("localhost", "127.", "::1")

Headers = tuple[tuple[str, str], ...]


class VendorClient(Protocol):
    """Posts to one provider."""

    async def post(self, url: str, body: bytes, headers: Headers, idle_timeout_s: float | None) -> VendorResponse:
        """The answer, once its head has come. Raises one of SOCKET_ERRORS."""

    async def close(self) -> None:
        """Close every connection that is kept. No call is under way."""


class Pool:
    """One provider's connections and URLs; `async with` it for the length of a call: a retired one closes after it."""

    def __init__(self, provider: ProviderPolicy, *, tls: ssl.SSLContext | None, retired: bool) -> None:
        self._provider = provider
        self._urls: dict[tuple[str, str], str] = {}
        self._calls = 0
        self._retired = retired
        self.closed = False
        proxy = environment_proxy(URL(provider.base_url.replace("{model}", "model")))
        headers, limit_s = _constant_headers(provider), provider.connect_timeout_s
        self._client: VendorClient = (
            DirectClient(headers, tls=tls, connect_timeout_s=limit_s)
            if proxy is None
            else ProxiedClient(proxy, headers, tls=tls, connect_timeout_s=limit_s)
        )

    async def post(self, url: str, body: bytes, headers: Headers, idle_timeout_s: float | None) -> VendorResponse:
        """Post `body` with the provider's own headers and these, which win. Raises one of SOCKET_ERRORS.

        Limits hold for the connection and each silence, never for the whole.
        """
        return await self._client.post(url, body, headers, idle_timeout_s)

    def url(self, model: str, path: str) -> str:
        """Where an operation on a model is posted to."""
        url = self._urls.get((model, path))
        if url is None:
            base = self._provider.base_url.replace("{model}", quote(model, safe="")).rstrip("/")
            url = str(URL(base + path, encoded=True).extend_query(self._provider.query))
            if len(self._urls) >= _MOST_URLS:  # what callers may say is in them
                self._urls.pop(next(iter(self._urls)))
            self._urls[model, path] = url
        return url

    async def retire(self) -> None:
        """Close once no call is under way: now, or at the end of the last one."""
        self._retired = True
        if not self._calls:
            await self._close()

    async def __aenter__(self) -> Self:
        self._calls += 1
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._calls -= 1
        if self._retired and not self._calls:
            await self._close()

    async def _close(self) -> None:
        self.closed = True
        await self._client.close()


class Pools:
    """The pools of a gateway, by provider: equal providers share one. Made and used within one event loop."""

    def __init__(self) -> None:
        self._pools: dict[ProviderPolicy, Pool] = {}
        # None: no policy was announced, every provider is welcome.
        self._current: frozenset[ProviderPolicy] | None = None
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
            self._tls = ssl.create_default_context()  # reads SSL_CERT_FILE and SSL_CERT_DIR now, not at some import
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls


def _constant_headers(provider: ProviderPolicy) -> Headers:
    own = [
        ("User-Agent", f"lanewise/{__version__}"),
        ("Accept", "application/json, text/event-stream"),
        ("Accept-Encoding", inflate.ACCEPTED),
        ("Content-Type", "application/json"),
    ]
    if provider.api_key:
        scheme = "Bearer " if provider.auth_header == "authorization" else ""
        own.append((provider.auth_header, scheme + provider.api_key))
    return (*own, *provider.headers)


def environment_proxy(url: URL) -> URL | None:
    """The proxy that `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name for this URL. Loopback is always reached directly."""
    host = url.host or ""
    if host.startswith(_LOOPBACK) or proxy_bypass(host):
        return None
    proxy = getproxies().get(url.scheme)
    return URL(proxy) if proxy else None
