"""A stream joins the run of its twin in another process of this machine: it is asked for there, and handed on piece by piece."""

from __future__ import annotations

import aiohttp
import structlog
from starlette.types import Scope, Send
from yarl import URL

# It is as long as the other one's run, whose heartbeats pass by.
_PATIENCE = aiohttp.ClientTimeout(total=None, sock_connect=2.0)
_VIA = (b"via", b"1.1 lanewise")
_OF_A_CONNECTION = frozenset(
    {b"host", b"connection", b"keep-alive", b"content-length", b"transfer-encoding", b"te", b"upgrade", b"expect"}
)
_log = structlog.get_logger()


class Joining:
    """One request, as it may be sent on."""

    def __init__(self, scope: Scope, body: bytes, send: Send) -> None:
        self._scope = scope
        self._body = body
        self._send = send
        self.begun = False  # something was handed on: nothing else may be said any more

    async def at(self, url: str) -> bool:
        """Hand on what the process at this address answers. False: it cannot be joined there now, and nothing was handed on.

        Raises ConnectionAbortedError where it broke off in the middle, so that its end cannot be taken for one.
        """
        if _VIA in self._scope["headers"]:
            return False  # it was sent on already: whoever has the key now, nobody is sent round in a circle
        raw_path = self._scope.get("raw_path") or self._scope["path"].encode()
        target = f"{url}{raw_path.decode('latin-1')}?{self._scope['query_string'].decode('latin-1')}"
        try:
            async with (
                aiohttp.ClientSession(timeout=_PATIENCE, auto_decompress=False) as session,
                # The certificate is for the name that callers know; this is our own machine.
                session.post(
                    URL(target, encoded=True),
                    data=self._body,
                    headers=self._headers(),
                    allow_redirects=False,
                    ssl=False,
                ) as response,
            ):
                if response.status != 200:  # told here in due time, once it is over
                    return False
                await self._hand_on(response)
        except (aiohttp.ClientError, TimeoutError) as error:
            if self.begun:
                raise ConnectionAbortedError("the answer broke off") from error
            _log.warning("a twin in another process cannot be joined", at=url, cause=str(error) or type(error).__name__)
            return False
        return True

    def _headers(self) -> list[tuple[str, str]]:
        named = [(name, value) for name, value in self._scope["headers"] if name not in _OF_A_CONNECTION]
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in (*named, _VIA)]

    async def _hand_on(self, response: aiohttp.ClientResponse) -> None:
        headers = [(name.lower(), value) for name, value in response.raw_headers]
        kept = [(name, value) for name, value in headers if name not in _OF_A_CONNECTION and name != b"date"]
        self.begun = True
        await self._send({"type": "http.response.start", "status": response.status, "headers": kept})
        async for piece in response.content.iter_any():
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
