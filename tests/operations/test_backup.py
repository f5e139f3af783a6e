from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lanewise.core.errors import StoreError
from lanewise.operations.backup import backup
from lanewise.stores.database import open_database
from lanewise.stores.schema import metadata
from stores.opening import ledger_of, run_ids, sql
from stores.samples import a_record


async def test_a_backup_beside_a_busy_gateway_has_everything_from_before_it(store: Path, tmp_path: Path) -> None:
    async with ledger_of(store) as ledger:
        await asyncio.gather(*(ledger.append(a_record(f"run_{n:03}")) for n in range(200)))
        later = [ledger.append(a_record(f"run_{n:03}")) for n in range(200, 400)]
        done = await backup(store, tmp_path / "backup.db")
        await asyncio.gather(*later)
    kept = run_ids(done.copy)
    assert kept[:200] == [f"run_{n:03}" for n in range(200)]
    assert done.size_bytes == done.copy.stat().st_size
    await (await open_database(done.copy)).close()  # it is a store that can be used


async def test_a_backup_has_every_table_of_the_store(store: Path, tmp_path: Path) -> None:
    with sql(store) as connection:
        connection.execute("INSERT INTO breaker_events VALUES (1, 'standard', 'alpha/small', 'open')")
    done = await backup(store, tmp_path / "backup.db")
    with sql(store) as original, sql(done.copy) as copy:
        for table in metadata.tables:
            everything = f"SELECT * FROM {table}"
            assert copy.execute(everything).fetchall() == original.execute(everything).fetchall()


async def test_no_store_gives_no_backup(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no store"):
        await backup(tmp_path / "none.db", tmp_path / "backup.db")
    assert not list(tmp_path.iterdir())


async def test_a_backup_overwrites_nothing(store: Path) -> None:
    with pytest.raises(StoreError, match="exists and is not overwritten"):
        await backup(store, store)
