"""POST of a request for an answer, in any inbound dialect: read it, walk, render."""

from __future__ import annotations

from functools import partial

import structlog
from msgspec import structs
from starlette.types import Receive, Scope, Send

from lanewise.core.errors import LanewiseError
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.core.request import NO_TARGET, Caller, Dialect, Request
from lanewise.pipeline.gateway import Gateway
from lanewise.server.auth import Door
from lanewise.server.body import Bodies
from lanewise.server.connection import Connection, connection_of
from lanewise.server.dialects import Spoken
from lanewise.server.errors import report_of_error
from lanewise.server.hints import with_headers
from lanewise.server.listening import ClientLeft, Listeners
from lanewise.server.paths import canonical, target_of
from lanewise.server.replies import Kept, StreamReply, WholeReply
from lanewise.telemetry.metrics import Metrics

_log = structlog.get_logger()
_BROKEN = ErrorReport(status=500, kind="internal_error", message="The gateway failed; its log says why")


class AnswerEndpoint:
    """An ASGI application for one inbound dialect's paths."""

    def __init__(
        self, *, spoken: Spoken, gateway: Gateway, door: Door, bodies: Bodies, listeners: Listeners, metrics: Metrics
    ) -> None:
        self._spoken = spoken
        self._gateway = gateway
        self._door = door
        self._bodies = bodies
        self._listeners = listeners
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every error is told in the caller's dialect."""
        self._metrics.in_flight += 1
        try:
            await self._answer(scope, receive, send)
        except ClientLeft:
            return
        except LanewiseError as error:  # refused before there was anything to stream
            self._metrics.reject(error.kind)
            report, headers = report_of_error(error)
            await self._spoken.send_error(send, self._named(report), headers)
        except Exception:  # noqa: BLE001 - the boundary: nothing was sent yet, and a client must not wait in vain
            _log.exception("a request could not be read")
            await self._spoken.send_error(send, self._named(_BROKEN), [])
        finally:
            self._metrics.in_flight -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = self._door.caller(scope)
        body = await self._bodies.read(scope, receive, self._gateway.policy.server)
        try:
            request = with_headers(self._read(body, scope["path"]), scope, self._spoken.beside)
            kept: Kept | None = None
            if self._spoken.remembers is not None:
                request = await self._spoken.remembers.remind(request, caller)
                kept = partial(self._spoken.remembers.keep, request, caller)
            usual = self._gateway.parts.history.lane
            connection = connection_of(scope)
            reply: WholeReply | StreamReply
            if request.stream:
                reply = StreamReply(send, self._spoken, request, usual, kept=kept)
            else:
                at_once = partial(connection.write_whole, scope)
                reply = WholeReply(send, self._spoken, request, usual, at_once=at_once, kept=kept)
            try:
                await self._walk(request, caller, connection, reply)
            finally:
                reply.close()
        finally:
            self._bodies.release(body)

    async def _walk(
        self, request: Request, caller: Caller, connection: Connection, reply: WholeReply | StreamReply
    ) -> None:
        try:
            walk = self._gateway.answer(request, caller, reply.on_event)
            await reply.finish(await self._listeners.attend(connection, walk))
        except LanewiseError as error:
            self._metrics.reject(error.kind)
            report, headers = report_of_error(error)
            await reply.fail(self._named(report), headers)
        except ClientLeft:
            raise
        except Exception:  # noqa: BLE001 - the boundary: a fault of ours still ends in words the caller's client understands
            _log.exception("a request failed inside the gateway")
            await reply.fail(self._named(_BROKEN), [])

    def _read(self, body: bytes, path: str) -> Request:
        target = target_of(canonical(path)) if self._spoken.dialect is Dialect.GEMINI else NO_TARGET
        return self._spoken.inbound.read_request(body, target)

    def _named(self, report: ErrorReport) -> ErrorReport:
        """An error of a request that may have no run: it gets an id of its own, so that its caller can name it."""
        parts = self._gateway.parts
        return structs.replace(report, request_id=parts.ids.run_id(parts.clock.now_s()))
