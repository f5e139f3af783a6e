from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore, Store
from lanewise.stores.database import MOST_LONG_READS, MOST_WAITING_READS, open_database
from lanewise.stores.postgres import TAKE_WRITING
from lanewise.stores.schema import revisions
from patience import PATIENCE_S
from stores.opening import ON_FILES, ON_POSTGRES, database_of, everything, fill, run_ids, sql
from stores.samples import a_record


async def test_no_store_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"There is no store at .*: `lanewise serve` makes one"):
        await open_database(tmp_path / "none.db")


async def test_an_empty_file_is_to_be_migrated(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match="run `lanewise migrate`"):
        await open_database(tmp_path / "empty.db")


async def test_a_write_is_all_or_nothing(store: Store) -> None:
    fill(store, a_record("run_1"))
    async with database_of(store) as database:

        async def half_wrong() -> None:
            async with database.writing() as connection:
                await connection.exec_driver_sql("DELETE FROM runs")
                await connection.exec_driver_sql("DELETE FROM no_such_table")

        with pytest.raises(StoreError, match="no_such_table"):
            await half_wrong()
    assert run_ids(store) == ["run_1"]


async def test_a_write_waits_for_another_processs_write_even_after_reading(store: Store) -> None:
    async with database_of(store) as database:
        with sql(store) as other:
            other.execute("BEGIN IMMEDIATE" if isinstance(store, Path) else "BEGIN")
            if not isinstance(store, Path):
                other.execute(TAKE_WRITING)

            async def count_up() -> None:
                async with database.writing() as connection:
                    keys = revisions.c.name == "keys"
                    value = (await connection.execute(sa.select(revisions.c.revision).where(keys))).scalar_one()
                    await connection.execute(sa.update(revisions).where(keys).values(revision=value + 1))

            waiting = asyncio.create_task(count_up())
            await asyncio.sleep(0.05)
            other.execute("UPDATE revisions SET revision = 10 WHERE name = 'keys'")
            other.execute("COMMIT")
            await waiting
            assert other.execute("SELECT revision FROM revisions WHERE name = 'keys'").fetchone() == (11,)


async def test_a_read_sees_one_moment(store: Store) -> None:
    fill(store, a_record("run_1"))
    async with database_of(store) as database, database.reading() as connection:
        before = (await connection.exec_driver_sql("SELECT COUNT(*) FROM runs")).scalar_one()
        fill(store, a_record("run_2"))
        assert (await connection.exec_driver_sql("SELECT COUNT(*) FROM runs")).scalar_one() == before == 1


async def test_a_ping_says_that_something_is_wrong_and_the_log_once_what(store: Store) -> None:
    async with database_of(store) as database:
        with capture_logs() as logged:
            assert await database.ping() is None
            with sql(store) as other:
                other.execute("ALTER TABLE revisions RENAME TO away")
            assert [await database.ping() for _ in range(2)] == ["cannot be read; the log says why"] * 2
            with sql(store) as other:
                other.execute("ALTER TABLE away RENAME TO revisions")
            assert await database.ping() is None
    assert [each["event"] for each in logged] == ["the store does not answer", "the store answers again"]
    assert "revisions" in logged[0]["why"]


@ON_FILES
async def test_what_is_deleted_and_tidied_is_nowhere_in_the_files(store: Store) -> None:
    fill(store, a_record("run_1", user="ada-lovelace-1815"))
    async with database_of(store) as database:
        async with database.writing() as connection:
            await connection.exec_driver_sql("DELETE FROM runs")
        await database.tidy()
        assert b"ada-lovelace-1815" not in everything(store)


async def test_what_was_bound_to_a_statement_that_fails_is_not_in_the_error(store: Store) -> None:
    async with database_of(store) as database:
        with pytest.raises(StoreError) as caught:
            async with database.writing() as connection:
                await connection.execute(sa.text("SELECT * FROM no_such_table WHERE a = :a"), {"a": "ada-1815"})
    assert "ada-1815" not in str(caught.value)


@ON_POSTGRES
async def test_reading_writes_nothing(store: Store) -> None:
    async with database_of(store) as database:
        with pytest.raises(StoreError, match="read-only"):
            async with database.reading() as connection:
                await connection.exec_driver_sql("DELETE FROM runs")


@ON_POSTGRES
async def test_no_message_has_the_password(store: Store) -> None:
    assert isinstance(store, PostgresStore)
    assert "s3cr3t-pw" in store.url
    async with database_of(store) as database:
        with sql(store) as other:
            other.execute("DROP TABLE revisions")
        with capture_logs() as logged:
            assert await database.ping() is not None
        assert "s3cr3t-pw" not in str(logged)
    with pytest.raises(StoreError, match="Cannot reach the store") as caught:
        await open_database(PostgresStore(store.url.replace("lanewise-pg", "no-such-folder")))
    assert "s3cr3t-pw" not in f"{caught.value!r} {store!r} {store}"


@ON_POSTGRES
async def test_a_ping_does_not_wait_for_ever(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lanewise.stores.database.PING_TIMEOUT_S", 0.1)
    async with database_of(store) as database:
        with sql(store) as other:
            other.execute("BEGIN")
            other.execute("LOCK TABLE revisions")
            assert "has not answered within 0.1 s" in (await database.ping() or "")
        assert await database.ping() is None


async def test_a_glance_sees_what_others_have_committed(store: Store) -> None:
    async with database_of(store) as database:
        with sql(store) as other:
            for count in (3, 4):
                other.execute(f"UPDATE revisions SET revision = {count} WHERE name = 'keys'")
                assert await database.changes_of("keys") == count
        assert await database.changes_of("nothing") == 0
        assert list(await database.glance("cached_answers_since", seen_us=0, now_us=0)) == []


async def test_long_reads_leave_connections_to_everything_else(store: Store) -> None:
    async with database_of(store) as database:
        under_way, may_end = asyncio.Semaphore(0), asyncio.Event()

        async def read_long() -> None:
            async with database.reading_at_length():
                under_way.release()
                await may_end.wait()

        reads = [asyncio.create_task(read_long()) for _ in range(MOST_LONG_READS + MOST_WAITING_READS)]
        for _ in range(MOST_LONG_READS):
            await under_way.acquire()
        assert under_way.locked()
        async with asyncio.timeout(PATIENCE_S):
            assert await database.ping() is None
        with pytest.raises(StoreError, match="ask again later"):
            await read_long()

        reads.pop().cancel()
        reads.append(asyncio.create_task(read_long()))
        may_end.set()
        await asyncio.gather(*reads)
