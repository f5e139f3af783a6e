"""`POST /v1/messages/count_tokens`: how many tokens a request has, before it is put. No run, nothing to pay."""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from starlette.types import Receive, Scope, Send

from lanewise.core.errors import LanewiseError
from lanewise.core.failure import Failure
from lanewise.core.protocols.counting import Counted, TokenCounter
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.pipeline.count import count_tokens
from lanewise.pipeline.gateway import Gateway
from lanewise.server.asgi import Headers, send_whole
from lanewise.server.auth import Door
from lanewise.server.body import Bodies
from lanewise.server.dialects import Spoken
from lanewise.server.errors import report_of_error, report_of_failure
from lanewise.server.hints import with_headers
from lanewise.server.listening import ClientLeft
from lanewise.server.speaking import held_to

PATH = "/v1/messages/count_tokens"
_log = structlog.get_logger()
_BROKEN = ErrorReport(status=500, kind="internal_error", message="The gateway failed; its log says why")


class CountEndpoint:
    """An ASGI application for the one path; errors are told in its dialect."""

    def __init__(self, *, spoken: Spoken, gateway: Gateway, door: Door, bodies: Bodies, counter: TokenCounter) -> None:
        self._spoken = spoken
        self._gateway = gateway
        self._door = door
        self._bodies = bodies
        self._counter = counter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count one request's tokens."""
        try:
            counted = await self._count(scope, receive)
        except ClientLeft:
            return
        except LanewiseError as error:
            await self._fail(send, *report_of_error(error))
        except Exception:  # noqa: BLE001 - the boundary: a client must not wait in vain
            _log.exception("a request's tokens could not be counted")
            await self._fail(send, _BROKEN, [])
        else:
            if isinstance(counted, Failure):
                await self._fail(send, *report_of_failure(counted))
            else:
                await send_whole(send, 200, _told(counted))

    async def _count(self, scope: Scope, receive: Receive) -> Counted | Failure:
        caller = self._door.caller(scope)
        body = await self._bodies.read(scope, receive, self._gateway.policy.server)
        try:
            request = with_headers(self._spoken.inbound.read_request(body), scope, self._spoken.beside)
            if caller.scope is not None:
                request = held_to(request, caller, caller.scope)
            return await count_tokens(self._gateway, self._counter, request, caller)
        finally:
            self._bodies.release(body)

    async def _fail(self, send: Send, report: ErrorReport, headers: Headers) -> None:
        parts = self._gateway.parts
        named = msgspec.structs.replace(report, request_id=parts.ids.run_id(parts.clock.now_s()))
        await self._spoken.send_error(send, named, headers)


def _told(counted: Counted) -> bytes:
    """The vendor's own shape; that nobody was asked stands beside it."""
    told: dict[str, Any] = {"input_tokens": counted.input_tokens}
    if counted.estimated:
        told["lanewise"] = {"estimated": True}
    return msgspec.json.encode(told)
