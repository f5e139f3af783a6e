"""The routes. Hot ones are plain ASGI applications; the admin API is FastAPI, mounted beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lanewise.core.nearest import nearest
from lanewise.core.protocols.counting import TokenCounter
from lanewise.core.protocols.dialect import Beside, ErrorReport, Inbound
from lanewise.core.request import Dialect
from lanewise.pipeline.gateway import Gateway
from lanewise.server import reads
from lanewise.server.auth import Door
from lanewise.server.body import Bodies
from lanewise.server.chat import AnswerEndpoint
from lanewise.server.count_tokens import PATH as COUNT_TOKENS
from lanewise.server.count_tokens import CountEndpoint
from lanewise.server.dialects import Dialects, Spoken
from lanewise.server.listening import Listeners
from lanewise.server.models import models, one_model
from lanewise.server.paths import ANSWERS, EMBEDDINGS, GENERATE, STREAM, canonical, spellings, target_of
from lanewise.server.reports import Attribute, own_report
from lanewise.server.shared_runs import SharedRuns
from lanewise.server.stored_responses import StoredResponses
from lanewise.server.verdicts import Take, VerdictEndpoint
from lanewise.telemetry.metrics import Metrics


@dataclass(frozen=True, kw_only=True)
class ServerParts:
    """What the HTTP layer is given."""

    gateway: Gateway
    door: Door
    listeners: Listeners
    metrics: Metrics
    inbound: Mapping[Dialect, Inbound]
    embeddings: Inbound
    counter: TokenCounter
    beside: Mapping[Dialect, Beside]
    find_run: reads.FindRun
    attribute: Attribute
    take_verdict: Take
    responses: StoredResponses
    shared: SharedRuns
    pings: Mapping[str, reads.Ping]
    admin: ASGIApp
    version: str


class Front:
    """The ASGI application: requests for an answer go straight to their endpoint, Starlette routes all others.

    Its middleware and routing cost an eighth of what the gateway itself takes for a request, and do nothing for these.
    """

    def __init__(self, answers: Mapping[str, ASGIApp], generate: ASGIApp | None, site: Starlette) -> None:
        """`answers` by path, in every spelling; `generate` has the paths that name a model."""
        self._answers = answers
        self._generate = generate
        self._site = site

    @property
    def routes(self) -> list[BaseRoute]:
        """Every route, the answers' included."""
        return self._site.routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on."""
        answer = self._answers.get(scope.get("path", "")) if scope.get("method") == "POST" else None
        if answer is None:
            answer, scope = self._elsewhere(scope)
        await answer(scope, receive, send)

    def _elsewhere(self, scope: Scope) -> tuple[ASGIApp, Scope]:
        """Who answers at a path that stands in no table, and what it is really called."""
        asked = scope.get("path", "")
        path = canonical(asked)
        if self._generate is not None and scope.get("method") == "POST" and target_of(path).model is not None:
            return self._generate, scope
        return self._site, scope if path == asked else {**scope, "path": path, "raw_path": path.encode()}


def create_app(parts: ServerParts) -> Front:
    """The ASGI application."""

    def new_id() -> str:
        return parts.gateway.parts.ids.run_id(parts.gateway.parts.clock.now_s())

    dialects = Dialects(
        parts.inbound,
        parts.beside,
        {Dialect.OPENAI_RESPONSES: parts.responses},
        new_id=new_id,
    )
    bodies = Bodies()
    answers = {dialect: _answer_endpoint(parts, dialects[dialect], bodies) for dialect in dialects}
    vectors = _answer_endpoint(parts, replace(dialects[Dialect.OPENAI_CHAT], inbound=parts.embeddings), bodies)
    routes = [
        *_answer_routes(answers),
        Route(EMBEDDINGS, vectors, methods=["POST"]),
        *_counting_routes(parts, dialects, bodies),
        *parts.responses.routes(parts.door, dialects),
        *_read_routes(parts, dialects),
        *_verdict_routes(parts, dialects, bodies),
        Mount("/admin", parts.admin),
    ]

    async def unknown(request: HttpRequest, error: Exception) -> Response:
        """A path or method that is not there, said in the caller's dialect."""
        assert isinstance(error, HTTPException)
        spoken = dialects.of(request.scope)
        report = ErrorReport(
            status=error.status_code,
            kind="invalid_request_error",
            message=_not_there(request, error, _paths(routes)),
            request_id=new_id(),
        )
        response = Response(
            spoken.inbound.write_error(report), error.status_code, headers=error.headers, media_type="application/json"
        )
        response.raw_headers += spoken.named(report.request_id)
        return response

    spelled = {
        spelling: answers[dialect]
        for path, dialect in ANSWERS.items()
        if dialect in answers
        for spelling in spellings(path)
    }
    spelled |= dict.fromkeys(spellings(EMBEDDINGS), vectors)
    site = Starlette(routes=routes, exception_handlers={HTTPException: unknown})
    return Front(spelled, answers.get(Dialect.GEMINI), site)


def _answer_endpoint(parts: ServerParts, spoken: Spoken, bodies: Bodies) -> AnswerEndpoint:
    return AnswerEndpoint(
        spoken=spoken,
        gateway=parts.gateway,
        door=parts.door,
        bodies=bodies,
        shared=parts.shared,
        metrics=parts.metrics,
    )


def _answer_routes(answers: Mapping[Dialect, ASGIApp]) -> list[BaseRoute]:
    paths = {**ANSWERS, GENERATE: Dialect.GEMINI, STREAM: Dialect.GEMINI}
    return [Route(path, answers[dialect], methods=["POST"]) for path, dialect in paths.items() if dialect in answers]


def _counting_routes(parts: ServerParts, dialects: Dialects, bodies: Bodies) -> list[BaseRoute]:
    if Dialect.ANTHROPIC_MESSAGES not in dialects:
        return []
    spoken = dialects[Dialect.ANTHROPIC_MESSAGES]
    counts = CountEndpoint(spoken=spoken, gateway=parts.gateway, door=parts.door, bodies=bodies, counter=parts.counter)
    return [Route(COUNT_TOKENS, counts, methods=["POST"])]


def _read_routes(parts: ServerParts, dialects: Dialects) -> list[BaseRoute]:
    def get(path: str, read: reads.Read, content_type: bytes | None = None) -> Route:
        return Route(path, reads.ReadEndpoint(read, dialects, content_type=content_type), methods=["GET"])

    listed, one = models(parts.gateway, parts.door), one_model(parts.gateway, parts.door)
    return [
        get("/v1/models", listed),
        get("/v1/models/{model:path}", one),
        get("/v1beta/models", listed),
        get("/v1beta/models/{model:path}", one),
        get("/v1/runs/{run_id}", reads.one_run(parts.find_run, parts.door)),
        get("/v1/report", own_report(parts.attribute, parts.door)),
        get("/health", reads.health(parts.version)),
        get("/ready", reads.ready(parts.gateway, parts.listeners, parts.pings)),
        get("/metrics", reads.metrics(parts.metrics, parts.door), b"text/plain; version=0.0.4; charset=utf-8"),
    ]


def _verdict_routes(parts: ServerParts, dialects: Dialects, bodies: Bodies) -> list[BaseRoute]:
    later = VerdictEndpoint(
        parts.take_verdict, parts.metrics, gateway=parts.gateway, door=parts.door, bodies=bodies, dialects=dialects
    )
    return [Route(path, later, methods=["POST"]) for path in ("/v1/verdicts/{name}", "/v1/runs/{run_id}/verdict")]


def _not_there(request: HttpRequest, error: HTTPException, paths: list[str]) -> str:
    """What to ask instead: with another method where the path is right, else at the path that may be meant, and all of them."""
    asked = f"{request.method} {request.url.path}"
    allowed = ", ".join(sorted((error.headers or {}).get("Allow", "").split(", ")))
    if error.status_code == 405 and allowed:
        return f"{asked}: Method Not Allowed. This path takes {allowed}"
    close = nearest(request.url.path, paths, alike=0.8)
    hint = f"Did you mean {close}? " if close else ""
    return f"{asked}: {error.detail}. {hint}Paths: {', '.join(paths)}"


def _paths(routes: list[BaseRoute]) -> list[str]:
    """Each once, though some have a route for every method."""
    return list(dict.fromkeys(route.path.replace(":path}", "}") for route in routes if isinstance(route, Route)))
