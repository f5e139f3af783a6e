"""The dialects that are spoken here, each with what HTTP adds to its bodies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import msgspec
from starlette.types import Scope, Send

from lanewise.core.protocols.dialect import Beside, ErrorReport, Inbound
from lanewise.core.protocols.hot_state import Standing
from lanewise.core.request import Caller, Dialect, Request
from lanewise.pipeline.gateway import Answer
from lanewise.server.asgi import Headers, send_whole
from lanewise.server.paths import dialect_of
from lanewise.server.rate_headers import rate_headers

_REQUEST_ID = {
    Dialect.OPENAI_CHAT: b"x-request-id",
    Dialect.OPENAI_RESPONSES: b"x-request-id",
    Dialect.ANTHROPIC_MESSAGES: b"request-id",
}
_EVENTS = b"text/event-stream; charset=utf-8"


class Remembers(Protocol):
    """Keeps answers of a dialect whose later requests may only name what was said."""

    async def remind(self, request: Request, caller: Caller) -> Request:
        """The request with what was said before, where it names it. Raises LanewiseError."""

    async def keep(self, request: Request, caller: Caller, answer: Answer, sent: bytes) -> None:
        """Keep an answer, of which `sent` is the body or the end of the stream."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """One dialect at the door."""

    dialect: Dialect
    inbound: Inbound
    beside: Beside
    request_id: bytes | None  # the header its SDKs look for a request's id in
    remembers: Remembers | None = None
    new_id: Callable[[], str] = str  # for a request that failed before it had one; of `str`, none

    def named(self, run_id: str) -> Headers:
        """The header that names a request in this dialect, where it has one."""
        return [] if self.request_id is None or not run_id else [(self.request_id, run_id.encode())]

    def limits(self, standing: Standing | None) -> Headers:
        """What is left of the caller's rates, where there are any."""
        return [] if standing is None else rate_headers(standing, self.dialect, time.time())

    def stream_type(self, request: Request) -> bytes:
        """The content type of a stream: Gemini sends one JSON array to those who did not ask for events."""
        if self.dialect is Dialect.GEMINI and ("alt", "sse") not in request.passed.query:
            return b"application/json"
        return _EVENTS

    def identified(self, report: ErrorReport) -> ErrorReport:
        """An error that its caller can name; of a request that has no run, by an id of its own."""
        return report if report.request_id else msgspec.structs.replace(report, request_id=self.new_id())

    async def send_error(self, send: Send, report: ErrorReport, headers: Headers) -> None:
        """An error as a whole response, its request named where the dialect names it."""
        report = self.identified(report)
        named = self.named(report.request_id)
        await send_whole(send, report.status, self.inbound.write_error(report), [*headers, *named])


class Dialects:
    """Every dialect that can be spoken, and which one to speak to a caller."""

    def __init__(
        self,
        inbound: Mapping[Dialect, Inbound],
        beside: Mapping[Dialect, Beside],
        remembers: Mapping[Dialect, Remembers] = MappingProxyType({}),
        *,
        new_id: Callable[[], str] = str,
    ) -> None:
        self._spoken = {
            dialect: Spoken(
                dialect=dialect,
                inbound=codec,
                beside=beside[dialect],
                request_id=_REQUEST_ID.get(dialect),
                remembers=remembers.get(dialect),
                new_id=new_id,
            )
            for dialect, codec in inbound.items()
        }

    def __iter__(self) -> Iterator[Dialect]:
        return iter(self._spoken)

    def __getitem__(self, dialect: Dialect) -> Spoken:
        return self._spoken[dialect]

    def of(self, scope: Scope) -> Spoken:
        """The dialect to speak to whoever sent this; OpenAI's where theirs is not spoken."""
        return self._spoken.get(dialect_of(scope)) or self._spoken[Dialect.OPENAI_CHAT]
