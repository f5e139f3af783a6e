from __future__ import annotations

import asyncio

import pytest

from lanewise.core.keeping import Retention
from lanewise.core.record import CapturedContent
from lanewise.operations.retention import Expired, expire, keep_retention
from lanewise.stores.address import Store
from lanewise.stores.ledger_rows import Kept
from lanewise.stores.ledger_thread import end_of
from stores.opening import database_of, sql
from stores.samples import START_US, a_record
from walking import SetClock

DAY_US = 86_400_000_000
NOW_S = START_US / 1e6


@pytest.fixture
def filled(store: Store) -> Store:
    """A run of every day for ten days, with its trace and its words; the newest is of this moment."""
    file = end_of(store, 5.0)
    file.open()
    words = CapturedContent(request=b"?", answer=b"!")
    file.write([Kept(record=a_record(f"run_{n}", started_us=START_US - n * DAY_US), content=words) for n in range(10)])
    file.close()
    return store


def counts(store: Store) -> dict[str, int]:
    with sql(store) as connection:
        return {
            table: connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
            for table in ("runs", "traces", "contents")
        }


async def test_each_table_keeps_its_own_days(filled: Store) -> None:
    async with database_of(filled) as database:
        done = await expire(database, Retention(runs_days=8, traces_days=4, contents_days=1), NOW_S)
    assert counts(filled) == {"runs": 9, "traces": 5, "contents": 2}
    assert done == Expired(runs=1, traces=5, contents=8)


async def test_none_keeps_for_good(filled: Store) -> None:
    async with database_of(filled) as database:
        done = await expire(
            database, Retention(runs_days=None, traces_days=None, contents_days=None), NOW_S + 10 * DAY_US
        )
    assert done == Expired(runs=0, traces=0, contents=0)


async def test_no_trace_or_word_outlives_its_run(filled: Store) -> None:
    async with database_of(filled) as database:
        await expire(database, Retention(runs_days=2, traces_days=None, contents_days=9), NOW_S)
    assert counts(filled) == {"runs": 3, "traces": 3, "contents": 3}


async def test_breakers_moves_are_kept_as_long_as_runs(store: Store) -> None:
    with sql(store) as connection:
        connection.executemany(
            "INSERT INTO breaker_events VALUES (?, 'standard', 'alpha/small', 'open', '')",
            [(START_US - n * DAY_US,) for n in range(10)],
        )
    async with database_of(store) as database:
        done = await expire(database, Retention(runs_days=3, traces_days=1), NOW_S)
    assert done == Expired(runs=0, traces=0, contents=0, breaker_events=6)
    with sql(store) as connection:
        assert connection.execute("SELECT MIN(at_us) FROM breaker_events").fetchone() == (START_US - 3 * DAY_US,)


async def test_responses_say_themselves_until_when_they_are_kept(store: Store) -> None:
    with sql(store) as connection:
        for number in range(4):
            key = ("acme", f"resp_{number}")
            row = (*key, None, START_US, START_US + (number - 2) * DAY_US, "", None, 2, b"{}", b"[]")
            connection.execute(f"INSERT INTO responses VALUES ({', '.join('?' * len(row))})", row)
            connection.execute("INSERT INTO response_items VALUES (?, 'msg_1', ?)", key)
    async with database_of(store) as database:
        done = await expire(database, Retention(), NOW_S)
    assert done == Expired(runs=0, traces=0, contents=0, responses=2)
    with sql(store) as connection:
        left = [
            connection.execute(f"SELECT response_id FROM {table}").fetchall()
            for table in ("responses", "response_items")
        ]
    assert left == [[("resp_2",), ("resp_3",)]] * 2


async def test_more_than_a_chunk_is_deleted_too(store: Store) -> None:
    file = end_of(store, 5.0)
    file.open()
    file.write([Kept(record=a_record(f"run_{n}", started_us=n)) for n in range(1234)])
    file.close()
    async with database_of(store) as database:
        done = await expire(database, Retention(runs_days=1), NOW_S)
    assert (done.runs, done.traces) == (1234, 1234)
    assert counts(store) == {"runs": 0, "traces": 0, "contents": 0}


async def test_it_goes_by_the_policy_that_is_then_in_force(filled: Store) -> None:
    policies = iter([Retention(runs_days=None, traces_days=9, contents_days=9), Retention(runs_days=2)])
    asked = asyncio.Event()

    def retention() -> Retention:
        policy = next(policies, None)
        if policy is None:
            asked.set()
            return Retention()
        return policy

    async with database_of(filled) as database:
        task = asyncio.create_task(keep_retention(database, SetClock(NOW_S), retention, every_s=0))
        await asked.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert counts(filled)["runs"] == 3


async def test_of_several_gateways_one_does_it_and_another_when_that_is_gone(filled: Store) -> None:
    asked: list[bool] = []

    def mine() -> bool:
        asked.append(len(asked) > 2)
        return asked[-1]

    async with database_of(filled) as database:
        keeping = keep_retention(database, SetClock(NOW_S), lambda: Retention(runs_days=2), mine=mine, every_s=0.001)
        task = asyncio.create_task(keeping)
        while len(asked) < 3:
            assert counts_of_runs(filled) == 10
            await asyncio.sleep(0)
        while counts_of_runs(filled) != 3:
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class SetWall(SetClock):
    """Its wall time can be set, while the seconds that pass go on as they did."""

    def monotonic_s(self) -> float:
        return 0.0


async def test_a_clock_that_is_set_while_running_has_until_the_next_turn_to_be_right(filled: Store) -> None:
    clock, turns = SetWall(NOW_S), 0

    def mine() -> bool:
        nonlocal turns
        turns += 1
        clock.time_s = NOW_S + 3e8 if turns < 3 else NOW_S  # years ahead, and then right again
        return turns > 1

    async with database_of(filled) as database:
        keeping = keep_retention(database, clock, lambda: Retention(runs_days=2), mine=mine, every_s=0.001)
        task = asyncio.create_task(keeping)
        while turns < 3:
            assert counts_of_runs(filled) == 10
            await asyncio.sleep(0)
        while (left := counts_of_runs(filled)) != 3:
            assert left == 10
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_store_that_does_not_answer_is_waited_for(filled: Store) -> None:
    asked = 0
    again = asyncio.Event()

    def retention() -> Retention:
        nonlocal asked
        asked += 1
        if asked == 2:
            again.set()
        return Retention(runs_days=2)

    async with database_of(filled) as database:
        with sql(filled) as other:
            other.execute("ALTER TABLE contents RENAME TO lost")
            task = asyncio.create_task(keep_retention(database, SetClock(NOW_S), retention, every_s=0.001))
            await again.wait()
            assert counts_of_runs(filled) == 10
            other.execute("ALTER TABLE lost RENAME TO contents")
        while counts_of_runs(filled) != 3:
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_fault_of_ours_ends_no_retention(filled: Store) -> None:
    asked = 0

    def retention() -> Retention:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise ValueError("a fault of ours")
        return Retention(runs_days=2)

    async with database_of(filled) as database:
        task = asyncio.create_task(keep_retention(database, SetClock(NOW_S), retention, every_s=0.001))
        while counts_of_runs(filled) != 3:
            assert not task.done()
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def counts_of_runs(store: Store) -> int:
    with sql(store) as connection:
        count: int = connection.execute("SELECT COUNT(*) FROM runs").fetchone()[0]
        return count
