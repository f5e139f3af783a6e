"""What runs cost, over HTTP: a tenant's own for its keys (a user's own for a user's key), everybody's for administrators."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from fastapi import FastAPI, Response
from starlette.types import Scope

from lanewise.core.errors import InvalidRequest
from lanewise.server.auth import Door
from lanewise.server.queries import query_of
from lanewise.server.reads import Read


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which costs: by what, since when, and whose alone."""

    by: str  # dimensions, with commas between
    since_us: int
    tenant: str | None
    user: str | None = None


Attribute = Callable[[Wanted], Awaitable[dict[str, Any]]]
"""Adds them up. Raises InvalidRequest for dimensions that there are not."""

_DEFAULT_BY = "feature,model"


def own_report(attribute: Attribute, door: Door) -> Read:
    """`GET /v1/report`: what the caller's own tenant's runs cost; with a user's key, that user's."""

    async def read(scope: Scope) -> tuple[int, bytes]:
        caller = door.caller(scope)
        query = query_of(scope, ("by", "since"))
        since_us = _moment_us(query["since"]) if "since" in query else 0
        by = query.get("by", _DEFAULT_BY)
        wanted = Wanted(by=by, since_us=since_us, tenant=caller.tenant, user=caller.user)
        return 200, await asyncio.to_thread(msgspec.json.encode, await attribute(wanted))

    return read


def tell_of_costs(app: FastAPI, attribute: Attribute) -> None:
    """Add the report to the admin application."""

    @app.get("/report")
    async def report(by: str = "tenant,model", since: str | None = None, tenant: str | None = None) -> Response:
        """What runs cost, by these dimensions together, of all tenants or one."""
        told = await attribute(Wanted(by=by, since_us=0 if since is None else _moment_us(since), tenant=tenant))
        return Response(await asyncio.to_thread(msgspec.json.encode, told), media_type="application/json")


def _moment_us(text: str) -> int:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise InvalidRequest("`since`: write a time in ISO 8601, for example 2026-11-20", param="since") from None
    return int((moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)).timestamp() * 1e6)
