"""The two ways to answer: whole, or as a stream whose status is held until there is something to show."""

from __future__ import annotations

import asyncio
import time

import msgspec
from starlette.types import Send

from lanewise.core.events import Degraded, Deltas, Event, Routed
from lanewise.core.protocols.dialect import ErrorReport, Inbound
from lanewise.core.request import Request
from lanewise.pipeline.gateway import Answer
from lanewise.server import outcome
from lanewise.server.asgi import Headers, send_whole
from lanewise.server.errors import report_of_failure

_CHARS_PER_TOKEN = 4


class WholeReply:
    """One JSON body when the run is over."""

    def __init__(self, send: Send, inbound: Inbound, request: Request) -> None:
        self._send = send
        self._inbound = inbound
        self._request = request

    async def on_event(self, event: Event) -> None:
        """Nothing can be shown before the end."""

    async def finish(self, answer: Answer) -> None:
        """Send the answer, or the failure as an HTTP error."""
        headers = outcome.headers(answer.record)
        failure = answer.generation.failure
        if failure is not None:
            report, extra = report_of_failure(failure)
            await self.fail(report, headers + extra)
            return
        record = answer.record
        body = self._inbound.write_answer(
            answer.generation,
            self._request,
            outcome.told(record),
            run_id=record.run_id,
            created_s=record.started_us // 1_000_000,
        )
        await send_whole(self._send, 200, body, headers)

    async def fail(self, report: ErrorReport, headers: Headers) -> None:
        """Send an HTTP error."""
        await send_whole(self._send, report.status, self._inbound.write_error(report), headers)

    def close(self) -> None:
        """Nothing goes on beside the reply."""


class StreamReply:
    """Server-sent events. Until the first of them an error is an HTTP error; afterwards it is the dialect's error event."""

    def __init__(self, send: Send, inbound: Inbound, request: Request) -> None:
        self._send = send
        self._inbound = inbound
        self._request = request
        self._begun_s = time.monotonic()
        self._quiet_since_s = self._begun_s
        self._started = False
        self._reasoning_chars = 0
        self._degraded: list[Degraded] = []
        self._timer: asyncio.TimerHandle | None = None
        self._beat: asyncio.Task[None] | None = None

    async def on_event(self, event: Event) -> None:
        """Show what can be shown now."""
        if isinstance(event, Deltas):
            await self._relay(event)
            return
        if isinstance(event, Routed):
            self._routed = event
            self._writer = self._inbound.stream_writer(self._request, run_id=event.run_id, created_s=int(time.time()))
            self._timer = asyncio.get_running_loop().call_later(event.heartbeat_after_s, self._heartbeat_due)
        if isinstance(event, Degraded):
            self._degraded.append(event)
        if self._request.hints.progress:
            await self._write(self._writer.progress(event.word, msgspec.json.encode(event)))

    async def finish(self, answer: Answer) -> None:
        """End the stream: with the run's own record and the terminal event, or with an error."""
        self.close()
        failure = answer.generation.failure
        if failure is not None:
            report, extra = report_of_failure(failure)
            await self.fail(report, outcome.headers(answer.record) + extra)
            return
        await self._write(self._writer.finish(outcome.told(answer.record)), more=False)

    async def fail(self, report: ErrorReport, headers: Headers) -> None:
        """An HTTP error while the status is still held, else the error event that ends the stream."""
        self.close()
        if self._started:
            await self._write(self._writer.error(report), more=False)
        else:
            await send_whole(self._send, report.status, self._inbound.write_error(report), headers)

    def close(self) -> None:
        """Stop the heartbeat."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._beat is not None:
            self._beat.cancel()

    async def _relay(self, event: Deltas) -> None:
        for delta in event.deltas:
            if delta.reasoning:
                self._reasoning_chars += len(delta.reasoning)
        data = self._writer.write(event.dialect, event.deltas)
        if data:
            await self._write(data)

    async def _write(self, data: bytes, *, more: bool = True) -> None:
        if not self._started:
            self._started = True
            await self._send({"type": "http.response.start", "status": 200, "headers": self._headers()})
        self._quiet_since_s = time.monotonic()
        await self._send({"type": "http.response.body", "body": data, "more_body": more})

    def _headers(self) -> Headers:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-cache"),
            (b"x-accel-buffering", b"no"),
            (b"x-lanewise-run", self._routed.run_id.encode()),
            (b"x-lanewise-lane", self._routed.lane.encode()),
        ]
        if self._degraded:
            headers.append((b"x-lanewise-degraded", outcome.degraded_header(self._degraded)))
        return headers

    def _heartbeat_due(self) -> None:
        """Speak up if nothing was said for as long as the lane allows, then look again."""
        now_s, after_s = time.monotonic(), self._routed.heartbeat_after_s
        quiet_s = now_s - self._quiet_since_s
        if quiet_s >= after_s * 0.99:
            quiet_s = 0.0
            if self._beat is None or self._beat.done():  # else the client does not read, and has enough to read
                self._beat = asyncio.ensure_future(self._say_alive(now_s - self._begun_s))
        self._timer = asyncio.get_running_loop().call_later(after_s - quiet_s, self._heartbeat_due)

    async def _say_alive(self, elapsed_s: float) -> None:
        tokens = self._reasoning_chars // _CHARS_PER_TOKEN
        budget = self._routed.thinking_budget_tokens
        said = f"thinking elapsed_s={elapsed_s:.1f}"
        if tokens:
            said += f" tokens={tokens}" + (f" of={budget}" if budget else "")
        if self._request.hints.progress:
            payload = {"elapsed_s": round(elapsed_s, 1), "tokens": tokens or None, "budget_tokens": budget}
            await self._write(self._writer.progress("thinking", msgspec.json.encode(payload)))
        else:
            await self._write(self._writer.comment(said))
