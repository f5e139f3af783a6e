"""The answers that are given again, as an operator sees them: how many, what they save, and out with some of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.acts import COMMAND_LINE, Act
from lanewise.core.clock import Clock, SystemClock
from lanewise.stores.audit_log import AuditLog
from lanewise.stores.cache_rows import CacheRows
from lanewise.stores.database import Database
from lanewise.stores.schema import cached_answers, runs


@dataclass(frozen=True, kw_only=True, slots=True)
class TenantCache:
    """What is kept of a tenant's answers, and what was given again in its runs."""

    tenant: str
    answers: int
    bytes: int
    runs: int
    given_again: int  # of these
    saved_nanousd: int


async def cache_stats(database: Database, *, since_us: int = 0, tenant: str | None = None) -> tuple[TenantCache, ...]:
    """Each tenant's, by name. Runs count from `since_us`; what is kept is all that is kept now. Raises StoreError."""
    async with database.reading() as connection:
        kept = await _by_tenant(connection, _KEPT, cached_answers, tenant)
        given = await _by_tenant(connection, _GIVEN.where(runs.c.started_us >= since_us), runs, tenant)
    nothing_kept, nothing_given = {"answers": 0, "bytes": 0}, {"runs": 0, "given_again": 0, "saved_nanousd": 0}
    return tuple(
        TenantCache(tenant=name, **kept.get(name, nothing_kept), **given.get(name, nothing_given))
        for name in sorted(kept.keys() | given.keys())
    )


async def forget_cached(
    database: Database, *, tenant: str | None = None, run_id: str | None = None, clock: Clock | None = None
) -> int:
    """Never again give what a tenant was answered, what a run answered, or anything; how many answers. Raises StoreError."""
    which: list[sa.ColumnElement[bool]] = [sa.true()]
    if tenant is not None:
        which.append(cached_answers.c.tenant == tenant)
    if run_id is not None:
        which.append(cached_answers.c.run_id == run_id)
    forgotten = len(await CacheRows(database).delete(sa.and_(*which)))
    told = Act(
        actor=COMMAND_LINE,
        name="cache.forget",
        tenant=tenant or "",
        subject=run_id or "",
        detail={"answers": forgotten},
    )
    await AuditLog(database, clock or SystemClock()).append(told)
    return forgotten


async def _by_tenant(
    connection: AsyncConnection, query: sa.Select[Any], of: sa.Table, tenant: str | None
) -> dict[str, dict[str, int]]:
    wanted = query if tenant is None else query.where(of.c.tenant == tenant)
    rows = (await connection.execute(wanted.group_by(of.c.tenant))).mappings()
    return {row["tenant"]: {name: int(value) for name, value in row.items() if name != "tenant"} for row in rows}


_KEPT = sa.select(
    cached_answers.c.tenant,
    sa.func.count().label("answers"),
    sa.func.sum(cached_answers.c.size_bytes).label("bytes"),
)
_GIVEN = sa.select(
    runs.c.tenant,
    sa.func.count().label("runs"),
    sa.func.sum(sa.case((runs.c.recalled != "", 1), else_=0)).label("given_again"),
    sa.func.sum(runs.c.saved_nanousd).label("saved_nanousd"),
)
