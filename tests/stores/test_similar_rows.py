from __future__ import annotations

from typing import Any

import msgspec

from lanewise.stores.address import Store
from lanewise.stores.similar_rows import AuditRow, QuestionRow, SimilarRows, ThresholdRow, Told
from stores.opening import database_of, sql

QUESTION = QuestionRow(
    name=b"a", tenant="acme", run_id="run_1", place=b"p", embedding="e", created_us=5, expires_us=100, sealed=b"s"
)
THRESHOLD = ThresholdRow(threshold_id="t1", tenant="", learned_us=1, certificate="{}", sealed=b"w")
AUDIT = AuditRow(
    run_id="run_3", given_run_id="run_2", tenant="acme", threshold_id="t1", correct=1, told_by="judge", at_us=9
)


def question(name: bytes, **changes: Any) -> QuestionRow:
    return msgspec.structs.replace(QUESTION, name=name, **changes)


async def test_questions_come_in_order_without_those_that_are_over(store: Store) -> None:
    async with database_of(store) as database:
        rows = SimilarRows(database)
        await rows.keep([question(b"a"), question(b"b", created_us=7), question(b"c", expires_us=20)])
        await rows.keep([question(b"a", created_us=8)])
        assert [row.name for row in await rows.questions((0, b""), 50)] == [b"b", b"a"]
        assert await rows.questions((7, b"b"), 50) == [question(b"a", created_us=8)]
        assert [row.name for row in await rows.questions((0, b""), 10)] == [b"c", b"b", b"a"]


async def test_questions_without_an_answer_go_once_they_are_not_new(store: Store) -> None:
    async with database_of(store) as database:
        rows = SimilarRows(database)
        await rows.keep([question(b"a"), question(b"b"), question(b"new", created_us=60)])
        with sql(store) as other:
            other.execute(
                "INSERT INTO cached_answers (name, tenant, run_id, created_us, expires_us, cost_nanousd, size_bytes, sealed) "
                "VALUES (?, 'acme', 'run_1', 5, 100, 0, 1, ?)",
                (b"a", b"s"),
            )
        assert await rows.tidy(50) == [b"b"]
        assert await rows.tidy(50) == []
        assert await rows.names() == {b"a", b"new"}


async def test_what_audits_tell_is_counted_by_tenant_and_threshold(store: Store) -> None:
    async with database_of(store) as database:
        rows = SimilarRows(database)
        await rows.learn(THRESHOLD)
        told = Told()
        for number, correct in enumerate((1, 0, 0, None)):
            told = await rows.audit(msgspec.structs.replace(AUDIT, run_id=f"run_{number}", correct=correct))
        assert told == Told(right=1, wrong=2, unknown=1)
        await rows.audit(msgspec.structs.replace(AUDIT, run_id="other", tenant="globex"))
        known = await rows.known()
        assert known.thresholds == [THRESHOLD]
        assert known.told == {("acme", "t1"): told, ("globex", "t1"): Told(right=1)}


async def test_a_threshold_ends_once(store: Store) -> None:
    async with database_of(store) as database:
        rows = SimilarRows(database)
        told = await rows.audit(msgspec.structs.replace(AUDIT, correct=0))
        assert await rows.end("acme", "t1", told, 11)
        assert not await rows.end("acme", "t1", told, 12)
        assert await rows.end("globex", "t1", Told(), 13)
        known = await rows.known()
        assert known.told == {("acme", "t1"): Told(wrong=1, ended_us=11), ("globex", "t1"): Told(ended_us=13)}


async def test_each_change_counts_and_so_do_withdrawals(store: Store) -> None:
    async with database_of(store) as database:
        rows = SimilarRows(database)
        assert await rows.revisions() == (0, 0)
        await rows.learn(THRESHOLD)
        await rows.audit(AUDIT)
        await rows.end("acme", "t1", Told(), 1)
        await rows.keep([question(b"a")])
        assert await rows.revisions() == (3, 0)
