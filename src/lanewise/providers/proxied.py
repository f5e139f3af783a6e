"""Calls through a proxy of the environment, with aiohttp: it speaks to proxies in every way there is, and nobody asks it to be quick."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

import aiohttp
from yarl import URL

_KEPT_S = 15.0  # as `direct`
_READ_BUFFER_BYTES = 256 * 1024

Headers = tuple[tuple[str, str], ...]


class ProxiedClient:
    """Posts to one provider through its proxy, without a cap on connections."""

    def __init__(self, proxy: URL, headers: Headers, *, tls: ssl.SSLContext | None, connect_timeout_s: float) -> None:
        """`headers` are those of every request; `tls` is for the URLs that want it."""
        self._proxy = proxy
        self._connect_timeout_s = connect_timeout_s
        # Told whom to ask, because its `trust_env` lets a `.netrc` stand in for the provider's key.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=tls or True, keepalive_timeout=_KEPT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=headers,
            read_bufsize=_READ_BUFFER_BYTES,
        )

    async def post(self, url: str, body: bytes, headers: Headers, idle_timeout_s: float | None) -> ProxiedResponse:
        """The answer, once its head has come. Raises one of SOCKET_ERRORS."""
        limits = aiohttp.ClientTimeout(total=None, sock_connect=self._connect_timeout_s, sock_read=idle_timeout_s)
        response = await self._session.post(
            URL(url, encoded=True), data=body, headers=headers, proxy=self._proxy, timeout=limits, allow_redirects=False
        )
        return ProxiedResponse(response)

    async def close(self) -> None:
        """Close every connection that is kept. No call may be under way."""
        await self._session.close()


class ProxiedResponse:
    """An answer that came through a proxy."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """By names in any case."""
        return self._response.headers

    @property
    def ended(self) -> bool:
        """Whether the body has come to its end, and has been read."""
        return self._response.content.at_eof()

    async def read(self) -> bytes:
        """The next bytes of the body, as many as have come; none at its end. Raises one of SOCKET_ERRORS."""
        return await self._response.content.readany()

    def close(self) -> None:
        """Nothing more will be read: the connection is kept where the body has ended, else closed at once."""
        self._response.close()
