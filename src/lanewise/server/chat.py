"""POST of a request for an answer, in any inbound dialect: read it, walk, render."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import structlog
from starlette.types import Receive, Scope, Send

from lanewise.core.errors import InvalidRequest, LanewiseError, LimitReached
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.core.record import KeptAnswer
from lanewise.core.request import NO_TARGET, Caller, Dialect, Request
from lanewise.pipeline.gateway import Answer, Gateway
from lanewise.server.aloud import Aloud
from lanewise.server.asgi import AtOnce, Headers, header
from lanewise.server.auth import Door
from lanewise.server.body import Bodies, as_it_came
from lanewise.server.connection import Connection, connection_of
from lanewise.server.dialects import Spoken
from lanewise.server.errors import report_of_error
from lanewise.server.hints import with_headers
from lanewise.server.joining import Joining
from lanewise.server.listening import ClientLeft
from lanewise.server.paths import canonical, target_of
from lanewise.server.replies import Kept, StreamReply, WholeReply
from lanewise.server.shared_runs import KEY_HEADER, Keyed, Patience, SharedRun, SharedRuns, keyed_as
from lanewise.server.speaking import held_to
from lanewise.telemetry.metrics import Metrics

_log = structlog.get_logger()
_BROKEN = ErrorReport(status=500, kind="internal_error", message="The gateway failed; its log says why")


class _Asked(NamedTuple):
    """A request with an idempotency key."""

    keyed: Keyed
    request: Request
    caller: Caller
    joining: Joining | None


class AnswerEndpoint:
    """An ASGI application for one inbound dialect's paths."""

    def __init__(
        self,
        *,
        spoken: Spoken,
        gateway: Gateway,
        door: Door,
        bodies: Bodies,
        shared: SharedRuns,
        metrics: Metrics,
    ) -> None:
        self._spoken = spoken
        self._gateway = gateway
        self._door = door
        self._bodies = bodies
        self._shared = shared
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
            report, headers = self._report(error)
            await self._spoken.send_error(send, report, headers)
        except Exception:  # noqa: BLE001 - the boundary: nothing was sent yet, and a client must not wait in vain
            _log.exception("a request could not be read")
            await self._spoken.send_error(send, _BROKEN, [])
        finally:
            self._metrics.in_flight -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = self._door.caller(scope)
        body = await self._bodies.read(scope, receive, self._gateway.policy.server)
        try:
            request = with_headers(self._read(body, scope), scope, self._spoken.beside)
            if caller.scope is not None:
                request = held_to(request, caller, caller.scope)
            if (key := header(scope, KEY_HEADER)) is not None:
                keyed = keyed_as(key, canonical(scope["path"]), request, caller)
                joining = Joining(scope, body, send) if request.stream else None
                await self._answer_once(_Asked(keyed, request, caller, joining), connection_of(scope), send)
                return
            connection = connection_of(scope)
            request, kept = await self._reminded(request, caller)
            reply = self._reply(send, request, partial(connection.write_whole, scope), kept)
            try:
                walk = self._gateway.answer(request, caller, reply.on_event)
                await reply.finish(await self._shared.listeners.attend(connection, walk))
            except ClientLeft:
                raise
            except Exception as error:  # noqa: BLE001 - the boundary: see `_tell`
                await self._tell(reply, error)
            finally:
                reply.close()
        finally:
            self._bodies.release(body)

    async def _answer_once(self, asked: _Asked, connection: Connection, send: Send) -> None:
        """Answer a request with an idempotency key. Raises LanewiseError as long as nothing was said."""
        keyed, request, caller, joining = asked
        aloud, deadline_s = None, request.hints.deadline_s
        if request.stream:
            lanes = self._gateway.policy.lanes.values()  # which one answers is known elsewhere
            aloud = Aloud(send, self._spoken, request, min(lane.heartbeat_after_s for lane in lanes))
            send = aloud.send
        patience = Patience(aloud=aloud, joining=joining)
        if deadline_s is not None:
            patience = patience._replace(longest_s=deadline_s)
        try:
            await self._shared.answer(keyed, connection, send, partial(self._carry, request, caller), patience=patience)
        except LanewiseError as error:
            if aloud is None or not aloud.spoke:
                raise
            self._metrics.reject(error.kind)
            await aloud.fail(self._spoken.identified(report_of_error(error)[0]))

    async def _carry(self, request: Request, caller: Caller, shared: SharedRun) -> None:
        """Run a request whoever listens; its answer is kept with its row, and its end is shown when both are durable."""
        recording = shared.recording
        self._bodies.hold(request.body)  # the connection that brought it may be gone before the run is over
        reply = self._reply(recording.send, request, None, None)

        async def keep(answer: Answer) -> KeptAnswer | None:
            recording.hold_back()
            await reply.finish(answer)
            return self._shared.keeping(shared, answer)

        try:
            reminded, kept = await self._reminded(request, caller)
            reply = self._reply(recording.send, reminded, None, kept)
            await self._shared.listeners.carry(self._gateway.answer(reminded, caller, reply.on_event, keep=keep))
            await recording.release()
        except Exception as error:  # noqa: BLE001 - the boundary: see `_tell`
            recording.drop()
            await self._tell(reply, error)
        finally:
            reply.close()
            self._bodies.release(request.body)

    async def _reminded(self, request: Request, caller: Caller) -> tuple[Request, Kept | None]:
        """The request with what was said before, where it only names it, and how its answer is kept to be named. Raises LanewiseError."""
        remembers = self._spoken.remembers
        if remembers is None:
            return request, None
        request = await remembers.remind(request, caller)
        return request, partial(remembers.keep, request, caller)

    def _reply(
        self, send: Send, request: Request, at_once: AtOnce | None, kept: Kept | None
    ) -> WholeReply | StreamReply:
        usual = self._gateway.parts.history.lane
        if request.stream:
            return StreamReply(send, self._spoken, request, usual, kept=kept)
        return WholeReply(send, self._spoken, request, usual, at_once=at_once, kept=kept)

    async def _tell(self, reply: WholeReply | StreamReply, error: Exception) -> None:
        """Why there is no answer: a fault of ours still ends in words that the caller's client understands."""
        if isinstance(error, LanewiseError):
            self._metrics.reject(error.kind)
            report, headers = self._report(error)
        else:
            _log.error("a request failed inside the gateway", exc_info=error)
            report, headers = _BROKEN, []
        await reply.fail(self._spoken.identified(report), headers)

    def _read(self, body: bytes, scope: Scope) -> Request:
        target = target_of(canonical(scope["path"])) if self._spoken.dialect is Dialect.GEMINI else NO_TARGET
        try:
            return self._spoken.inbound.read_request(body, target)
        except InvalidRequest as error:
            raise as_it_came(scope, error) from error

    def _report(self, error: LanewiseError) -> tuple[ErrorReport, Headers]:
        report, headers = report_of_error(error)
        return report, headers + self._spoken.limits(error.standing) if isinstance(error, LimitReached) else headers
