from __future__ import annotations

import asyncio
import gc
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from lanewise.stores import connections
from lanewise.stores.address import PostgresStore, Store
from lanewise.stores.connections import Pools, pools
from lanewise.stores.postgres import TAKE_WRITING
from patience import PATIENCE_S
from stores.opening import ON_FILES, sql


async def test_a_reading_is_never_in_the_way_of_a_writing(store: Store) -> None:
    opened = pools(store)
    reading, writing = opened.reading, opened.writing
    count = sa.text("SELECT revision FROM revisions WHERE name = 'keys'")
    async with reading.connect() as reader:
        before = await reader.scalar(count)
        async with writing.begin() as writer:
            await writer.execute(sa.text("UPDATE revisions SET revision = 7 WHERE name = 'keys'"))
        assert await reader.scalar(count) == before == 0
    async with reading.connect() as reader:
        assert await reader.scalar(count) == 7
    await opened.close()


@ON_FILES
async def test_who_is_cancelled_in_a_write_does_not_keep_the_file(store: Path) -> None:
    """The connection is closed, but its cursor lives in the error's frames until the collector of cycles comes by."""
    opened, begun = pools(store), asyncio.Event()

    async def write() -> None:
        async with opened.writing.begin() as connection:
            await connection.execute(sa.text("UPDATE revisions SET revision = 7 WHERE name = 'keys'"))
            begun.set()
            await connection.execute(sa.text(SLOW))

    gc.disable()
    try:
        writing = asyncio.create_task(write())
        await begun.wait()
        await asyncio.sleep(0)
        writing.cancel()
        (ended,) = await asyncio.gather(writing, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError)
        with sql(store) as another:
            another.execute("UPDATE revisions SET revision = revision + 1 WHERE name = 'keys'")
            assert another.execute("SELECT revision FROM revisions WHERE name = 'keys'").fetchall() == [(1,)]
    finally:
        gc.enable()
        await opened.close()


@ON_FILES
def test_whoever_leaves_while_a_connection_is_made_leaves_none_behind(store: Store) -> None:
    """A command that is interrupted, say: its event loop ends at once, and the connection's thread must not come too late."""
    failed = list[threading.ExceptHookArgs]()
    before, threading.excepthook = threading.excepthook, failed.append

    async def leave(turns: int) -> None:
        opened = pools(store)
        reading = asyncio.create_task(_count(opened))
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await opened.close()

    try:
        for turns in (*range(12), 20, 50, 100, 200, 400):
            asyncio.run(leave(turns))
            for worker in [each for each in threading.enumerate() if "_connection_worker_thread" in each.name]:
                worker.join(PATIENCE_S)
                assert not worker.is_alive()
    finally:
        threading.excepthook = before
    assert failed == []


async def _count(opened: Pools) -> int:
    async with opened.reading.connect() as connection:
        return int(await connection.scalar(sa.text("SELECT revision FROM revisions WHERE name = 'keys'")))


SLOW = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT i FROM n ORDER BY i DESC"
)


async def test_a_server_that_was_restarted_costs_nobody_an_error(postgres_store: PostgresStore) -> None:
    mine_too, others = pools(postgres_store), pools(postgres_store)
    reading, other = mine_too.reading, others.reading
    async with reading.connect() as connection:
        (mine,) = (await connection.execute(sa.text("SELECT pg_backend_pid()"))).one()
    async with other.connect() as connection:
        await connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
    async with reading.connect() as connection:
        assert (await connection.execute(sa.text("SELECT 1"))).scalar_one() == 1
    await mine_too.close()
    await others.close()


async def test_who_is_cancelled_in_a_statement_leaves_nothing_open(postgres_store: PostgresStore) -> None:
    opened = pools(postgres_store)

    async def wait() -> None:
        async with opened.reading.connect() as connection:
            await connection.execute(sa.text("SELECT pg_sleep(30)"))

    for pause_s in (0, 0.001, 0.005, 0.02):
        task = asyncio.create_task(wait())
        await asyncio.sleep(pause_s)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await opened.close()
    assert all(connection.closed for connection in opened.made)


async def test_who_stands_still_in_its_turn_loses_it_to_the_next(
    postgres_store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "TAKE_WRITING", TAKE_WRITING.replace("4000", "100"))
    still, others = pools(postgres_store), pools(postgres_store)
    change = sa.text("UPDATE revisions SET revision = revision + 1 WHERE name = 'keys'")
    async with still.writing.connect() as stopped:
        await stopped.execute(change)
        async with others.writing.begin() as connection:
            await connection.execute(change)
        with pytest.raises(sa.exc.DBAPIError):
            await stopped.execute(change)
    async with others.reading.connect() as reader:
        assert await reader.scalar(sa.text("SELECT revision FROM revisions WHERE name = 'keys'")) == 1
    await still.close()
    await others.close()
