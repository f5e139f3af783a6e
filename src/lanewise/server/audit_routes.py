"""The audit log over the admin API: read, and checked."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Protocol

import structlog
from fastapi import FastAPI, Query

from lanewise.core.acts import Act
from lanewise.core.errors import StoreError
from lanewise.operations.audit import known_row

MOST_ACTS = 1_000

_log = structlog.get_logger()


class Audit(Protocol):
    """The log, as the admin API uses it."""

    async def note(self, act: Act) -> None:
        """Write down an act that is done. Raises StoreError."""

    async def acts(self, *, since_us: int, tenant: str | None, act: str | None, count: int) -> list[dict[str, Any]]:
        """The latest acts, oldest first."""

    async def examined(self, known: tuple[int, str] | None) -> dict[str, Any]:
        """What checking the log came to."""


async def note(audit: Audit, act: Act) -> None:
    """Write down an act that is done. Where the store does not take it, the process's own log is what is left of it."""
    try:
        await audit.note(act)
    except StoreError as error:
        _log.error(
            "an act is not in the audit log", act=act.name, who=act.actor.who, subject=act.subject, why=error.message
        )


def tell_of_audit(app: FastAPI, audit: Audit) -> None:
    """Add the log's routes to the admin application."""

    @app.get("/audit")
    async def read(
        since: dt.datetime | None = None,
        tenant: str | None = None,
        act: str | None = None,
        count: Annotated[int, Query(ge=1, le=MOST_ACTS)] = 100,
    ) -> list[dict[str, Any]]:
        """The latest acts, oldest first: since a moment, of a tenant, of a kind (`key`, or `key.revoke`)."""
        since_us = 0 if since is None else int(_in_utc(since).timestamp() * 1e6)
        return await audit.acts(since_us=since_us, tenant=tenant, act=act, count=count)

    @app.get("/audit/verify")
    async def verify(known: str | None = None) -> dict[str, Any]:
        """Whether the log is as it was written; `known` is a row's number and digest that were written down before."""
        return await audit.examined(None if known is None else known_row(known))


def _in_utc(moment: dt.datetime) -> dt.datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)
