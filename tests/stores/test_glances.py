from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore
from lanewise.stores.glances import Glances
from stores.opening import sql

pytestmark = pytest.mark.every_loop

KEYS: dict[str, object] = {"changed": "keys"}
END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
async def glances(postgres_store: PostgresStore) -> AsyncIterator[Glances]:
    glances = Glances(postgres_store)
    yield glances
    await glances.close()


async def test_each_sees_what_is_committed_before_it(glances: Glances, postgres_store: PostgresStore) -> None:
    with sql(postgres_store) as other:
        for count in (3, 4):
            other.execute("UPDATE revisions SET revision = ? WHERE name = 'keys'", (count,))
            assert await glances.rows("count_of_changes", KEYS) == [(count,)]
    assert await glances.rows("count_of_changes", {"changed": "nothing"}) == []


async def test_who_asks_at_once_is_answered_in_turn(glances: Glances) -> None:
    same = await asyncio.gather(*(glances.rows("count_of_changes", KEYS) for _ in range(10)))
    assert same == [same[0]] * 10


async def test_a_session_that_was_ended_costs_nobody_an_answer(glances: Glances, postgres_store: PostgresStore) -> None:
    before = await glances.rows("count_of_changes", KEYS)
    with sql(postgres_store) as other:
        other.execute(END_SESSIONS)
    assert await glances.rows("count_of_changes", KEYS) == before


async def test_who_is_cancelled_leaves_it_as_good_as_it_was(glances: Glances, postgres_store: PostgresStore) -> None:
    before = await glances.rows("count_of_changes", KEYS)
    with sql(postgres_store) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE revisions IN ACCESS EXCLUSIVE MODE")
        asking = asyncio.create_task(glances.rows("count_of_changes", KEYS))
        while not other.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchall():
            await asyncio.sleep(0.005)
        asking.cancel()
        assert isinstance((await asyncio.gather(asking, return_exceptions=True))[0], asyncio.CancelledError)
        other.execute("ROLLBACK")
    assert await glances.rows("count_of_changes", KEYS) == before


async def test_a_server_that_is_not_there_is_told_without_its_password(postgres_store: PostgresStore) -> None:
    nowhere = Glances(replace(postgres_store, url="postgresql://me:s3cret@127.0.0.1:1/x"))
    with pytest.raises(StoreError, match=r"Cannot read the store 'postgresql://me@127.0.0.1:1/x'") as caught:
        await nowhere.rows("count_of_changes", KEYS)
    assert "s3cret" not in str(caught.value)
