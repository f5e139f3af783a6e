"""Verdicts that come after their run: who may send them, and what the run's verdict is then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec import structs

from lanewise.core.clock import SystemClock
from lanewise.core.record import CheckRecord
from lanewise.operations.report import report
from lanewise.stores.database import Database
from lanewise.stores.later_verdicts import LaterVerdict, LaterVerdicts
from lanewise.stores.ledger_file import LedgerFile
from lanewise.stores.ledger_rows import Kept
from lanewise.stores.migrate import migrate
from lanewise.stores.records import Records
from stores.opening import database_of
from stores.samples import a_record, a_trace
from walking import SetClock

START_S = 1_790_000_100.0
WAITING = CheckRecord(verifier="webhook", kind="proof", verdict="unverifiable", deferred="msg_1", lane="standard")
DROPPED = structs.replace(WAITING, deferred="msg_0", of="repair-1/")


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Runs of acme: one that waits for a verdict, one that evidence has accepted, one that nobody checked."""
    store = tmp_path / "verdicts.db"
    await migrate(store, SystemClock())
    file = LedgerFile(store, 5.0)
    file.open()
    records = [
        a_record(
            "run_1",
            verdict="unverifiable",
            verdict_kind="proof",
            trace=a_trace(checks=(DROPPED, WAITING), answer="standard/call-"),
        ),
        a_record("run_2", verdict="accept", verdict_kind="evidence"),
        a_record("run_3"),
    ]
    assert file.write([Kept(record=each) for each in records]) == {}
    file.close()
    async with database_of(store) as opened:
        yield opened


def later(word: Any, **more: Any) -> LaterVerdict:
    return LaterVerdict(word=word, **more)


async def verdict_of(database: Database, run_id: str) -> tuple[str, str]:
    stored = await Records(database).run(run_id)
    assert stored is not None
    return stored.record.verdict, stored.record.verdict_kind


async def test_who_knows_the_name_says_once_what_the_verdict_is(database: Database) -> None:
    desk = LaterVerdicts(database, SetClock(START_S))
    updated = await desk.take(later("accept", name="msg_1", kind="form", verifier="somebody"))
    assert updated is not None
    assert (updated.run_id, updated.verifier, updated.before) == ("run_1", "webhook", "unverifiable")
    assert await verdict_of(database, "run_1") == ("accept", "proof")
    assert await desk.take(later("reject", name="msg_1")) is None
    assert await desk.take(later("reject", name="msg_2")) is None
    assert await desk.take(later("reject", name="msg_0")) is None  # that answer was not given


async def test_a_run_is_judged_by_its_own_tenant_alone(database: Database) -> None:
    desk = LaterVerdicts(database, SetClock(START_S))
    assert await desk.take(later("accept", run_id="run_3", tenant="globex", kind="proof")) is None
    assert await desk.take(later("accept", run_id="run_9", tenant="acme", kind="proof")) is None
    assert await verdict_of(database, "run_3") == ("unchecked", "")
    assert await desk.take(later("accept", run_id="run_3", tenant="acme", kind="proof", verifier="ci")) is not None
    assert await verdict_of(database, "run_3") == ("accept", "proof")


@pytest.mark.parametrize(
    ("word", "kind", "then"),
    [
        ("reject", "proof", ("reject", "proof")),
        ("accept", "proof", ("accept", "proof")),
        ("unverifiable", "proof", ("accept", "evidence")),
    ],
)
async def test_any_reject_wins_and_a_proof_is_more_than_evidence(
    database: Database, word: Any, kind: Any, then: tuple[str, str]
) -> None:
    await LaterVerdicts(database, SetClock(START_S)).take(
        later(word, run_id="run_2", tenant="acme", kind=kind, verifier="ci")
    )
    assert await verdict_of(database, "run_2") == then


async def test_a_proof_stands_against_evidence_that_said_otherwise(database: Database) -> None:
    clock = SetClock(START_S)
    desk = LaterVerdicts(database, clock)
    await desk.take(later("reject", run_id="run_3", tenant="acme", kind="evidence", verifier="judge"))
    clock.time_s += 1
    await desk.take(later("accept", run_id="run_3", tenant="acme", kind="proof", verifier="ci"))
    assert await verdict_of(database, "run_3") == ("accept", "proof")


async def test_evidence_that_a_proof_refutes_is_its_measured_error(database: Database) -> None:
    await LaterVerdicts(database, SetClock(START_S)).take(
        later("reject", run_id="run_2", tenant="acme", kind="proof", verifier="ci")
    )
    found = (await report(database)).evidence
    assert (found.proved, found.wrong) == (1, 1)
