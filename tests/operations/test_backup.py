from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from lanewise.core.errors import StoreError
from lanewise.operations.backup import backup
from lanewise.stores.address import PostgresStore, Store
from lanewise.stores.database import open_database
from lanewise.stores.schema import metadata
from postgres_server import Databases, binaries
from stores.opening import ON_FILES, ON_POSTGRES, fill, ledger_of, run_ids, sql
from stores.samples import a_record


@ON_FILES
async def test_a_backup_beside_a_busy_gateway_has_everything_from_before_it(store: Store, tmp_path: Path) -> None:
    async with ledger_of(store) as ledger:
        await asyncio.gather(*(ledger.append(a_record(f"run_{n:03}")) for n in range(200)))
        later = [ledger.append(a_record(f"run_{n:03}")) for n in range(200, 400)]
        done = await backup(store, tmp_path / "backup.db")
        await asyncio.gather(*later)
    kept = run_ids(done.copy)
    assert kept[:200] == [f"run_{n:03}" for n in range(200)]
    assert done.size_bytes == done.copy.stat().st_size
    await (await open_database(done.copy)).close()  # it is a store that can be used


@ON_FILES
async def test_a_backup_has_every_table_of_the_store(store: Store, tmp_path: Path) -> None:
    with sql(store) as connection:
        connection.execute("INSERT INTO breaker_events VALUES (1, 'standard', 'alpha/small', 'open', '')")
    done = await backup(store, tmp_path / "backup.db")
    with sql(store) as original, sql(done.copy) as copy:
        for table in metadata.tables:
            everything = f"SELECT * FROM {table}"
            assert copy.execute(everything).fetchall() == original.execute(everything).fetchall()


async def test_no_store_gives_no_backup(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no store"):
        await backup(tmp_path / "none.db", tmp_path / "backup.db")
    assert not list(tmp_path.iterdir())


async def test_a_backup_overwrites_nothing(store: Store, tmp_path: Path) -> None:
    (tmp_path / "backup").write_text("precious")
    with pytest.raises(StoreError, match="exists and is not overwritten"):
        await backup(store, tmp_path / "backup")
    assert (tmp_path / "backup").read_text() == "precious"


@ON_POSTGRES
async def test_a_database_s_backup_is_an_archive_that_gives_it_back(
    store: PostgresStore, postgres: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = binaries()
    if programs is None:
        pytest.skip("no client programs of PostgreSQL's wheel for this machine")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    fill(store, a_record("run_1"))
    done = await backup(store, tmp_path / "backup.dump")
    assert done.size_bytes == done.copy.stat().st_size
    assert done.copy.stat().st_mode & 0o077 == 0
    restored = PostgresStore(postgres.new(), tmp_path)
    try:
        command = ["pg_restore", "--no-owner", f"--dbname={restored.url}", str(done.copy)]
        await asyncio.to_thread(subprocess.run, command, check=True)
        await (await open_database(restored)).close()
        assert run_ids(restored) == ["run_1"]
    finally:
        postgres.drop(restored.url)


@ON_POSTGRES
async def test_without_pg_dump_it_says_what_to_run(
    store: PostgresStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match=r"run `pg_dump --format=custom --file=\S+backup.dump '.*dbname=") as caught:
        await backup(store, tmp_path / "backup.dump")
    assert "s3cr3t-pw" not in str(caught.value)
