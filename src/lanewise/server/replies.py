"""The two ways to answer: whole, or as a stream whose status is held until there is something to show."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from msgspec import structs
from starlette.types import Send

from lanewise.core.events import Degraded, Deltas, Event, Queued, Routed
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.core.request import Request
from lanewise.pipeline.gateway import Answer
from lanewise.server import outcome
from lanewise.server.asgi import AtOnce, Headers, send_whole
from lanewise.server.dialects import Spoken
from lanewise.server.errors import report_of_failure
from lanewise.server.progress import Progress, Usual
from lanewise.server.rate_headers import ALONE

Kept = Callable[[Answer, bytes], Awaitable[None]]  # keeps an answer before the caller has the end of it


def _limits_word(routed: Routed | None) -> str:
    return ALONE if routed is not None and routed.standing is not None and routed.standing.alone else ""


class WholeReply:
    """One JSON body when the run is over."""

    def __init__(
        self,
        send: Send,
        spoken: Spoken,
        request: Request,
        usual: Usual,
        *,
        at_once: AtOnce | None = None,
        kept: Kept | None = None,
    ) -> None:
        """`usual` tells how long a lane takes, where that is known; `at_once` is a shorter way to send an answer."""
        self._send = send
        self._spoken = spoken
        self._request = request
        self._usual = usual
        self._at_once = at_once
        self._kept = kept
        self._routed: Routed | None = None

    async def on_event(self, event: Event) -> None:
        """Nothing can be shown before the end."""
        if isinstance(event, Routed):
            self._routed = event

    async def finish(self, answer: Answer) -> None:
        """Send the answer, or the failure as an HTTP error."""
        record, failure = answer.record, answer.generation.failure
        if failure is not None:
            report, extra = report_of_failure(failure)
            await self.fail(
                structs.replace(report, request_id=record.run_id), outcome.headers(record) + extra + self._limits()
            )
            return
        routed = self._routed
        # What was expected when the request came, not what this very answer has changed in it.
        same = routed is not None and routed.lane == record.lane
        expected = routed.expected if routed is not None and same else self._usual(record.lane)
        cache = "" if routed is None else routed.cache
        headers = outcome.headers(record, expected, cache) + self._spoken.named(record.run_id) + self._limits()
        body = self._spoken.inbound.write_answer(
            answer.generation,
            self._request,
            outcome.told(record, expected, _limits_word(routed)),
            run_id=record.run_id,
            created_s=record.started_us // 1_000_000,
        )
        if self._kept is not None:
            await self._kept(answer, body)
        await send_whole(self._send, 200, body, headers, at_once=self._at_once)

    async def fail(self, report: ErrorReport, headers: Headers) -> None:
        """Send an HTTP error."""
        if self._routed is not None:
            report = structs.replace(report, request_id=self._routed.run_id)
        await self._spoken.send_error(self._send, report, headers)

    def close(self) -> None:
        """Nothing goes on beside the reply."""

    def _limits(self) -> Headers:
        return [] if self._routed is None else self._spoken.limits(self._routed.standing)


class StreamReply:
    """Server-sent events. Until the first of them an error is an HTTP error; afterwards it is the dialect's error event."""

    def __init__(self, send: Send, spoken: Spoken, request: Request, usual: Usual, *, kept: Kept | None = None) -> None:
        """`usual` tells how long a lane takes, where that is known."""
        self._kept = kept
        self._send = send
        self._spoken = spoken
        self._request = request
        self._usual = usual
        self._begun_s = time.monotonic()
        self._quiet_since_s = self._begun_s
        self._started = False
        self._run_id = ""  # until it is routed
        self._degraded: list[Degraded] = []
        self._timer: asyncio.TimerHandle | None = None
        self._beat: asyncio.Task[None] | None = None

    async def on_event(self, event: Event) -> None:
        """Show what can be shown now."""
        if isinstance(event, Deltas):
            await self._relay(event)
            return
        now_s = time.monotonic()
        if isinstance(event, Routed):
            self._begin(event)
        self._progress.follow(event, now_s)
        if isinstance(event, Degraded):
            self._degraded.append(event)
        elif isinstance(event, Queued):  # everybody is asked anew: nobody answers in another's place so far
            self._degraded.clear()
        if self._request.hints.progress:
            await self._write(self._writer.progress(event.word, self._progress.payload(event)))

    async def finish(self, answer: Answer) -> None:
        """End the stream: with the run's own record and the terminal event, or with an error."""
        self.close()
        failure = answer.generation.failure
        if failure is not None:
            report, extra = report_of_failure(failure)
            report = structs.replace(report, request_id=answer.record.run_id)
            await self.fail(report, outcome.headers(answer.record) + extra)
            return
        end = self._writer.finish(outcome.told(answer.record, self._progress.expected, _limits_word(self._routed)))
        if self._kept is not None:
            await self._kept(answer, end)
        await self._write(end, more=False)

    async def fail(self, report: ErrorReport, headers: Headers) -> None:
        """An HTTP error while the status is still held, else the error event that ends the stream."""
        self.close()
        if self._run_id:
            report = structs.replace(report, request_id=self._run_id)
        if self._started:
            await self._write(self._writer.error(report), more=False)
        else:
            await self._spoken.send_error(self._send, report, headers)

    def close(self) -> None:
        """Stop the heartbeat."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._beat is not None:
            self._beat.cancel()

    def _begin(self, routed: Routed) -> None:
        self._routed = routed
        self._run_id = routed.run_id
        self._progress = Progress(routed, self._usual)
        self._writer = self._spoken.inbound.stream_writer(
            self._request, run_id=routed.run_id, created_s=int(time.time())
        )
        self._timer = asyncio.get_running_loop().call_later(routed.heartbeat_after_s, self._heartbeat_due)

    async def _relay(self, event: Deltas) -> None:
        self._progress.hear(event.deltas)
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
        run_id = self._run_id
        headers = [
            (b"content-type", self._spoken.stream_type(self._request)),
            (b"cache-control", b"no-cache"),
            (b"x-accel-buffering", b"no"),
            *self._spoken.named(run_id),
            (b"x-lanewise-run", run_id.encode()),
            (b"x-lanewise-lane", self._progress.lane.encode()),
            *self._spoken.limits(self._routed.standing),
        ]
        if self._routed.cache:
            headers.append((b"x-lanewise-cache", self._routed.cache.encode()))
        if self._progress.expected is not None:
            headers.append((b"x-lanewise-expected", outcome.expected_header(self._progress.expected)))
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
                self._beat = asyncio.ensure_future(self._say_alive(now_s))
        self._timer = asyncio.get_running_loop().call_later(after_s - quiet_s, self._heartbeat_due)

    async def _say_alive(self, now_s: float) -> None:
        beat = self._progress.heartbeat(now_s - self._begun_s, now_s)
        if self._request.hints.progress:
            await self._write(self._writer.progress(beat.word, beat.payload))
        else:
            await self._write(self._writer.comment(beat.comment))
