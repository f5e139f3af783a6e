"""What the ledger says about runs: one of them, or many. Aggregates are in `operations.report`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec

from lanewise.core.record import CallRecord, RunRecord, Trace
from lanewise.stores.database import Database
from lanewise.stores.statements import STATEMENTS

_FLAGS = ("stream", "estimated", "degraded", "escalated")
_LATEST_RUNS = 10_000  # in which each lane's latest runs are looked for
_decode_trace = msgspec.json.Decoder(Trace).decode


class LatestCalls(msgspec.Struct, frozen=True, kw_only=True):
    """A trace read for its calls alone."""

    calls: tuple[CallRecord, ...] = ()
    stream: bool = False  # whether the run was one


_decode_calls = msgspec.json.Decoder(LatestCalls).decode


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredRun:
    """A run as the store has it. Traces are kept for less long than rows: without one, the record's trace has only the reason."""

    record: RunRecord
    has_trace: bool


class Records:
    """Reads the ledger. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, run_id: str, *, tenant: str | None = None) -> StoredRun | None:
        """One run; with a tenant, only if it is that tenant's."""
        async with self._database.reading() as connection:
            found = await connection.execute(STATEMENTS["run_by_id"], {"run_id": run_id, "tenant": tenant})
            row = found.mappings().first()
        return None if row is None else _stored(dict(row))

    async def recent(self, count: int, *, tenant: str | None = None) -> list[str]:
        """Ids of the latest runs, newest first."""
        async with self._database.reading() as connection:
            found = await connection.execute(STATEMENTS["recent_runs"], {"count": count, "tenant": tenant})
            return list(found.scalars())

    async def since(self, started_us: int = 0) -> AsyncIterator[StoredRun]:
        """Every run since a moment, oldest first, read as they are asked for."""
        async with self._database.reading() as connection:
            found = await connection.stream(STATEMENTS["runs_since"], {"since": started_us})
            async for row in found.mappings():
                yield _stored(dict(row))

    async def latest_calls(self, each: int) -> AsyncIterator[LatestCalls]:
        """The calls of each lane's latest runs, so many of each, oldest first. A trace that cannot be read is passed over."""
        wanted = {"within": _LATEST_RUNS, "each": each}
        async with self._database.reading() as connection:
            found = await connection.execute(STATEMENTS["latest_calls"], wanted)
            for row in found:
                try:
                    told = _decode_calls(row.trace)
                except msgspec.DecodeError:  # of another version
                    continue
                yield msgspec.structs.replace(told, stream=bool(row.stream))


def _stored(row: dict[str, Any]) -> StoredRun:
    trace = row.pop("trace")
    flags = {name: bool(row[name]) for name in _FLAGS}
    kept = Trace(reason=row["reason"], policy_version=row["policy_version"]) if trace is None else _decode_trace(trace)
    return StoredRun(record=RunRecord(**{**row, **flags, "trace": kept}), has_trace=trace is not None)
