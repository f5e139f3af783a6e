"""The admin API: the policy in force, its reload, how deployments stand, keys and the audit log. Closed without an admin key.

FastAPI, since nothing here is hot.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from lanewise.core.acts import Act, Actor
from lanewise.core.errors import LanewiseError, PolicyError, StoreError
from lanewise.pipeline.gateway import Gateway
from lanewise.server import standing
from lanewise.server.audit_routes import Audit, note, tell_of_audit
from lanewise.server.auth import Door, actor_of
from lanewise.server.budget_routes import Standings, tell_of_budgets
from lanewise.server.errors import report_of_error
from lanewise.server.key_routes import KeyAdmin, tell_of_keys
from lanewise.server.queries import query_of
from lanewise.server.reports import Attribute, tell_of_costs

Reload = Callable[[Actor], Awaitable[str]]  # the new policy's version; raises PolicyError and changes nothing


class Figures(NamedTuple):
    """What administrators are told in numbers."""

    attribute: Attribute
    standings: Standings


class Wake(BaseModel):
    """Whose breakers to close and holds to lift; nothing: everybody's."""

    model_config = ConfigDict(extra="forbid")

    lane: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    deployment: Annotated[str, Field(min_length=1, max_length=200)] | None = None


def create_admin(
    *, gateway: Gateway, door: Door, reload: Reload, keys: KeyAdmin, audit: Audit, figures: Figures
) -> FastAPI:
    """The admin application, to be mounted at /admin."""

    async def admin_only(request: Request) -> None:
        door.admin(request.scope)
        route = request.scope.get("route")
        if isinstance(route, APIRoute):
            query_of(request.scope, [each.alias for each in route.dependant.query_params])

    # FastAPI's own route for the schema is open to everyone, so it has one of ours instead.
    app = FastAPI(
        title="Lanewise admin", openapi_url=None, servers=[{"url": "/admin"}], dependencies=[Depends(admin_only)]
    )
    _tell_errors(app)

    @app.get("/openapi.json", include_in_schema=False)
    async def schema() -> dict[str, Any]:
        """What there is to ask, as OpenAPI."""
        return app.openapi()

    @app.get("/policy")
    async def policy() -> dict[str, Any]:
        """The version of the policy in force, and the policy doctor's warnings about it."""
        return {"version": gateway.policy.version, "warnings": gateway.policy.warnings}

    @app.post("/reload")
    async def reload_policy(request: Request) -> dict[str, str]:
        """Read the policy file again; a file that is wrong changes nothing and says why."""
        return {"version": await reload(actor_of(request.scope, door))}

    _tell_of_deployments(app, gateway, door, audit)

    tell_of_budgets(app, figures.standings)
    tell_of_keys(app, keys, door)
    tell_of_audit(app, audit)
    tell_of_costs(app, figures.attribute)
    return app


def _tell_of_deployments(app: FastAPI, gateway: Gateway, door: Door, audit: Audit) -> None:
    @app.get("/deployments")
    async def deployments() -> list[dict[str, Any]]:
        """Every deployment: its pace, and in each lane its breaker and how long it usually takes there."""
        return standing.deployments(gateway)

    @app.post("/deployments/wake")
    async def wake(request: Request, whom: Wake | None = None) -> dict[str, Any]:
        """Close breakers and lift holds at once, because a vendor says that it is back."""
        whom = whom or Wake()
        woken = standing.wake(gateway, lane=whom.lane, deployment=whom.deployment)
        detail: dict[str, str | int | bool | list[str] | None] = {"lane": whom.lane, "deployment": whom.deployment}
        await note(audit, Act(actor=actor_of(request.scope, door), name="deployments.wake", detail=detail))
        return woken


def _tell_errors(app: FastAPI) -> None:
    """Every refusal in one shape, that of the other routes: `{"error": {"type", "message"}}`."""

    @app.exception_handler(LanewiseError)
    async def told(_: Request, error: LanewiseError) -> JSONResponse:
        report, headers = report_of_error(error)
        named = {key.decode(): value.decode() for key, value in headers}
        if isinstance(error, PolicyError):
            return _error(422, "policy_error", report.message)
        # Callers are not told where the store is and what is wrong with it; an administrator may know.
        message = error.message if isinstance(error, StoreError) else report.message
        return _error(report.status, report.kind, message, named)

    @app.exception_handler(RequestValidationError)
    async def misread(_: Request, error: RequestValidationError) -> JSONResponse:
        # Without the values: what was sent in the wrong place may be a secret.
        wrong = "; ".join(f"`{'.'.join(map(str, each['loc']))}`: {each['msg']}" for each in error.errors())
        return _error(422, "invalid_request_error", f"{wrong}. `GET /admin/openapi.json` has every field")

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> JSONResponse:
        where = f"{request.method} {request.scope.get('root_path', '')}{request.scope['path'].removeprefix('/admin')}"
        message = f"{where}: {error.detail}. `GET /admin/openapi.json` has every path"
        return _error(error.status_code, "invalid_request_error", message, error.headers)


def _error(status: int, kind: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": {"type": kind, "message": message}}, status, headers=headers)
