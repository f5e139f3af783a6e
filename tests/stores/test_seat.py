from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lanewise.core.clock import SystemClock
from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore, Store
from lanewise.stores.database import open_database
from lanewise.stores.seat import NoSeat, seat_at
from postgres_server import Databases, Stores

CLOCK = SystemClock()
ALONE = "its caps are its own"


async def test_a_file_is_made_and_migrated(tmp_path: Path) -> None:
    async with seat_at(tmp_path / "new.db", CLOCK) as seat:
        await (await open_database(seat.store)).close()


async def test_who_must_serve_alone_does(store: Store) -> None:
    async with seat_at(store, CLOCK, alone=ALONE):
        with pytest.raises(StoreError, match="in use by another gateway"):
            async with seat_at(store, CLOCK):
                pass
    async with seat_at(store, CLOCK):
        pass


async def test_a_file_is_served_by_one_whatever_it_wants(sqlite_store: Path) -> None:
    async with seat_at(sqlite_store, CLOCK):
        with pytest.raises(StoreError, match="one SQLite file serves one process"):
            async with seat_at(sqlite_store, CLOCK):
                pass


async def test_of_a_database_several_serve_each_with_a_place_of_its_own_in_the_folder(
    postgres_store: PostgresStore,
) -> None:
    async with seat_at(postgres_store, CLOCK) as first, seat_at(postgres_store, CLOCK) as second:
        places = [each.store.place for each in (first, second) if isinstance(each.store, PostgresStore)]
        assert places == [0, 1]
        assert first.process != second.process
        with pytest.raises(NoSeat, match=f"this one cannot serve beside it: {ALONE}"):
            async with seat_at(postgres_store, CLOCK, alone=ALONE):
                pass
    async with seat_at(postgres_store, CLOCK, alone=ALONE):
        pass


async def test_who_has_a_place_next_knows_who_had_it(postgres_store: PostgresStore) -> None:
    async with seat_at(postgres_store, CLOCK) as first:
        assert first.before == ""
    async with seat_at(postgres_store, CLOCK) as second:
        assert second.before == first.process


async def test_a_seat_becomes_one_s_own_where_nobody_sits_beside_it_and_is_shared_again(
    postgres_store: PostgresStore,
) -> None:
    async with seat_at(postgres_store, CLOCK) as first:
        assert first.session is not None
        async with seat_at(postgres_store, CLOCK):
            with pytest.raises(NoSeat, match=ALONE):
                first.session.stand(ALONE)
            async with seat_at(postgres_store, CLOCK):
                pass  # what was refused has changed nothing
        first.session.stand(ALONE)
        with pytest.raises(NoSeat, match="has to serve alone"):
            async with seat_at(postgres_store, CLOCK):
                pass
        first.session.stand("")
        async with seat_at(postgres_store, CLOCK):
            pass


async def test_a_session_that_broke_takes_its_place_again_unless_somebody_else_has_to_be_alone(
    postgres_store: PostgresStore,
) -> None:
    async with seat_at(postgres_store, CLOCK) as seat:
        session = seat.session
        assert session is not None
        session.leave()  # as after a break
        async with seat_at(postgres_store, CLOCK, alone=ALONE):
            with pytest.raises(NoSeat, match="has to serve alone"):
                session.connected()
        assert session.connected().execute("SELECT 1").fetchone() == (1,)


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
