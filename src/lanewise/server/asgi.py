"""The little of HTTP that the hot path needs, straight on ASGI."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.types import Scope, Send

Headers = list[tuple[bytes, bytes]]

AtOnce = Callable[[int, Headers, bytes], bool]
"""Writes status, headers and body without ASGI; False where it cannot, and nothing was written."""


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of this lower-case name, or None."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


async def send_whole(
    send: Send,
    status: int,
    body: bytes,
    headers: Iterable[tuple[bytes, bytes]] = (),
    *,
    at_once: AtOnce | None = None,
) -> None:
    """Send one JSON response; `at_once` where there is a shorter way."""
    start: Headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *headers]
    if at_once is not None and at_once(status, start, body):
        return
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
