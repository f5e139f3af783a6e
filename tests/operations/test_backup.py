from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lanewise.core.errors import StoreError
from lanewise.operations.backup import backup
from lanewise.stores.database import open_database
from stores.opening import ledger_of, run_ids
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


async def test_no_store_gives_no_backup(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no store"):
        await backup(tmp_path / "none.db", tmp_path / "backup.db")
    assert not list(tmp_path.iterdir())


async def test_a_backup_overwrites_nothing(store: Path) -> None:
    with pytest.raises(StoreError, match="exists and is not overwritten"):
        await backup(store, store)
