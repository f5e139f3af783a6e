from __future__ import annotations

import datetime as dt

from lanewise.core.record import Trace
from lanewise.stores.address import Store
from lanewise.stores.records import LatestCalls, Records
from stores.opening import database_of, fill, sql
from stores.samples import START_US, a_call, a_record, a_trace

DAY = dt.date(2026, 9, 21)
MIDNIGHT_US = int(dt.datetime(2026, 9, 21, tzinfo=dt.UTC).timestamp() * 1e6)


async def test_a_run_comes_back_as_it_went_in(store: Store) -> None:
    record = a_record(
        "run_1", user="ada", stream=True, degraded=True, estimated=True, failure="deadline", first_token_us=None
    )
    fill(store, record)
    async with database_of(store) as database:
        found = await Records(database).run("run_1")
    assert found is not None
    assert found.has_trace
    assert found.record == record


async def test_a_run_whose_trace_has_expired_still_says_why_it_went_where_it_went(store: Store) -> None:
    fill(store, a_record("run_1"))
    with sql(store) as connection:
        connection.execute("DELETE FROM traces")
    async with database_of(store) as database:
        found = await Records(database).run("run_1")
    assert found is not None
    assert not found.has_trace
    assert found.record.trace == Trace(reason="rule:1", policy_version="abc123")


async def test_another_tenants_run_does_not_exist(store: Store) -> None:
    fill(store, a_record("run_1", tenant="acme"))
    async with database_of(store) as database:
        records = Records(database)
        assert await records.run("run_1", tenant="acme") is not None
        assert await records.run("run_1", tenant="other") is None
        assert await records.run("run_1", tenant="") is None
        assert await records.run("run_2") is None


async def test_recent_runs_are_newest_first_and_a_tenants_own(store: Store) -> None:
    fill(store, *(a_record(f"run_{n}", started_us=START_US + n, tenant="acme" if n % 2 else "other") for n in range(6)))
    async with database_of(store) as database:
        assert await Records(database).recent(2) == ["run_5", "run_4"]
        assert await Records(database).recent(9, tenant="other") == ["run_4", "run_2", "run_0"]


async def test_every_run_since_a_moment_comes_oldest_first(store: Store) -> None:
    fill(store, *(a_record(f"run_{n}", started_us=START_US + n) for n in range(1500)))
    async with database_of(store) as database:
        found = [run.record.run_id async for run in Records(database).since(START_US + 2)]
    assert found == [f"run_{n}" for n in range(2, 1500)]


async def latest(store: Store, each: int) -> list[LatestCalls]:
    async with database_of(store) as database:
        return [calls async for calls in Records(database).latest_calls(each)]


async def test_the_latest_calls_are_some_of_every_lane_oldest_first(store: Store) -> None:
    runs = [
        a_record(
            f"run_{n}",
            started_us=START_US + n,
            lane="rare" if n % 10 == 0 else "standard",
            stream=n % 2 == 0,
            trace=a_trace(a_call(latency_us=n), a_call(latency_us=1_000 + n)),
        )
        for n in range(30)
    ]
    fill(store, *runs)
    found = await latest(store, each=2)
    assert [(each.calls[0].latency_us, each.stream) for each in found] == [
        (10, True),
        (20, True),
        (28, True),
        (29, False),
    ]
    assert found[0].calls == runs[10].trace.calls


async def test_traces_that_expired_or_cannot_be_read_tell_no_calls(store: Store) -> None:
    fill(store, *(a_record(f"run_{n}", started_us=START_US + n) for n in range(4)))
    with sql(store) as connection:
        connection.execute("DELETE FROM traces WHERE run_id = 'run_1'")
        connection.execute("UPDATE traces SET trace = ? WHERE run_id = 'run_2'", (b'{"calls":[{"name":5}]}',))
        connection.execute("UPDATE traces SET trace = ? WHERE run_id = 'run_3'", (b"",))
    assert len(await latest(store, each=10)) == 1


async def test_a_new_store_tells_no_calls(store: Store) -> None:
    assert await latest(store, each=10) == []
