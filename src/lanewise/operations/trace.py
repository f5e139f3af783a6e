"""One run as it went: for `lanewise trace RUN` a tree (`render`), for `GET /v1/runs/{id}` and `--json` a dict."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.stores.database import Database
from lanewise.stores.records import Records, StoredRun


async def find_run(database: Database, run_id: str) -> StoredRun | None:
    """A run of any tenant: for the operator. Raises StoreError."""
    return await Records(database).run(run_id)


async def run_for_tenant(database: Database, run_id: str, tenant: str) -> dict[str, Any] | None:
    """A tenant's run as JSON-able values; None where it is another tenant's or does not exist. Raises StoreError."""
    found = await Records(database).run(run_id, tenant=tenant)
    return None if found is None else plain_run(found)


def plain_run(run: StoredRun) -> dict[str, Any]:
    """A run as JSON-able values: the ledger row, its trace under `trace`, null once it has expired."""
    plain: dict[str, Any] = msgspec.to_builtins(run.record)
    return plain if run.has_trace else plain | {"trace": None}
