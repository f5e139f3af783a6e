"""A stream's caller, while another process answers its twin: nothing of that answer is known here yet, but that it is under way is said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from typing import Any

import msgspec
from starlette.types import Send

from lanewise.core.protocols.dialect import ErrorReport
from lanewise.core.request import Request
from lanewise.server.dialects import Spoken
from lanewise.server.progress import waiting

_REASON = "another gateway process answers the request of this Idempotency-Key"


class _Said(msgspec.Struct):
    message: str = ""
    type: str = "invalid_request_error"
    code: str | int | None = None
    param: str | None = None


class _Error(msgspec.Struct):
    """An error's body in any dialect."""

    error: _Said
    request_id: str = ""


_error_in = msgspec.json.Decoder(_Error).decode


class Aloud:
    """Says that it waits, at least every `every_s`; then sends what came of it, as the rest of the stream that so began.

    Once it has spoken, the status cannot change any more: an error is then the dialect's error event.
    """

    def __init__(self, send: Send, spoken: Spoken, request: Request, every_s: float) -> None:
        self._send = send
        self._spoken = spoken
        self._request = request
        self._every_s = every_s
        self._begun_s = time.monotonic()
        self._writer = spoken.inbound.stream_writer(request, run_id="", created_s=int(time.time()))
        self._refused: tuple[int, bytearray] | None = None  # status and body of an answer that is an HTTP error
        self.spoke = False

    async def wait(self, begun: Coroutine[Any, Any, None]) -> None:
        """Return when `begun` does."""
        begins = asyncio.ensure_future(begun)
        try:
            while not (await asyncio.wait({begins}, timeout=self._every_s))[0]:
                await self._say_so()
        finally:
            begins.cancel()
        begins.result()

    async def send(self, message: Mapping[str, Any]) -> None:
        """An ASGI `send` of what came of it."""
        if not self.spoke:
            await self._send(dict(message))
        elif message["type"] == "http.response.start":
            if message["status"] != 200:
                self._refused = (message["status"], bytearray())
        elif self._refused is None:
            await self._send(dict(message))
        else:
            status, body = self._refused
            body += message.get("body", b"")
            if not message.get("more_body", False):
                await self.fail(_report(status, bytes(body)))

    async def fail(self, report: ErrorReport) -> None:
        """The error event that ends the stream, once it has begun."""
        await self._send({"type": "http.response.body", "body": self._writer.error(report), "more_body": False})

    async def _say_so(self) -> None:
        if not self.spoke:
            self.spoke = True
            headers = [
                (b"content-type", self._spoken.stream_type(self._request)),
                (b"cache-control", b"no-cache"),
                (b"x-accel-buffering", b"no"),
            ]
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        beat = waiting(time.monotonic() - self._begun_s, _REASON)
        # In Gemini's array an event would be an element, and the answer that is to come begins the array itself.
        if self._request.hints.progress and self._spoken.stream_type(self._request).startswith(b"text/event-stream"):
            body = self._writer.progress(beat.word, beat.payload)
        else:
            body = self._writer.comment(beat.comment)
        await self._send({"type": "http.response.body", "body": body, "more_body": True})


def _report(status: int, body: bytes) -> ErrorReport:
    """What an error's body says, in whichever dialect it was written."""
    try:
        told = _error_in(body)
    except msgspec.DecodeError:
        return ErrorReport(status=status, kind="upstream_error", message=body.decode(errors="replace"))
    said = told.error
    code = said.code if isinstance(said.code, str) else None  # a number repeats the status
    return ErrorReport(
        status=status, kind=said.type, message=said.message, code=code, param=said.param, request_id=told.request_id
    )
