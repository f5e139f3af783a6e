"""One POST with aiohttp, without what a call to a vendor never needs."""

from __future__ import annotations

import asyncio
import sys

import aiohttp
from aiohttp import hdrs
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.helpers import TimerNoop
from aiohttp.http import StreamWriter
from aiohttp.typedefs import LooseHeaders
from multidict import CIMultiDict, istr
from yarl import URL

_SMALL_BYTES = 128 * 1024  # what is left of it after the socket's first write does not make the transport pause
_READ_BUFFER_BYTES = 256 * 1024
_NO_TIMER = TimerNoop()


async def post(
    session: aiohttp.ClientSession,
    url: URL,
    *,
    body: aiohttp.Payload,
    headers: CIMultiDict[str],
    limits: aiohttp.ClientTimeout,
    proxy: URL | None,
) -> aiohttp.ClientResponse:
    """Send a request and return its response once the head has come; raises what the session's own `post` raises.

    `ClientSession.request` also merges headers, follows redirects, keeps cookies, looks for credentials and sets timers. All that is
    switched off or settled per provider here, and passing through it costs a third of the client's CPU. `headers` are sent as they are,
    and become the request's own.
    """
    assert session.connector is not None
    request = Post(
        "POST",
        url,
        headers=headers,
        data=body,
        loop=asyncio.get_running_loop(),
        session=session,
        proxy=proxy,
        timer=_NO_TIMER,
    )
    try:
        connection = await session.connector.connect(request, traces=[], timeout=limits)
    except TimeoutError as error:
        raise aiohttp.ConnectionTimeoutError(f"Connection timeout to host {url.host}") from error
    protocol = connection.protocol
    assert protocol is not None
    protocol.set_response_params(
        timer=_NO_TIMER,
        read_until_eof=True,
        auto_decompress=True,
        read_timeout=limits.sock_read,
        read_bufsize=_READ_BUFFER_BYTES,
    )
    response: aiohttp.ClientResponse | None = None
    try:
        response = await request.send(connection)
        return await response.start(connection)
    except BaseException:
        if response is not None:
            response.close()
        connection.close()
        raise


class Post(ClientRequest):
    """aiohttp's request with its headers ready, whose body is written at once where it is small.

    From Python 3.12 on aiohttp does the latter itself; under 3.11 it starts a task for every body. A large body still gets one, because its
    vendor may answer, with a refusal for example, before it has read it to the end.
    """

    def update_headers(self, headers: LooseHeaders | None) -> None:
        """Take the headers as they are, and say the host."""
        assert isinstance(headers, CIMultiDict)
        headers[hdrs.HOST] = self.url.host_port_subcomponent or ""
        self.headers = headers

    def update_auto_headers(self, skip_auto_headers: object) -> None:
        """None: they are among the constant ones."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Write the request, and return the response that is to be read."""
        protocol = conn.protocol
        if sys.version_info >= (3, 12) or protocol is None or protocol.writing_paused or not self._is_small():
            return await super().send(conn)
        writer = StreamWriter(protocol, self.loop)
        await writer.write_headers(f"POST {self.url.raw_path_qs} HTTP/1.1", self.headers)
        await self.write_bytes(writer, conn, None)
        return self.response_class(
            self.method,
            self.original_url,
            writer=None,
            continue100=None,
            timer=self._timer,
            request_info=self.request_info,
            traces=self._traces,
            loop=self.loop,
            session=self._session,
            stream_writer=writer,
        )

    def _is_small(self) -> bool:
        size = self._body.size if self._body is not None else None
        return self.proxy is None and size is not None and size <= _SMALL_BYTES


def constant_headers(own: dict[str, str]) -> CIMultiDict[str]:
    """Headers of every request to one provider: the host's place first, then its own, then what the client can read."""
    headers = CIMultiDict({hdrs.HOST: "", **own})
    for name, value in ClientRequest.DEFAULT_HEADERS.items():
        headers.setdefault(istr(name), value)
    return headers
