"""The admin API: the policy in force, its reload, and keys. FastAPI, since nothing here is hot. Closed without an admin key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Protocol

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from lanewise.core.errors import LanewiseError, PolicyError
from lanewise.pipeline.gateway import Gateway
from lanewise.server.auth import Door
from lanewise.server.errors import report_of_error

Reload = Callable[[], Awaitable[str]]  # the new policy's version; raises PolicyError and changes nothing


class KeyAdmin(Protocol):
    """Keys, as an administrator handles them."""

    async def create(self, *, tenant: str, name: str, admin: bool, expires: dt.datetime | None) -> dict[str, Any]:
        """A new key, its secret in it: shown this once."""

    async def list(self, *, tenant: str | None) -> list[dict[str, Any]]:
        """Every key, without its secret."""

    async def revoke(self, key_id: str) -> bool:
        """Whether there was such a key in force; it is dead when this returns."""


class NewKey(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    tenant: Annotated[str, Field(min_length=1, max_length=100)]
    name: Annotated[str, Field(max_length=200)] = ""
    admin: bool = False
    expires: dt.datetime | None = None


class NoSuchKey(LanewiseError):
    """There is no such key in force."""

    status = 404
    kind = "invalid_request_error"


def create_admin(*, gateway: Gateway, door: Door, reload: Reload, keys: KeyAdmin) -> FastAPI:
    """The admin application, to be mounted at /admin."""

    async def admin_only(request: Request) -> None:
        door.admin(request.scope)

    app = FastAPI(title="Lanewise admin", docs_url=None, redoc_url=None, dependencies=[Depends(admin_only)])

    @app.exception_handler(LanewiseError)
    async def told(_: Request, error: LanewiseError) -> JSONResponse:
        report, headers = report_of_error(error)
        status = 422 if isinstance(error, PolicyError) else report.status
        named = {key.decode(): value.decode() for key, value in headers}
        return JSONResponse({"error": {"type": report.kind, "message": report.message}}, status, headers=named)

    @app.get("/policy")
    async def policy() -> dict[str, Any]:
        """The version of the policy in force, and the policy doctor's warnings about it."""
        return {"version": gateway.policy.version, "warnings": gateway.policy.warnings}

    @app.post("/reload")
    async def reload_policy() -> dict[str, str]:
        """Read the policy file again; a file that is wrong changes nothing and says why."""
        return {"version": await reload()}

    @app.post("/keys", status_code=201)
    async def create_key(new: NewKey) -> dict[str, Any]:
        """Make a key; its secret is in the answer and nowhere else."""
        return await keys.create(tenant=new.tenant, name=new.name, admin=new.admin, expires=new.expires)

    @app.get("/keys")
    async def list_keys(tenant: str | None = None) -> list[dict[str, Any]]:
        """Every key without its secret."""
        return await keys.list(tenant=tenant)

    @app.delete("/keys/{key_id}")
    async def revoke_key(key_id: str) -> dict[str, str]:
        """Revoke a key."""
        if not await keys.revoke(key_id):
            raise NoSuchKey(f"No key {key_id!r} in force")
        return {"revoked": key_id}

    return app
