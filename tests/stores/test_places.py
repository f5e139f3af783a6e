"""A place that a killed gateway left is taken over by exactly one other, with what waited in its spool."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from lanewise.core.clock import SystemClock
from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore, beside
from lanewise.stores.file_lock import FileLock
from lanewise.stores.ledger_rows import Kept
from lanewise.stores.places import take_left_places
from lanewise.stores.seat import seat_at
from lanewise.stores.spool import Spool, waits_in
from stores.opening import run_ids
from stores.samples import a_record

CLOCK = SystemClock()


def left(store: PostgresStore, place: int, *rows: Kept) -> None:
    """What a killed process leaves."""
    was = replace(store, place=place)
    beside(was, "process").write_text(f"process_{place}")
    spool = Spool(beside(was, "spool"), 1 << 16)
    spool.open()
    spool.append([msgspec.msgpack.encode(row) for row in rows])
    spool.close()


def test_what_waits_is_written_once_and_its_place_is_free_again(postgres_store: PostgresStore) -> None:
    left(postgres_store, 1, Kept(record=a_record("run_1")), Kept(record=a_record("run_2")))
    (taken,) = take_left_places(postgres_store, CLOCK)
    assert taken.process == "process_1"
    assert take_left_places(replace(postgres_store, place=2), CLOCK) == [], "it is being taken over"
    taken.leave()
    assert take_left_places(postgres_store, CLOCK) == []
    assert run_ids(postgres_store) == ["run_1", "run_2"]
    assert not waits_in(beside(replace(postgres_store, place=1), "spool"))
    assert FileLock(beside(replace(postgres_store, place=1), "lock")).take() is None


async def test_a_place_that_is_held_is_left_alone_and_so_is_one_s_own(postgres_store: PostgresStore) -> None:
    async with seat_at(postgres_store, CLOCK) as first, seat_at(postgres_store, CLOCK) as second:
        for seat in (first, second):
            assert isinstance(seat.store, PostgresStore)
            assert take_left_places(seat.store, CLOCK) == []


def test_while_the_store_is_down_it_stays_left(postgres_store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    left(postgres_store, 1, Kept(record=a_record("run_1")))
    with pytest.raises(StoreError, match="has to wait"):
        take_left_places(replace(postgres_store, url="postgresql://nobody@127.0.0.1:1/none"), CLOCK)
    (taken,) = take_left_places(postgres_store, CLOCK)
    taken.leave()
    assert run_ids(postgres_store) == ["run_1"]
