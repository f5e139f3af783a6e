from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lanewise.core.errors import StoreError
from lanewise.stores.database import open_database
from stores.opening import database_of, fill, run_ids, sql
from stores.samples import a_record


async def test_no_store_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"There is no store at .*: `lanewise serve` makes one"):
        await open_database(tmp_path / "none.db")


async def test_an_empty_file_is_to_be_migrated(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match="run `lanewise migrate`"):
        await open_database(tmp_path / "empty.db")


async def test_a_write_is_all_or_nothing(store: Path) -> None:
    fill(store, a_record("run_1"))
    async with database_of(store) as database:

        async def half_wrong() -> None:
            async with database.writing() as connection:
                await connection.exec_driver_sql("DELETE FROM runs")
                await connection.exec_driver_sql("DELETE FROM no_such_table")

        with pytest.raises(StoreError, match="no such table"):
            await half_wrong()
    assert run_ids(store) == ["run_1"]


async def test_a_write_waits_for_another_processs_write_even_after_reading(store: Path) -> None:
    async with database_of(store) as database:
        with sql(store) as other:
            other.execute("BEGIN IMMEDIATE")

            async def count_up() -> None:
                async with database.writing() as connection:
                    (value,) = (
                        await connection.exec_driver_sql("SELECT revision FROM revisions WHERE name = 'keys'")
                    ).one()
                    await connection.exec_driver_sql(
                        "UPDATE revisions SET revision = ? WHERE name = 'keys'", (value + 1,)
                    )

            waiting = asyncio.create_task(count_up())
            await asyncio.sleep(0.05)
            other.execute("UPDATE revisions SET revision = 10 WHERE name = 'keys'")
            other.execute("COMMIT")
            await waiting
            assert other.execute("SELECT revision FROM revisions WHERE name = 'keys'").fetchone() == (11,)


async def test_a_read_sees_one_moment(store: Path) -> None:
    fill(store, a_record("run_1"))
    async with database_of(store) as database, database.reading() as connection:
        before = (await connection.exec_driver_sql("SELECT COUNT(*) FROM runs")).scalar_one()
        fill(store, a_record("run_2"))
        assert (await connection.exec_driver_sql("SELECT COUNT(*) FROM runs")).scalar_one() == before == 1


async def test_a_ping_says_what_is_wrong(store: Path) -> None:
    async with database_of(store) as database:
        assert await database.ping() is None
        with sql(store) as other:
            other.execute("DROP TABLE revisions")
        assert "no such table" in (await database.ping() or "")


async def test_what_is_deleted_and_tidied_is_nowhere_in_the_files(store: Path) -> None:
    fill(store, a_record("run_1", user="ada-lovelace-1815"))
    async with database_of(store) as database:
        async with database.writing() as connection:
            await connection.exec_driver_sql("DELETE FROM runs")
        await database.tidy()
        for file in store.parent.glob("lanewise.db*"):
            assert b"ada-lovelace-1815" not in file.read_bytes(), file
