"""`GET /metrics` at the port that copies of the gateway share: whichever copy gets it asks the others at their own ports.

A scraper reaches one of them by chance, and would see counters that jump from one copy's to another's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, NamedTuple

import aiohttp
import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from lanewise.server.asgi import Headers
from lanewise.server.copies import LOOPBACK
from lanewise.telemetry.metrics_of_copies import of_copies

_PATH = "/metrics"
_PATIENCE = aiohttp.ClientTimeout(total=3.0)  # a scraper's own is ten seconds
_KEYS = frozenset({b"authorization", b"x-api-key", b"x-goog-api-key"})  # by which the others know who asks, too
_log = structlog.get_logger()


class OwnPorts(NamedTuple):
    """Where each copy is reached alone."""

    number: int  # of the copy that this one is
    ports: tuple[int, ...]  # by number
    scheme: str = "http"


class AskingCopies:
    """An ASGI application around that of one copy."""

    def __init__(self, app: ASGIApp, own: OwnPorts) -> None:
        self._app = app
        self._own = own

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Hand a request on, but for the one."""
        if scope.get("path") == _PATH and scope["method"] == "GET" and scope["server"][1] not in self._own.ports:
            return self._tell(scope, receive, send)
        return self._app(scope, receive, send)

    async def _tell(self, scope: Scope, receive: Receive, send: Send) -> None:
        mine = _Taken()
        await self._app(scope, receive, mine.send)
        if mine.status != 200:
            await mine.replay(send)
            return
        number, ports, _ = self._own
        asked = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _KEYS}
        query = scope["query_string"].decode("latin-1")
        async with aiohttp.ClientSession(headers=asked, timeout=_PATIENCE) as session:
            others = [each for each in range(len(ports)) if each != number]
            told = await asyncio.gather(*(self._ask(session, each, query) for each in others))
        texts: dict[int, bytes | None] = dict(
            sorted({number: bytes(mine.body), **dict(zip(others, told, strict=True))}.items())
        )
        body = of_copies(texts)
        headers = [(name, value) for name, value in mine.headers if name != b"content-length"]
        start = {
            "type": "http.response.start",
            "status": 200,
            "headers": [*headers, (b"content-length", b"%d" % len(body))],
        }
        await send(start)
        await send({"type": "http.response.body", "body": body})

    async def _ask(self, session: aiohttp.ClientSession, number: int, query: str) -> bytes | None:
        url = f"{self._own.scheme}://{LOOPBACK}:{self._own.ports[number]}{_PATH}?{query}"
        try:
            # The certificate is for the name that callers know; the port is kept by our own parent.
            async with session.get(url, ssl=False) as response:
                response.raise_for_status()
                return await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.warning("a copy does not tell its metrics", copy=number, cause=str(error) or type(error).__name__)
            return None


class _Taken:
    """A response that was not sent yet."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: Headers = []
        self.body = bytearray()

    async def send(self, message: Mapping[str, Any]) -> None:
        """An ASGI `send`."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")

    async def replay(self, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": bytes(self.body)})
