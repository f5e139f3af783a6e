"""A caller waits a moment for the store, and is never failed by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from end_to_end.stage import eventually
from lanewise.core.similar import Looked
from lanewise.stores.address import PostgresStore
from lanewise.stores.lookups import Lookups
from stores.opening import sql
from walking import SetClock

pytestmark = pytest.mark.every_loop

END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
def clock() -> SetClock:
    return SetClock(1_000.0)


@pytest.fixture
async def lookups(postgres_store: PostgresStore, clock: SetClock) -> AsyncIterator[Lookups]:
    made = Lookups(postgres_store, clock, settings=("SET work_mem = '5MB'",), patience_s=0.5)
    yield made
    await made.close()


async def asked(lookups: Lookups, statement: str = "SELECT 7") -> bool:
    return await lookups.rows(statement, {}) is not None


async def test_it_says_what_the_statement_says_in_a_session_that_is_set(lookups: Lookups) -> None:
    assert await lookups.rows("SELECT %(a)s::int + 1, current_setting('work_mem')", {"a": 6}) == [(7, "5MB")]
    answers = await asyncio.gather(*(asked(lookups) for _ in range(20)))
    assert answers == [True] * 8 + [False] * 12, "no more are asked at once"
    assert lookups.outcomes == {Looked.ANSWERED: 9, Looked.SKIPPED: 12}


async def test_who_is_late_is_not_waited_for_and_nothing_is_asked_for_a_second(
    lookups: Lookups, clock: SetClock
) -> None:
    assert await asked(lookups)
    assert not await asked(lookups, "SELECT pg_sleep(0.8)")
    assert not await asked(lookups)
    clock.time_s += 1.1
    assert await asked(lookups)
    assert lookups.outcomes == {Looked.ANSWERED: 2, Looked.LATE: 1, Looked.SKIPPED: 1}


async def test_a_session_that_was_ended_costs_one_answer(
    lookups: Lookups, clock: SetClock, postgres_store: PostgresStore
) -> None:
    assert await asked(lookups)
    with sql(postgres_store) as other:
        other.execute(END_SESSIONS)
    assert not await asked(lookups)
    assert lookups.outcomes[Looked.FAILED] == 1
    clock.time_s += 1.1
    assert await asked(lookups)


async def test_a_statement_that_takes_too_long_is_ended_by_the_server(
    lookups: Lookups, clock: SetClock, postgres_store: PostgresStore
) -> None:
    assert not await asked(lookups, "SELECT pg_sleep(600)")

    async def ended() -> bool:
        with sql(postgres_store) as other:
            busy = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(600)' AND state = 'active'"
            return not other.execute(busy).fetchall()

    await eventually(ended)
    clock.time_s += 1.1
    assert await asked(lookups)


async def test_a_statement_or_a_server_that_is_broken_is_no_answer(
    lookups: Lookups, postgres_store: PostgresStore, clock: SetClock
) -> None:
    assert not await asked(lookups, "SELECT nonsense")
    nowhere = Lookups(replace(postgres_store, url="postgresql://me:s3cret@127.0.0.1:1/x"), clock)
    assert not await asked(nowhere)
    await nowhere.close()
