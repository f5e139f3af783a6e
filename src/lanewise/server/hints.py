"""What callers say in headers: `X-Lanewise-*` wins over the body's own keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args
from urllib.parse import parse_qsl

from msgspec import structs
from starlette.types import Scope

from lanewise.core.durations import read_deadline_s
from lanewise.core.errors import InvalidRequest
from lanewise.core.protocols.dialect import Beside
from lanewise.core.request import MOST_NAME_CHARS, CacheWish, LatencyClass, Passed, Request, Risk, is_name
from lanewise.server.asgi import by_name

_TEXT = {
    b"x-lanewise-task": "task",
    b"x-lanewise-user": "user",
    b"x-lanewise-feature": "feature",
    b"x-lanewise-lane": "lane",
    b"x-lanewise-profile": "profile",
}
_CHOICES = {
    b"x-lanewise-latency": ("latency", get_args(LatencyClass)),
    b"x-lanewise-risk": ("risk", get_args(Risk)),
    b"x-lanewise-cache": ("cache", get_args(CacheWish)),
}
_CACHE_CONTROL = b"cache-control"
_DIRECTIVES = {"no-store": "off", "no-cache": "refresh"}  # the stronger one first
_REQUEST_ID = b"x-request-id"
_PROGRESS = b"x-lanewise-progress"
_DEADLINE = b"x-lanewise-deadline"
_KNOWN = b"x-lanewise-"
_READ = frozenset({_REQUEST_ID, _CACHE_CONTROL})
_NOTHING_BESIDE = Beside()


def with_headers(request: Request, scope: Scope, beside: Beside = _NOTHING_BESIDE) -> Request:
    """The request with what its headers say to Lanewise, and what goes on to a vendor of its dialect.

    Raises InvalidRequest, naming the header and what to write.
    """
    query = _query(scope, beside)
    if not query and _say_nothing(by_name(scope), beside):
        return request
    hints: dict[str, str | bool | float] = {}
    request_id = ""
    passed: list[tuple[str, str]] = []
    for name, value in scope["headers"]:
        if name == _REQUEST_ID:
            request_id = str(value, "latin-1")[:MOST_NAME_CHARS]
        elif name.startswith(_KNOWN):
            _read(name, _words(value).strip(), hints)
        elif name == _CACHE_CONTROL:
            _control(str(value, "latin-1"), request, hints)
        elif name in beside.headers:
            passed.append((str(name, "latin-1"), str(value, "latin-1")))
    if passed or query:
        request = structs.replace(request, passed=Passed(headers=tuple(passed), query=query))
    if hints:
        request = structs.replace(request, hints=structs.replace(request.hints, **hints))
    return structs.replace(request, request_id=request_id) if request_id else request


def _say_nothing(headers: Mapping[bytes, bytes], beside: Beside) -> bool:
    """Whether no header is one that is read here: most requests have twenty, and none of these."""
    names = headers.keys()
    return names.isdisjoint(_READ) and names.isdisjoint(beside.headers) and _KNOWN not in b" ".join(names)


def _words(value: bytes) -> str:
    """A header's text: a name must be the same one here as in a body or of a key, whichever way a client writes its letters."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _control(value: str, request: Request, hints: dict[str, str | bool | float]) -> None:
    """What HTTP's own header says of the cache, where nothing of ours says more."""
    directives = {each.strip().lower() for each in value.split(",")}
    wish = next((_DIRECTIVES[each] for each in _DIRECTIVES if each in directives), None)
    if wish is not None and request.hints.cache is None:
        hints.setdefault("cache", wish)


def _query(scope: Scope, beside: Beside) -> tuple[tuple[str, str], ...]:
    text: bytes = scope.get("query_string", b"")
    if not text or not beside.query:
        return ()
    return tuple(pair for pair in parse_qsl(text.decode("latin-1")) if pair in beside.query)


def _read(name: bytes, value: str, hints: dict[str, str | bool | float]) -> None:
    shown = name.decode("latin-1")
    if name in _TEXT:
        if not is_name(value):
            raise InvalidRequest(
                f"Header {shown}: write 1 to {MOST_NAME_CHARS} characters, none of them a control character",
                param=shown,
            )
        hints[_TEXT[name]] = value
    elif name in _CHOICES:
        key, allowed = _CHOICES[name]
        if value not in allowed:
            raise InvalidRequest(f"Header {shown}: {value!r} is not one of {', '.join(allowed)}", param=shown)
        hints[key] = value
    elif name == _DEADLINE:
        deadline_s = read_deadline_s(value)
        if deadline_s is None:
            raise InvalidRequest(f"Header {shown}: write seconds or a duration such as 5s or 2m, up to 1d", param=shown)
        hints["deadline_s"] = deadline_s
    elif name == _PROGRESS:
        if value not in ("events", "off"):
            raise InvalidRequest(f"Header {shown}: write 'events' or 'off'", param=shown)
        hints["progress"] = value == "events"
    else:
        known = ", ".join(sorted(each.decode() for each in (*_TEXT, *_CHOICES, _PROGRESS, _DEADLINE)))
        raise InvalidRequest(f"Unknown header {shown}. Known: {known}", param=shown)
