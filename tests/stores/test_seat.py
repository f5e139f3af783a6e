from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lanewise.core.clock import SystemClock
from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore, Store
from lanewise.stores.database import open_database
from lanewise.stores.seat import seat_at
from postgres_server import Databases, Stores

CLOCK = SystemClock()


async def test_a_file_is_made_and_migrated(tmp_path: Path) -> None:
    async with seat_at(tmp_path / "new.db", CLOCK) as store:
        await (await open_database(store)).close()


async def test_one_gateway_serves_from_a_store_at_a_time(store: Store) -> None:
    async with seat_at(store, CLOCK):
        with pytest.raises(StoreError, match="in use by another gateway"):
            async with seat_at(store, CLOCK):
                pass
    async with seat_at(store, CLOCK):
        pass


async def test_each_process_of_a_machine_has_a_place_of_its_own_in_the_folder(
    postgres_store: PostgresStore, tmp_path: Path
) -> None:
    async with seat_at(postgres_store, CLOCK) as first:
        assert isinstance(first, PostgresStore)
        assert first.place == 0
        with pytest.raises(StoreError):
            async with seat_at(postgres_store, CLOCK):
                pass
        assert (tmp_path / "lanewise-1.lock").exists()


async def test_a_folder_that_cannot_be_made_is_named(postgres_store: PostgresStore, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"Cannot make the folder .* of `spool`"):
        async with seat_at(PostgresStore(postgres_store.url, tmp_path / "file" / "spool"), CLOCK):
            pass


async def test_a_folder_is_one_database_s(postgres_store: PostgresStore, postgres_stores: Stores) -> None:
    async with seat_at(postgres_store, CLOCK):
        pass
    with postgres_stores.one() as url:
        other = PostgresStore(url, postgres_store.folder)
        with pytest.raises(
            StoreError, match=r"has what belongs to another store .*: name another folder with `spool:`"
        ):
            async with seat_at(other, CLOCK):
                pass
    async with seat_at(replace(postgres_store, url=f"{postgres_store.url}&application_name=x"), CLOCK):
        pass  # the same one under another address


async def test_a_database_without_tables_is_refused_before_anything_is_made(
    postgres: Databases, tmp_path: Path
) -> None:
    store = PostgresStore(postgres.new(), tmp_path / "spool")
    try:
        with pytest.raises(StoreError, match="run `lanewise migrate`"):
            async with seat_at(store, CLOCK):
                pass
        assert not (tmp_path / "spool").exists()
    finally:
        postgres.drop(store.url)
