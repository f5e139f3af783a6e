"""Verdicts that come after their run: who may send them, and what the run's verdict is then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from lanewise.core.clock import SystemClock
from lanewise.core.errors import NotJudged
from lanewise.core.record import CheckRecord
from lanewise.core.verdict import digest_of_name
from lanewise.operations.report import report
from lanewise.stores.address import Store
from lanewise.stores.audit_log import AuditLog
from lanewise.stores.database import Database
from lanewise.stores.later_verdicts import MOST_OF_A_RUN, LaterVerdict, LaterVerdicts, Updated, together
from lanewise.stores.records import Records
from lanewise.stores.schema import AWAITED, later_verdicts
from patience import PATIENCE_S
from stores.opening import database_of, fill
from stores.samples import a_record, a_trace
from walking import SetClock

START_S = 1_790_000_100.0
WAITING = CheckRecord(verifier="webhook", kind="proof", verdict="unverifiable", deferred="msg_1", lane="standard")
ALSO_WAITING = structs.replace(WAITING, deferred=digest_of_name("msg_2"))
DROPPED = structs.replace(WAITING, deferred="msg_0", of="repair-1/")


@pytest_asyncio.fixture
async def database(store: Store) -> AsyncIterator[Database]:
    """Runs of acme: one that waits for two verdicts, one that evidence has accepted, one that nobody checked, one without an answer."""
    fill(
        store,
        a_record(
            "run_1",
            verdict="unverifiable",
            verdict_kind="proof",
            trace=a_trace(checks=(DROPPED, WAITING, ALSO_WAITING), answer="standard/call-"),
        ),
        a_record("run_2", verdict="accept", verdict_kind="evidence"),
        a_record("run_3"),
        a_record("run_4", outcome="refused"),
    )
    async with database_of(store) as opened:
        yield opened


def later(word: Any, **more: Any) -> LaterVerdict:
    return LaterVerdict(word=word, **more)


async def verdict_of(database: Database, run_id: str) -> tuple[str, str]:
    stored = await Records(database).run(run_id)
    assert stored is not None
    return stored.record.verdict, stored.record.verdict_kind


async def rows_of(database: Database) -> int:
    async with database.reading() as connection:
        rows = sa.select(sa.func.count()).select_from(later_verdicts).where(later_verdicts.c.verdict != AWAITED)
        return int((await connection.execute(rows)).scalar_one())


async def test_who_knows_the_name_says_once_what_the_verdict_is(database: Database) -> None:
    desk = LaterVerdicts(database, SetClock(START_S))
    updated = await desk.take(later("accept", name="msg_1", kind="form", verifier="somebody"))
    assert updated is not None
    assert (updated.run_id, updated.verifier, updated.before) == ("run_1", "webhook", "unverifiable")
    assert await verdict_of(database, "run_1") == ("accept", "proof")
    with pytest.raises(NotJudged, match="taken once"):
        await desk.take(later("reject", name="msg_1"))
    assert await verdict_of(database, "run_1") == ("accept", "proof")
    assert await desk.take(later("reject", name="msg_9")) is None
    assert await desk.take(later("reject", name=digest_of_name("msg_1"))) is None  # what a trace shows is no name
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


async def test_a_webhook_takes_no_other_s_place_nor_does_a_sender_that_calls_itself_so(database: Database) -> None:
    desk = LaterVerdicts(database, SetClock(START_S))
    forged = later("accept", run_id="run_1", tenant="acme", kind="evidence", verifier="webhook", key_id="key_1")
    assert await desk.take(forged) is not None
    assert await desk.take(later("accept", name="msg_1")) is not None
    assert await desk.take(later("reject", name="msg_2", reason="3 tests fail")) is not None
    assert await verdict_of(database, "run_1") == ("reject", "proof")


WORDS = st.lists(
    st.tuples(st.sampled_from(["accept", "reject", "unverifiable"]), st.sampled_from(["proof", "evidence", "form"])),
    min_size=1,
    max_size=5,
)


@given(words=WORDS, seed=st.randoms(use_true_random=False))
def test_in_which_order_words_come_makes_no_difference(words: list[tuple[str, str]], seed: Random) -> None:
    shuffled = list(words)
    seed.shuffle(shuffled)
    one, other = together(words), together(shuffled)
    assert (one.word, one.kind) == (other.word, other.kind)
    if ("accept", "proof") not in words and any(word == "reject" for word, _ in words):
        assert one.word == "reject"


@pytest.mark.parametrize("first", ["accept", "reject"])
async def test_a_proof_stands_against_evidence_that_said_otherwise(database: Database, first: Any) -> None:
    """Whichever of them comes first."""
    said = {
        "reject": later("reject", run_id="run_3", tenant="acme", kind="evidence", verifier="judge"),
        "accept": later("accept", run_id="run_3", tenant="acme", kind="proof", verifier="ci"),
    }
    desk = LaterVerdicts(database, SetClock(START_S))
    await desk.take(said.pop(first))
    await desk.take(said.popitem()[1])
    assert await verdict_of(database, "run_3") == ("accept", "proof")


async def test_who_takes_back_what_they_said_is_heard_and_both_words_stay_on_record(database: Database) -> None:
    desk = LaterVerdicts(database, SetClock(START_S))  # all of it within one microsecond
    flaky = later("reject", run_id="run_3", tenant="acme", kind="proof", verifier="ci", key_id="key_1")
    await desk.take(flaky)
    await desk.take(structs.replace(flaky, word="accept"))
    assert await verdict_of(database, "run_3") == ("accept", "proof")
    await desk.take(structs.replace(flaky, key_id="key_2"))  # somebody else, by the same name
    assert await verdict_of(database, "run_3") == ("reject", "proof")
    assert await rows_of(database) == 3


async def test_the_same_once_more_changes_nothing_and_leaves_no_second_act(database: Database) -> None:
    desk = LaterVerdicts(database, SetClock(START_S))
    for said in (later("reject", name="msg_1", reason="why"), later("accept", run_id="run_3", tenant="acme")):
        first, again = await desk.take(said), await desk.take(said)
        assert first is not None
        assert again is not None
        assert (first.repeated, again.repeated) == (False, True)
        assert (again.verdict, again.verdict_kind) == (first.verdict, first.verdict_kind)
    assert await rows_of(database) == 2
    assert len(await AuditLog(database, SystemClock()).read(act="verdict.late")) == 2


async def test_a_run_without_an_answer_is_not_proven_right(database: Database) -> None:
    desk = LaterVerdicts(database, SetClock(START_S))
    with pytest.raises(NotJudged, match="no answer"):
        await desk.take(later("accept", run_id="run_4", tenant="acme", kind="proof"))
    assert await verdict_of(database, "run_4") == ("unchecked", "")


async def test_a_run_is_not_judged_without_end(database: Database) -> None:
    desk = LaterVerdicts(database, SetClock(START_S))
    for number in range(MOST_OF_A_RUN):
        assert await desk.take(later("accept", run_id="run_1", tenant="acme", score=number / 1000)) is not None
    with pytest.raises(NotJudged, match=str(MOST_OF_A_RUN)):
        await desk.take(later("reject", run_id="run_1", tenant="acme"))
    assert await desk.take(later("reject", name="msg_1")) is not None  # it was waited for


async def test_processes_that_are_told_at_once_take_it_once(database: Database, store: Store) -> None:
    async with database_of(store) as another:
        desks = [LaterVerdicts(each, SetClock(START_S)) for each in (database, another)]
        said = [later(word, name="msg_1") for word in ("accept", "reject") for _ in range(4)]
        came = await asyncio.gather(
            *(desks[place % 2].take(each) for place, each in enumerate(said)), return_exceptions=True
        )
    taken = [each for each in came if isinstance(each, Updated)]
    assert [each.repeated for each in taken].count(False) == 1
    assert len(taken) == 4  # the same word, and 4 others that came too late
    assert await rows_of(database) == 1


async def test_who_knows_nothing_waits_for_no_writer(database: Database) -> None:
    desk = LaterVerdicts(database, SetClock(START_S))
    async with database.writing(), asyncio.timeout(PATIENCE_S):
        for number in range(50):
            assert await desk.take(later("reject", name=f"msg_{number}x")) is None
            assert await desk.take(later("reject", run_id="run_1", tenant="globex")) is None


async def test_evidence_that_a_proof_refutes_is_its_measured_error(database: Database) -> None:
    await LaterVerdicts(database, SetClock(START_S)).take(
        later("reject", run_id="run_2", tenant="acme", kind="proof", verifier="ci")
    )
    found = (await report(database)).evidence
    assert (found.proved, found.wrong) == (1, 1)
