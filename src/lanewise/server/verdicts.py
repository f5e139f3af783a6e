"""Verdicts that come later: a CI result, a person's word. By the name that a webhook was asked under, or for a run of one's own tenant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
import structlog
from msgspec import Meta
from starlette.types import Receive, Scope, Send

from lanewise.core.errors import InvalidRequest, LanewiseError
from lanewise.core.verdict import MAX_REASON_CHARS, VerdictKind, VerdictWord
from lanewise.pipeline.gateway import Gateway
from lanewise.server.asgi import send_whole
from lanewise.server.auth import Door
from lanewise.server.body import Bodies
from lanewise.server.dialects import Dialects
from lanewise.server.errors import report_of_error
from lanewise.server.listening import ClientLeft
from lanewise.server.reads import NoSuchRun

Take = Callable[[dict[str, Any]], Awaitable[Any]]
"""Writes a later verdict down; what the run's verdict is now, None where there is no such run, or nothing waits under the name."""

_log = structlog.get_logger()


class ToldLater(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body: what is said of the answer. `kind` and `verifier` count only for a run that is named by its id."""

    verdict: VerdictWord
    reason: Annotated[str, Meta(max_length=MAX_REASON_CHARS)] = ""
    score: Annotated[float, Meta(ge=0, le=1)] | None = None
    kind: VerdictKind = "evidence"
    verifier: Annotated[str, Meta(min_length=1, max_length=100)] = "caller"


class VerdictEndpoint:
    """`POST /v1/verdicts/{name}` and `POST /v1/runs/{run_id}/verdict`."""

    def __init__(self, take: Take, *, gateway: Gateway, door: Door, bodies: Bodies, dialects: Dialects) -> None:
        self._take = take
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
        body = await self._bodies.read(scope, receive, self._gateway.policy.server)
        try:
            told = msgspec.json.decode(body, type=ToldLater)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidRequest(
                f'{error}. Write for example {{"verdict": "accept", "reason": "all tests pass", "kind": "proof"}}'
            ) from error
        finally:
            self._bodies.release(body)
        given |= {"word": told.verdict, "reason": told.reason, "score": told.score}
        if "run_id" in where:
            given |= {"kind": told.kind, "verifier": told.verifier}
        updated = await self._take(given)
        if updated is None:
            raise NoSuchRun("No such run of this tenant, or nothing waits for a verdict under this name")
        _log.info("verdict", audit=True, key_id=given.get("key_id", ""), verdict=msgspec.to_builtins(updated))
        return updated
