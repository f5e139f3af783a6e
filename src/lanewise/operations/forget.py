"""Forgets a user: the words of their runs, and everything in traces and rows that says who it was. Money stays: it was spent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.acts import COMMAND_LINE, Act
from lanewise.core.clock import Clock, SystemClock
from lanewise.core.record import Trace
from lanewise.stores.address import PostgresStore, Store
from lanewise.stores.audit_log import AuditLog
from lanewise.stores.database import Database
from lanewise.stores.keys import KeyStore
from lanewise.stores.spender import forget_spender
from lanewise.stores.spool import waits_in
from lanewise.stores.statements import STATEMENTS

_CHUNK_RUNS = 200
_PAUSE_S = 0.01  # the ledger's turn
_IDENTIFYING_FEATURES = frozenset({"user", "request_id"})

_decode_trace = msgspec.json.Decoder(Trace).decode


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgotten:
    """What was removed, and where copies may still have it."""

    runs: int
    traces: int
    contents: int
    responses: int
    keys: int  # the user's own, revoked
    elsewhere: tuple[Path, ...]  # copies and left-overs beside the store that this did not touch


async def forget(database: Database, user: str, *, tenant: str | None = None, clock: Clock | None = None) -> Forgotten:
    """Forget a user in one tenant or in all; doing it again is harmless. Raises StoreError."""
    clock = clock or SystemClock()
    runs = traces = contents = 0
    while True:
        async with database.writing() as connection:
            bound = {"user": user, "tenant": tenant, "count": _CHUNK_RUNS}
            found = (await connection.execute(STATEMENTS["users_runs"], bound)).mappings().all()
            for run in found:
                key = dict(run)
                contents += (await connection.execute(STATEMENTS["forget_content"], key)).rowcount
                await connection.execute(STATEMENTS["forget_kept_answer"], {"run_id": key["run_id"]})
                await connection.execute(STATEMENTS["forget_cached_answer"], {"run_id": key["run_id"]})
                await connection.execute(STATEMENTS["forget_similar_question"], {"run_id": key["run_id"]})
                await connection.execute(STATEMENTS["forget_reasons"], {"run_id": key["run_id"]})
                traces += await _forget_in_trace(connection, key)
                await connection.execute(STATEMENTS["forget_run"], {"run_id": key["run_id"]})
            if found:
                await connection.execute(STATEMENTS["note_withdrawal"])
        runs += len(found)
        if len(found) < _CHUNK_RUNS:
            break
        await asyncio.sleep(_PAUSE_S)
    async with database.writing() as connection:
        whose = {"user": user, "tenant": tenant}
        await connection.execute(STATEMENTS["forget_users_response_items"], whose)
        responses = (await connection.execute(STATEMENTS["forget_users_responses"], whose)).rowcount
        await forget_spender(connection, user, tenant)
    keys = await KeyStore(database, clock).forget_user(user, tenant)
    told: dict[str, Any] = {"runs": runs, "responses": responses, "keys": keys}  # of whom, nothing may keep
    await AuditLog(database, clock).append(
        Act(actor=COMMAND_LINE, name="user.forget", tenant=tenant or "", detail=told)
    )
    await database.tidy()
    elsewhere = await asyncio.to_thread(_copies_of, database.store)
    return Forgotten(runs=runs, traces=traces, contents=contents, responses=responses, keys=keys, elsewhere=elsewhere)


async def _forget_in_trace(connection: AsyncConnection, key: dict[str, object]) -> int:
    stored = (await connection.execute(STATEMENTS["read_trace"], key)).scalar_one_or_none()
    if stored is None:
        return 0
    clean = msgspec.json.encode(without_person(_decode_trace(stored)))
    await connection.execute(STATEMENTS["replace_trace"], {**key, "trace": clean})
    return 1


def without_person(trace: Trace) -> Trace:
    """A trace without what could lead to a person: a vendor's or verifier's words may quote theirs, and the vendor keeps ids."""
    features = {name: value for name, value in trace.features.items() if name not in _IDENTIFYING_FEATURES}
    calls = tuple(msgspec.structs.replace(call, message=None, vendor_request_id="") for call in trace.calls)
    checks = tuple(msgspec.structs.replace(check, reason="") for check in trace.checks)
    refusal = None if trace.refusal is None else msgspec.structs.replace(trace.refusal, reason="")
    return msgspec.structs.replace(trace, features=features, calls=calls, checks=checks, refusal=refusal)


def _copies_of(store: Store) -> tuple[Path, ...]:
    found = (
        store.folder.glob("lanewise*.*") if isinstance(store, PostgresStore) else store.parent.glob(f"{store.name}.*")
    )
    beside = (each for each in found if each.suffix not in (".lock", ".key", ".control"))
    return tuple(sorted(each for each in beside if each.suffix != ".spool" or waits_in(each)))
