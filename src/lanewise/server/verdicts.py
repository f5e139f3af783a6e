"""Verdicts that come later: a CI result, a person's word. By the name that a webhook was asked under, or for a run of one's own tenant."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any

import msgspec
import structlog
from msgspec import Meta
from starlette.types import Receive, Scope, Send

from lanewise.core.errors import BodyTooLarge, InvalidRequest, LanewiseError
from lanewise.core.json_once import read_once
from lanewise.core.verdict import MAX_REASON_CHARS, VerdictKind, VerdictWord, fit_reason
from lanewise.pipeline.gateway import Gateway
from lanewise.server.asgi import send_whole
from lanewise.server.auth import Door
from lanewise.server.body import Bodies
from lanewise.server.dialects import Dialects
from lanewise.server.errors import report_of_error
from lanewise.server.listening import ClientLeft
from lanewise.server.reads import NoSuchRun
from lanewise.telemetry.metrics import Metrics

Take = Callable[[dict[str, Any]], Awaitable[Any]]
"""Writes a later verdict down; what the run's verdict is now, None where there is no such run, or nothing waits under the name.

Raises NotJudged, StoreError."""

_log = structlog.get_logger()

MAX_BODY_BYTES = 64 << 10
# Whatever looks otherwise is no run's and no message's.
_NAMES = re.compile(r"(?:msg|run)_[A-Za-z0-9_-]{1,100}", re.ASCII)
_EXAMPLE = '{"verdict": "accept", "reason": "all tests pass", "kind": "proof"}'


class ToldLater(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body: what is said of the answer. `kind` and `verifier` count only for a run that is named by its id."""

    verdict: VerdictWord
    reason: str = ""
    score: Annotated[float, Meta(ge=0, le=1)] | None = None
    kind: VerdictKind = "evidence"
    verifier: Annotated[str, Meta(pattern=r"^[\w](?:[\w .:/@+-]{0,98}[\w.:/@+-])?\Z")] = "caller"
    repairable: bool = True  # what a webhook may say at once; later there is nothing left to be repaired


class VerdictEndpoint:
    """`POST /v1/verdicts/{name}` and `POST /v1/runs/{run_id}/verdict`."""

    def __init__(
        self, take: Take, metrics: Metrics, *, gateway: Gateway, door: Door, bodies: Bodies, dialects: Dialects
    ) -> None:
        self._take = take
        self._metrics = metrics
        self._gateway = gateway
        self._door = door
        self._bodies = bodies
        self._dialects = dialects

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one verdict."""
        try:
            updated = await self._taken(scope, receive)
        except ClientLeft:
            return
        except LanewiseError as error:
            report, headers = report_of_error(error)
            await self._dialects.of(scope).send_error(send, report, headers)
            return
        await send_whole(send, 200, msgspec.json.encode(updated))

    async def _taken(self, scope: Scope, receive: Receive) -> Any:  # noqa: ANN401 - what the store tells
        where = scope["path_params"]
        client = scope.get("client")
        given: dict[str, Any] = {**where, "where": "" if client is None else str(client[0])}
        if "run_id" in where:
            caller = self._door.caller(scope)
            given |= {"tenant": caller.tenant, "key_id": caller.key_id, "user": caller.user}
        told = await self._told(scope, receive)
        given |= {"word": told.verdict, "reason": fit_reason(told.reason), "score": told.score}
        if "run_id" in where:
            given |= {"kind": told.kind, "verifier": told.verifier}
        named = all(_NAMES.fullmatch(name) for name in where.values())
        updated = await self._take(given) if named else None
        if updated is None:
            raise NoSuchRun(
                "No such run of this tenant, or nothing waits for a verdict under this name. "
                "A run is there when it is over: send it again then"
            )
        if not updated.repeated:
            self._metrics.late_verdict(told.verdict)
            _log.info("verdict", audit=True, key_id=given.get("key_id", ""), verdict=msgspec.to_builtins(updated))
        return updated

    async def _told(self, scope: Scope, receive: Receive) -> ToldLater:
        server = self._gateway.policy.server
        small = replace(server, max_body_bytes=min(MAX_BODY_BYTES, server.max_body_bytes))
        try:
            body = await self._bodies.read(scope, receive, small)
        except BodyTooLarge as error:
            raise BodyTooLarge(
                f"A verdict is at most {small.max_body_bytes:,} bytes; of its reason {MAX_REASON_CHARS:,} characters are kept"
            ) from error
        try:
            return msgspec.convert(read_once(body.decode()), type=ToldLater)
        except (msgspec.ValidationError, ValueError, RecursionError) as error:
            raise InvalidRequest(f"{error}. Write for example {_EXAMPLE}") from error
        finally:
            self._bodies.release(body)
