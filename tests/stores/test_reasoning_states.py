"""Kept thinking on disk: encrypted, bounded, and no worse than absent when the store or the key fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from contracts.test_reasoning_state_contract import kept
from lanewise.stores import reasoning_states
from lanewise.stores.address import Store
from lanewise.stores.reasoning_states import StoredReasoningState, name_of
from lanewise.stores.sealing import Seal
from stores.opening import database_of, sql
from walking import SetClock


@asynccontextmanager
async def state_of(
    store: Store, *, key: bytes = bytes(32), clock: SetClock | None = None, **limits: Any
) -> AsyncIterator[StoredReasoningState]:
    async with database_of(store) as database:
        state = StoredReasoningState(database, Seal(key), clock or SetClock(), **limits)
        await state.start()
        try:
            yield state
        finally:
            await state.close()


def rows(store: Store) -> list[tuple[bytes, bytes]]:
    with sql(store) as connection:
        found: list[Any] = connection.execute(
            "SELECT name, sealed FROM reasoning_states ORDER BY expires_us"
        ).fetchall()
    return found


async def test_on_disk_nobody_reads_it_nor_whose_it_is(store: Store) -> None:
    async with state_of(store) as state:
        state.keep("acme", "call_1", kept(signature="a-secret-signature"))
    ((name, sealed),) = rows(store)
    assert name == name_of("acme", "call_1")
    for word in (b"a-secret-signature", b"acme", b"call_1", b"claude"):
        assert word not in name + sealed


async def test_with_another_key_nothing_is_there(store: Store) -> None:
    async with state_of(store) as state:
        state.keep("acme", "call_1", kept())
    async with state_of(store, key=bytes(range(32))) as state:
        assert await state.recall("acme", ["call_1"]) == {}


@pytest.mark.parametrize("company", [True, False])
async def test_what_another_process_keeps_is_found_where_there_is_one(store: Store, company: bool) -> None:
    async with state_of(store, company=lambda: company) as state:
        async with state_of(store) as other:
            other.keep("acme", "call_1", kept())
        found = await state.recall("acme", ["call_0", "call_1"])
        assert found == ({"call_1": kept()} if company else {})


async def test_the_oldest_make_room(store: Store) -> None:
    async with state_of(store, most_states=2) as state:
        for number in range(4):
            state.keep("acme", f"call_{number}", kept())
        assert list(await state.recall("acme", [f"call_{number}" for number in range(4)])) == ["call_2", "call_3"]
    assert {name for name, _ in rows(store)} == {name_of("acme", "call_2"), name_of("acme", "call_3")}


async def test_memory_is_bounded_and_the_store_stands_behind_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasoning_states, "MOST_MEMORY_BYTES", 2_000)
    async with state_of(store) as state:
        for number in range(10):
            state.keep("acme", f"call_{number}", kept(signature="s" * 500))
        while state._changes:
            await asyncio.sleep(0)
        assert state._front_bytes <= 2_000
        assert len(await state.recall("acme", [f"call_{number}" for number in range(10)])) == 10


async def test_what_is_over_is_deleted(store: Store) -> None:
    clock = SetClock()
    async with state_of(store, clock=clock) as state:
        state.keep("acme", "call_1", kept())
    clock.time_s += 2 * 86_400
    async with state_of(store, clock=clock) as state:
        state.keep("acme", "call_2", kept())
    assert [name for name, _ in rows(store)] == [name_of("acme", "call_2")]


async def test_a_store_that_fails_costs_thinking_and_nothing_else(store: Store) -> None:
    async with state_of(store) as state:
        state.keep("acme", "call_1", kept())
    with sql(store) as connection:
        connection.execute("ALTER TABLE reasoning_states RENAME TO elsewhere")
    async with database_of(store) as database:
        state = StoredReasoningState(database, Seal(bytes(32)), SetClock(), retry_s=0.0)
        state._names[name_of("acme", "call_1")] = 2**62
        assert await state.recall("acme", ["call_1"]) == {}
