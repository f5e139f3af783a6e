from __future__ import annotations

import msgspec

from lanewise.core.clock import SystemClock
from lanewise.core.protocols.kept import KeptResponse
from lanewise.core.record import CapturedContent, CheckRecord, KeptAnswer, RunRecord
from lanewise.core.refusal import Refusal
from lanewise.core.scope import KeyScope
from lanewise.operations.forget import forget
from lanewise.stores.address import Store, beside
from lanewise.stores.audit_log import AuditLog
from lanewise.stores.cache_rows import CacheRows
from lanewise.stores.keys import FORGOTTEN, KeySpec, KeyStore
from lanewise.stores.later_verdicts import LaterVerdict, LaterVerdicts
from lanewise.stores.ledger_rows import Kept
from lanewise.stores.ledger_thread import end_of
from lanewise.stores.records import Records
from lanewise.stores.responses import SqlResponses
from lanewise.stores.spool import Spool
from stores.opening import database_of, everything, sql
from stores.samples import a_call, a_record, a_trace
from stores.test_cache_rows import a_row

SECRET = "ada-lovelace-1815"


def personal(run_id: str, **changes: object) -> RunRecord:
    """A run that has its user's mark wherever a caller's or vendor's words can get."""
    trace = a_trace(
        a_call(message=f"no such thing as {SECRET}", vendor_request_id=f"req-{SECRET}", failure="bad_request"),
        features={"task": "summarize", "user": SECRET},
        checks=(CheckRecord(verifier="judge", kind="evidence", verdict="reject", reason=f"{SECRET} is wrong"),),
        refusal=Refusal(policy="vendor_content_filter", reason=f"{SECRET} must not be spoken of"),
    )
    return msgspec.structs.replace(a_record(run_id, user=SECRET, request_id=f"trace-{SECRET}", trace=trace), **changes)


def keep(store: Store, *records: RunRecord) -> None:
    words = CapturedContent(request=f"I am {SECRET}".encode(), answer=f"Hello {SECRET}".encode())
    file = end_of(store, 5.0)
    file.open()
    file.write([Kept(record=record, content=words) for record in records])
    file.close()


async def test_a_user_s_own_keys_are_revoked_and_keep_of_whom_they_were_no_longer(store: Store) -> None:
    async with database_of(store) as database:
        keys = KeyStore(database, SystemClock())
        for tenant, user in (("acme", 'an"na'), ("acme", "anna"), ("globex", 'an"na')):
            await keys.create(KeySpec(tenant=tenant, scope=KeyScope(user=user, lanes=("small",))))
        assert (await forget(database, 'an"na', tenant="acme")).keys == 1
        gone, other, elsewhere = await keys.list()
        assert (gone.scope.user, gone.scope.lanes, gone.revoked_us is not None) == (FORGOTTEN, ("small",), True)
        assert (other.scope.user, other.revoked_us, elsewhere.scope.user) == ("anna", None, 'an"na')
        told = await AuditLog(database, SystemClock()).read()
        assert [each.act for each in told][-2:] == ["key.revoke", "user.forget"]
        assert "na" not in "".join(f"{each.detail}" for each in told).replace("name", "")


async def test_nothing_of_the_user_is_left_in_any_file_and_the_money_stays(store: Store) -> None:
    keep(store, *(personal(f"run_{n}") for n in range(3)))
    async with database_of(store) as database:
        await database.tidy()  # what is to be removed is in the file itself, not only in its log
        done = await forget(database, SECRET)
        assert (done.runs, done.traces, done.contents, done.elsewhere) == (3, 3, 3, ())
        assert SECRET.encode() not in everything(store)
        found = await Records(database).run("run_1")
    assert found is not None
    record, (call,) = found.record, found.record.trace.calls
    assert (record.user, record.request_id, record.cost_nanousd, record.task) == (None, "", 300_000, "summarize")
    assert (call.cost, call.failure, call.usage_raw) == (a_call().cost, "bad_request", a_call().usage_raw)
    assert record.trace.features == {"task": "summarize"}
    assert record.trace.refusal == Refusal(policy="vendor_content_filter", reason="")


async def test_reasons_of_verdicts_that_came_later_are_blanked_and_what_waits_is_still_found(store: Store) -> None:
    waiting = CheckRecord(verifier="webhook", kind="proof", verdict="unverifiable", deferred="msg_1", lane="standard")
    keep(store, personal("run_1"), personal("run_2", trace=a_trace(checks=(waiting,), answer="standard/call-")))
    async with database_of(store) as database:
        later = LaterVerdicts(database, SystemClock())
        said = LaterVerdict(word="reject", verifier="ci", reason=f"{SECRET} broke it", run_id="run_1", tenant="acme")
        assert await later.take(said) is not None
        await forget(database, SECRET)
        with sql(store) as connection:
            rows = connection.execute("SELECT run_id, verdict, reason FROM later_verdicts ORDER BY run_id").fetchall()
        assert rows == [("run_1", "reject", ""), ("run_2", "awaited", "forgotten")]
        told = LaterVerdict(word="accept", name="msg_1", reason=f"{SECRET} is right")
        assert await later.take(told) is not None
        assert SECRET.encode() not in everything(store)
        repeated = await later.take(told)
        assert repeated is not None
        assert repeated.repeated


async def test_other_users_and_tenants_are_not_touched(store: Store) -> None:
    mine, other_user, other_tenant = personal("run_1"), a_record("run_2", user="bob"), personal("run_3", tenant="other")
    keep(store, mine, other_user, other_tenant)
    async with database_of(store) as database:
        done = await forget(database, SECRET, tenant="acme")
        assert done.runs == 1
        kept = {run.record.run_id: run.record async for run in Records(database).since()}
    assert kept["run_2"] == other_user
    assert kept["run_3"] == other_tenant
    with sql(store) as connection:
        assert connection.execute("SELECT run_id FROM contents ORDER BY run_id").fetchall() == [("run_2",), ("run_3",)]


async def test_more_runs_than_a_chunk_and_a_second_time(store: Store) -> None:
    keep(store, *(personal(f"run_{n}") for n in range(450)))
    async with database_of(store) as database:
        assert (await forget(database, SECRET)).runs == 450
        again = await forget(database, SECRET)
    assert (again.runs, again.traces, again.contents) == (0, 0, 0)


async def test_a_run_without_trace_or_words_is_forgotten_too(store: Store) -> None:
    keep(store, personal("run_1"))
    with sql(store) as connection:
        connection.execute("DELETE FROM traces")
        connection.execute("DELETE FROM contents")
    async with database_of(store) as database:
        done = await forget(database, SECRET)
    assert (done.runs, done.traces, done.contents) == (1, 0, 0)


async def test_copies_that_may_still_know_the_user_are_named(store: Store) -> None:
    older = beside(store, "schema-0000.20260101T000000Z")
    older.touch()
    beside(store, "lock").touch()
    spool = Spool(beside(store, "spool"), 4096)
    spool.open()
    async with database_of(store) as database:
        assert (await forget(database, SECRET)).elsewhere == (older,)
        spool.append([b"a row that waits"])
        assert (await forget(database, SECRET)).elsewhere == (older, beside(store, "spool"))
    spool.close()


def kept_response(response_id: str, user: str, tenant: str = "acme") -> KeptResponse:
    return KeptResponse(
        tenant=tenant,
        response_id=response_id,
        user=user,
        created_us=1,
        expires_us=2**60,
        account="",
        previous_id=None,
        body=f"Hello {user}".encode(),
        asked=b"[]",
        item_ids=("msg_1",),
    )


async def test_kept_responses_of_the_user_go_too(store: Store) -> None:
    async with database_of(store) as database:
        responses = SqlResponses(database, SystemClock(), most_bytes=lambda: 2**30)
        await responses.keep(kept_response("resp_1", SECRET))
        await responses.keep(kept_response("resp_2", SECRET, tenant="other"))
        await responses.keep(kept_response("resp_3", "bob"))
        assert (await forget(database, SECRET, tenant="acme")).responses == 1
        assert await responses.line("other", "resp_2")
        assert (await forget(database, SECRET)).responses == 1
        assert await responses.line("acme", "resp_3")
        assert SECRET.encode() not in everything(store)
    with sql(store) as connection:
        assert connection.execute("SELECT response_id FROM response_items").fetchall() == [("resp_3",)]


async def test_an_answer_kept_for_who_asks_again_is_forgotten_too(store: Store) -> None:
    said = KeptAnswer(
        name=b"n",
        asked=b"a",
        run_id="run_1",
        created_us=1,
        expires_us=2,
        status=200,
        headers=(),
        body=f"Hello {SECRET}".encode(),
    )
    file = end_of(store, 5.0)
    file.open()
    file.write([Kept(record=personal("run_1"), answer=said)])
    file.close()
    async with database_of(store) as database:
        await forget(database, SECRET)
        assert SECRET.encode() not in everything(store)


async def test_cached_answers_of_the_user_s_runs_go_and_every_process_is_told(store: Store) -> None:
    keep(store, personal("run_0"), a_record("run_other"))
    async with database_of(store) as database:
        rows = CacheRows(database)
        mine, other = a_row(b"mine"), a_row(b"other")
        await rows.write([msgspec.structs.replace(mine, run_id="run_0"), other], 0)
        await forget(database, SECRET)
        changes = await rows.changes(0, 0, 0)
    assert (changes.whole, set(changes.ends_us)) == (True, {b"other"})
