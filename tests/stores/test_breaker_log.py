"""Breakers' moves in the store: in order, none lost to a store that is down, none left open by a process that was killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from structlog.testing import capture_logs

from lanewise.stores.address import Store
from lanewise.stores.breaker_log import BreakerLog
from lanewise.stores.database import Database
from patience import PATIENCE_S
from stores.opening import database_of, fill, sql
from stores.samples import START_US, a_record
from walking import SetClock

NOW_S = START_US / 1e6
SECOND_US = 1_000_000


def moves(store: Store) -> list[tuple[int, str, str, str]]:
    with sql(store) as connection:
        found: list[Any] = connection.execute(
            "SELECT (at_us - ?) / 1000000, lane, deployment, position FROM breaker_events ORDER BY at_us", (START_US,)
        ).fetchall()
    return found


@asynccontextmanager
async def logging_to(database: Database, clock: SetClock) -> AsyncIterator[BreakerLog]:
    log = BreakerLog(database, clock, process="mine", retry_s=0.01)
    await log.start()
    try:
        yield log
    finally:
        await log.close()


async def written(store: Store, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(moves(store)) < count:
            await asyncio.sleep(0.005)


async def test_moves_are_written_while_the_gateway_runs_with_the_time_at_which_they_were_made(store: Store) -> None:
    clock = SetClock(NOW_S)
    async with database_of(store) as database, logging_to(database, clock) as log:
        log.note("reasoning", "alpha/large", "open")
        clock.time_s += 30
        log.note("reasoning", "alpha/large", "half_open")
        clock.time_s += 2
        log.note("reasoning", "alpha/large", "closed")
        await written(store, 3)
    assert moves(store) == [
        (0, "reasoning", "alpha/large", "open"),
        (30, "reasoning", "alpha/large", "half_open"),
        (32, "reasoning", "alpha/large", "closed"),
    ]


async def test_moves_of_one_moment_keep_their_order(store: Store) -> None:
    async with database_of(store) as database, logging_to(database, SetClock(NOW_S)) as log:
        for position in ("open", "half_open", "closed"):
            log.note("standard", "alpha/small", position)
    assert [position for *_, position in moves(store)] == ["open", "half_open", "closed"]


async def test_what_is_open_when_the_process_stops_ends_with_it(store: Store) -> None:
    clock = SetClock(NOW_S)
    async with database_of(store) as database, logging_to(database, clock) as log:
        log.note("standard", "alpha/small", "open")
        log.note("standard", "beta/large", "open")
        log.note("standard", "beta/large", "closed")
        clock.time_s += 5
    assert moves(store)[-1] == (5, "standard", "alpha/small", "closed")
    assert len(moves(store)) == 4


async def test_what_moves_while_a_move_is_being_written_is_written_too(store: Store) -> None:
    async with database_of(store) as database, logging_to(database, SetClock(NOW_S)) as log:
        log.note("standard", "alpha/small", "open")
        await asyncio.sleep(0)  # its writing has begun
    assert [position for *_, position in moves(store)] == ["open", "closed"]


async def test_what_a_killed_process_left_open_is_closed_at_its_last_sign_of_life(store: Store) -> None:
    fill(store, a_record("run_1", started_us=START_US + 60 * SECOND_US, latency_us=7 * SECOND_US))
    with sql(store) as connection:
        connection.executemany(
            "INSERT INTO breaker_events VALUES (?, ?, ?, ?, '')",
            [
                (START_US, "standard", "alpha/small", "open"),
                (START_US + 31 * SECOND_US, "standard", "alpha/small", "half_open"),
                (START_US, "standard", "beta/large", "open"),
                (START_US + 5 * SECOND_US, "standard", "beta/large", "closed"),
            ],
        )
    async with database_of(store) as database, logging_to(database, SetClock(NOW_S + 86_400)):
        assert moves(store)[-1] == (67, "standard", "alpha/small", "closed")
        assert len(moves(store)) == 5


async def test_what_a_living_process_has_open_is_left_alone(store: Store) -> None:
    with sql(store) as connection:
        connection.execute(
            "INSERT INTO processes (process, host, url, version, policy, seal, pid, begun_us, seen_us) "
            "VALUES ('other', 'h', '', '', '', '', 1, 1, 1)"
        )
        for process in ("other", "dead"):
            connection.execute(
                f"INSERT INTO breaker_events VALUES (?, 'standard', 'of/{process}', 'open', '{process}')", (START_US,)
            )
    async with database_of(store) as database, logging_to(database, SetClock(NOW_S + 5)) as log:
        log.note("standard", "of/other", "open")
    assert [(deployment, position) for _, _, deployment, position in moves(store)[2:]] == [
        ("of/dead", "closed"),
        ("of/other", "open"),
        ("of/other", "closed"),
    ]
    with sql(store) as connection:
        mine = connection.execute("SELECT COUNT(*) FROM breaker_events WHERE process = 'mine'").fetchone()
    assert mine == (2,), "the other one's is open still"


async def test_nobody_waits_for_a_store_that_is_down_and_nothing_is_lost_when_it_is_back(store: Store) -> None:
    async with database_of(store) as database, logging_to(database, SetClock(NOW_S)) as log:
        with sql(store) as other, capture_logs() as said:
            other.execute("ALTER TABLE breaker_events RENAME TO away")
            log.note("standard", "alpha/small", "open")
            while not said:
                await asyncio.sleep(0.005)
            log.note("standard", "alpha/small", "closed")
            other.execute("ALTER TABLE away RENAME TO breaker_events")
        assert said[0]["event"] == "breakers' moves wait for the store"
        await written(store, 2)
    assert [position for *_, position in moves(store)] == ["open", "closed"]


async def test_a_store_that_stays_down_does_not_keep_the_gateway_from_stopping(store: Store) -> None:
    async with database_of(store) as database:
        with sql(store) as other:
            async with asyncio.timeout(PATIENCE_S), logging_to(database, SetClock(NOW_S)) as log:
                other.execute("ALTER TABLE breaker_events RENAME TO away")
                log.note("standard", "alpha/small", "open")
            other.execute("ALTER TABLE away RENAME TO breaker_events")
    assert moves(store) == []
