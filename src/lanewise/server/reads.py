"""Small answers: one run, health, readiness, metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

from lanewise.core.errors import InvalidRequest, LanewiseError
from lanewise.pipeline.gateway import Gateway
from lanewise.server import standing
from lanewise.server.asgi import send_whole
from lanewise.server.auth import Door
from lanewise.server.dialects import Dialects
from lanewise.server.errors import report_of_error
from lanewise.server.listening import Listeners
from lanewise.telemetry.metrics import Metrics

Read = Callable[[Scope], Awaitable[tuple[int, bytes]]]
FindRun = Callable[[str, str], Awaitable[Mapping[str, Any] | None]]  # run id, tenant → the run with its trace
Ping = Callable[[], Awaitable[str | None]]  # None when well, else what is wrong


class NoSuchRun(InvalidRequest):
    """There is no such run, or it is another tenant's."""

    status = 404


class ReadEndpoint:
    """An ASGI application that answers one GET with JSON; errors are told in the dialect of whoever asks."""

    def __init__(self, read: Read, dialects: Dialects, *, content_type: bytes | None = None) -> None:
        self._read = read
        self._dialects = dialects
        self._content_type = content_type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - a GET has no body
        """Answer one request."""
        try:
            status, body = await self._read(scope)
        except LanewiseError as error:
            report, headers = report_of_error(error)
            await self._dialects.of(scope).send_error(send, report, headers)
            return
        if self._content_type is None:
            await send_whole(send, status, body)
            return
        start = [(b"content-type", self._content_type), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": start})
        await send({"type": "http.response.body", "body": body})


def one_run(find_run: FindRun, door: Door) -> Read:
    """`GET /v1/runs/{id}`: the ledger row and trace of one of the caller's own tenant's runs; with a user's key, of that user's."""

    async def read(scope: Scope) -> tuple[int, bytes]:
        caller = door.caller(scope)
        run_id: str = scope["path_params"]["run_id"]
        run = await find_run(run_id, caller.tenant)
        if run is None or not (caller.user is None or run["user"] == caller.user):
            raise NoSuchRun(f"No run {run_id!r} of this tenant", param="run_id")
        return 200, msgspec.json.encode(run)

    return read


def health(version: str) -> Read:
    """`GET /health`: the process answers."""

    async def read(_: Scope) -> tuple[int, bytes]:
        return 200, msgspec.json.encode({"status": "ok", "version": version})

    return read


def ready(gateway: Gateway, listeners: Listeners, pings: Mapping[str, Ping]) -> Read:
    """`GET /ready`: whether requests can be taken now: everything it depends on is asked.

    Vendors that are down do not make it fail: they would be as down for any other gateway behind the same balancer, and this one can
    still say so, let callers wait, and notice when they are back.
    """

    async def read(_: Scope) -> tuple[int, bytes]:
        checks = {name: await ping() for name, ping in pings.items()}
        if listeners.draining:
            checks["process"] = "draining"
        good = not any(checks.values())
        troubles = standing.troubles(gateway)
        answering = len(troubles["degraded"]) < len(gateway.policy.lanes)
        body = {
            "status": "unavailable" if not good else "ready" if answering else "degraded",
            "policy": gateway.policy.version,
            "checks": {name: wrong or "ok" for name, wrong in checks.items()},
            "in_flight": len(listeners),
            **troubles,
        }
        return 200 if good else 503, msgspec.json.encode(body)

    return read


def metrics(registry: Metrics, door: Door) -> Read:
    """`GET /metrics`: Prometheus' text format, for admin keys."""

    async def read(scope: Scope) -> tuple[int, bytes]:
        door.admin(scope)
        return 200, registry.render()

    return read
