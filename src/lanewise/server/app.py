"""The routes. Hot ones are plain ASGI applications; the admin API is FastAPI, mounted beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lanewise.core.protocols.dialect import ErrorReport, Inbound
from lanewise.pipeline.gateway import Gateway
from lanewise.server import reads
from lanewise.server.auth import Door
from lanewise.server.body import Bodies
from lanewise.server.chat import AnswerEndpoint
from lanewise.server.listening import Listeners
from lanewise.telemetry.metrics import Metrics

CHAT = "/v1/chat/completions"


@dataclass(frozen=True, kw_only=True)
class ServerParts:
    """What the HTTP layer is given."""

    gateway: Gateway
    door: Door
    listeners: Listeners
    metrics: Metrics
    chat: Inbound  # OpenAI's chat completions
    find_run: reads.FindRun
    pings: Mapping[str, reads.Ping]
    admin: ASGIApp
    version: str


class Front:
    """The ASGI application: requests for an answer go straight to their endpoint, Starlette routes all others.

    Its middleware and routing cost an eighth of what the gateway itself takes for a request, and do nothing for these.
    """

    def __init__(self, answers: Mapping[str, ASGIApp], site: Starlette) -> None:
        self._answers = answers
        self._site = site

    @property
    def routes(self) -> list[BaseRoute]:
        """Every route, the answers' included."""
        return self._site.routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on."""
        answer = self._answers.get(scope.get("path", "")) if scope.get("method") == "POST" else None
        await (answer or self._site)(scope, receive, send)


def create_app(parts: ServerParts) -> Front:
    """The ASGI application."""
    chat = AnswerEndpoint(
        inbound=parts.chat,
        gateway=parts.gateway,
        door=parts.door,
        bodies=Bodies(),
        listeners=parts.listeners,
        metrics=parts.metrics,
    )
    routes: list[BaseRoute] = [
        Route(CHAT, chat, methods=["POST"]),
        _get("/v1/models", reads.models(parts.gateway, parts.door), parts),
        _get("/v1/runs/{run_id}", reads.one_run(parts.find_run, parts.door), parts),
        _get("/health", reads.health(parts.version), parts),
        _get("/ready", reads.ready(parts.gateway, parts.listeners, parts.pings), parts),
        Route(
            "/metrics",
            reads.ReadEndpoint(
                reads.metrics(parts.metrics, parts.door),
                parts.chat,
                content_type=b"text/plain; version=0.0.4; charset=utf-8",
            ),
            methods=["GET"],
        ),
        Mount("/admin", parts.admin),
    ]

    async def unknown(request: HttpRequest, error: Exception) -> Response:
        """A path or method that is not there, said in a caller's dialect."""
        assert isinstance(error, HTTPException)
        report = ErrorReport(
            status=error.status_code,
            kind="invalid_request_error",
            message=f"{request.method} {request.url.path}: {error.detail}. Paths: {', '.join(_paths(routes))}",
        )
        body = parts.chat.write_error(report)
        return Response(body, error.status_code, headers=error.headers, media_type="application/json")

    return Front({CHAT: chat}, Starlette(routes=routes, exception_handlers={HTTPException: unknown}))


def _get(path: str, read: reads.Read, parts: ServerParts) -> Route:
    return Route(path, reads.ReadEndpoint(read, parts.chat), methods=["GET"])


def _paths(routes: list[BaseRoute]) -> list[str]:
    return [route.path for route in routes if isinstance(route, Route)]
