"""The little of HTTP that the hot path needs, straight on ASGI."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.types import Scope, Send

Headers = list[tuple[bytes, bytes]]

_BY_NAME = "lanewise.headers"  # an extra key of a scope, as ASGI allows

AtOnce = Callable[[int, Headers, bytes], bool]
"""Writes status, headers and body without ASGI; False where it cannot, and nothing was written."""


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of this lower-case name, or None."""
    value = by_name(scope).get(name)
    return None if value is None else str(value, "latin-1")


def by_name(scope: Scope) -> dict[bytes, bytes]:
    """The headers by their lower-case names, the first of each; found out once, since a request has twenty and each step looks for some."""
    found: dict[bytes, bytes] | None = scope.get(_BY_NAME)
    if found is None:
        found = scope[_BY_NAME] = dict(reversed(scope["headers"]))
    return found


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
