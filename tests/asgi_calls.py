"""ASGI applications called by hand, where a socket would hide what is tested."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, MutableMapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope


def scope(target: str = "/", method: str = "GET", **headers: str) -> Scope:
    """One request's scope; a header's underscores stand for dashes."""
    parts = urlsplit(target)
    return {
        "type": "http",
        "method": method,
        "path": parts.path,
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()],
    }


class Caller:
    """Sends the pieces of a body, then leaves when it is told to; `asked` counts how often somebody wanted more."""

    def __init__(self, *pieces: bytes, leaves_in_the_middle: bool = False) -> None:
        self.asked = 0
        self.left = asyncio.Event()
        self._messages = self._told(pieces or (b"",), leaves_in_the_middle=leaves_in_the_middle)

    async def __call__(self) -> Message:
        self.asked += 1
        for message in self._messages:
            return message
        await self.left.wait()
        return {"type": "http.disconnect"}

    @staticmethod
    def _told(pieces: tuple[bytes, ...], *, leaves_in_the_middle: bool) -> Iterator[Message]:
        for number, piece in enumerate(pieces, start=1):
            more = leaves_in_the_middle or number < len(pieces)
            yield {"type": "http.request", "body": piece, "more_body": more}
        if leaves_in_the_middle:
            yield {"type": "http.disconnect"}


class Sent:
    """What an application sent."""

    def __init__(self) -> None:
        self.messages: list[MutableMapping[str, Any]] = []

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode("latin-1") for name, value in self.messages[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.messages[1:])

    @property
    def whole(self) -> bool:
        """Whether the last message says that no more comes."""
        return len(self.messages) > 1 and not self.messages[-1].get("more_body", False)

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


async def called(app: ASGIApp, of: Scope, receive: Receive | None = None) -> Sent:
    """The application's whole reply to one request."""
    sent = Sent()
    await app(of, receive or Caller(), sent)
    return sent
