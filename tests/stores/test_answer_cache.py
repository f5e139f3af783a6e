"""Cached answers on disk: encrypted, bounded, withdrawn everywhere, and no worse than absent when store or key fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from lanewise.core.cached_answer import CachedAnswer
from lanewise.core.caching import CacheRoom
from lanewise.stores import answer_cache
from lanewise.stores.address import PostgresStore, Store
from lanewise.stores.answer_cache import StoredAnswers
from patience import PATIENCE_S
from stores.cached import HOUR_US, an_answer, cache_of
from stores.opening import ON_POSTGRES, rename, sql
from walking import SetClock


def rows(store: Store) -> list[tuple[bytes, bytes]]:
    with sql(store) as connection:
        found: list[tuple[bytes, bytes]] = connection.execute(
            "SELECT name, sealed FROM cached_answers ORDER BY created_us"
        ).fetchall()
    return found


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.005)


async def test_an_answer_outlives_the_process_and_nobody_reads_it_on_disk(store: Store) -> None:
    async with cache_of(store) as cache:
        cache.keep(an_answer())
    ((_, sealed),) = rows(store)
    assert b"secret" not in sealed
    assert b"Eight" not in sealed
    async with cache_of(store) as cache:
        assert await cache.find(b"name") == an_answer()
        assert cache.state().events["hit"] == 1


async def test_a_name_tells_nothing_to_who_has_not_the_key(store: Store) -> None:
    async with cache_of(store) as cache, cache_of(store, key=bytes(range(32))) as other:
        assert cache.name(b"partition", b"asked") != other.name(b"partition", b"asked")


@pytest.mark.parametrize("broken", ["another key", "a changed byte", "another row", "cut short"])
async def test_what_cannot_be_read_is_a_miss(store: Store, broken: str) -> None:
    async with cache_of(store) as cache:
        cache.keep(an_answer())
        cache.keep(an_answer(b"other"))
    with sql(store) as connection:
        if broken == "a changed byte":
            changed = bytearray(rows(store)[0][1])
            changed[40] ^= 1
            connection.execute("UPDATE cached_answers SET sealed = ?", [bytes(changed)])
        elif broken == "another row":
            other = connection.execute("SELECT sealed FROM cached_answers WHERE name = ?", [b"other"]).fetchone()
            connection.execute("UPDATE cached_answers SET sealed = ?", other)
        elif broken == "cut short":
            connection.execute("UPDATE cached_answers SET sealed = x'00'")
    async with cache_of(store, key=bytes(range(32)) if broken == "another key" else bytes(32)) as cache:
        assert await cache.find(b"name") is None
        assert cache.state().events["broken"] == 1
        cache.keep(an_answer())
        assert await cache.find(b"name") == an_answer()


async def size_in_memory(store: Store, answer: CachedAnswer) -> int:
    async with cache_of(store, every_s=60.0) as cache:
        cache.keep(answer)
        held_bytes = cache.state().memory_bytes
        await cache.withdraw(answer.run_id)
    assert held_bytes > len(answer.generation.body)
    return held_bytes


async def test_memory_holds_as_much_as_it_may_and_the_store_has_the_rest(store: Store) -> None:
    size_bytes = await size_in_memory(store, an_answer(b"0"))
    async with cache_of(store, room=CacheRoom(memory_bytes=2 * size_bytes)) as cache:
        for number in range(5):
            cache.keep(an_answer(b"%d" % number))
        assert cache.state().memory_answers == 2
        assert cache.state().memory_bytes == 2 * size_bytes
        await until(lambda: cache.state().stored_answers == 5)
        for number in range(5):
            assert await cache.find(b"%d" % number) == an_answer(b"%d" % number)
        assert cache.state().memory_bytes == 2 * size_bytes


async def test_what_is_too_large_is_not_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_cache, "MOST_BYTES", await size_in_memory(store, an_answer()) - 1)
    async with cache_of(store) as cache:
        cache.keep(an_answer())
        assert await cache.find(b"name") is None


async def test_more_than_the_store_is_given_in_a_second_stays_in_memory(store: Store) -> None:
    async with cache_of(store, every_s=60.0) as cache:
        for number in range(answer_cache.WRITTEN_AT_ONCE + 3):
            cache.keep(an_answer(b"%d" % number))
        assert cache.state().events["unwritten"] == 3
        assert await cache.find(b"66") is not None
    assert len(rows(store)) == answer_cache.WRITTEN_AT_ONCE


async def test_the_oldest_make_room_in_the_store_and_what_is_over_goes(store: Store) -> None:
    clock = SetClock()
    async with cache_of(store, clock=clock) as cache:
        cache.keep(an_answer())
    assert len(rows(store)) == 1
    async with cache_of(store, clock=clock, room=CacheRoom(store_bytes=1)) as cache:
        await until(lambda: rows(store) == [] and cache.state().stored_answers == 0)

    async with cache_of(store, clock=clock) as cache:
        cache.keep(an_answer(expires_us=int(clock.time_s * 1e6) + HOUR_US))
        await until(lambda: len(rows(store)) == 1)
        clock.time_s += HOUR_US / 1e6
        await until(lambda: rows(store) == [])


async def test_what_is_withdrawn_beside_it_is_given_no_more(store: Store) -> None:
    async with cache_of(store) as one:
        one.keep(an_answer())
        await until(lambda: one.state().stored_answers == 1)
        async with cache_of(store) as other:
            assert await other.find(b"name") == an_answer()
            assert await one.withdraw("run_1") == 1
            await until(lambda: other.state().memory_answers == 0)
            assert await other.find(b"name") is None


async def test_what_one_process_keeps_the_others_find(postgres_store: PostgresStore) -> None:
    async with cache_of(postgres_store) as one, cache_of(postgres_store) as other:
        one.keep(an_answer())
        await until(lambda: other.state().stored_answers == 1)
        assert await other.find(b"name") == an_answer()


async def test_what_waits_is_not_written_after_something_was_withdrawn(store: Store) -> None:
    async with cache_of(store) as one, cache_of(store, every_s=0.2) as slow:
        slow.keep(an_answer())
        await one.withdraw("run_1")
        await until(lambda: slow.state().memory_answers == 0)
        assert await slow.find(b"name") is None
    assert rows(store) == []


async def test_without_the_store_answers_are_given_from_memory(store: Store) -> None:
    async with cache_of(store) as cache:
        cache.keep(an_answer())
        await until(lambda: cache.state().stored_answers == 1)
        await rename(store, "cached_answers", "gone")
        assert await cache.find(b"name") == an_answer()
        cache.keep(an_answer(b"later"))
        assert await cache.find(b"later") is not None
        _forget_memory(cache)
        assert await cache.find(b"name") is None
        await rename(store, "gone", "cached_answers")
        await until(lambda: cache.state().stored_answers == 2)


def _forget_memory(cache: StoredAnswers) -> None:
    cache._front.clear()


@ON_POSTGRES
async def test_what_another_process_was_told_anew_is_given_by_all(store: Store) -> None:
    async with cache_of(store) as cache, cache_of(store) as other:
        cache.keep(an_answer())
        await until(lambda: other.state().stored_answers == 1)
        assert await other.find(b"name") == an_answer()
        anew = an_answer(run_id="run_2", expires_us=an_answer().expires_us + 1)
        cache.keep(anew)

        async def given() -> bool:
            return await other.find(b"name") == anew

        async with asyncio.timeout(PATIENCE_S):
            while not await given():
                await asyncio.sleep(0.005)


async def test_what_another_process_has_deleted_is_not_counted_and_makes_nobody_delete_what_is_good(
    postgres_store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_cache, "MOST_ANSWERS", 20)
    monkeypatch.setattr(answer_cache, "_TIDY_EVERY_S", 0.0)
    clock = SetClock()

    def made(number: int) -> CachedAnswer:
        at_us = int(clock.now_s() * 1e6)
        return an_answer(b"%d" % number, created_us=at_us, expires_us=at_us + HOUR_US)

    def only_these(numbers: range) -> bool:
        names = {made(number).name for number in numbers}
        return {name for name, _ in rows(postgres_store)} == names and one.state().stored_answers == 10

    async with (
        cache_of(postgres_store, clock=clock) as one,
        cache_of(postgres_store, clock=clock, every_s=3_600) as other,
    ):
        # Each hour ten are kept, and those of the hour before are over, and deleted by one of the two.
        for first in (0, 10, 20, 30):
            kept = range(first, first + 10)
            for number in kept:
                one.keep(made(number))
            await until(partial(only_these, kept))
            await other._follow()
            assert other.state().stored_answers <= 10
            clock.time_s += 3_601
        clock.time_s -= 3_601
        for _ in range(3):
            await other._follow()
        assert len(rows(postgres_store)) == 10
        with sql(postgres_store) as connection:  # as the other one does to make room
            connection.execute("DELETE FROM cached_answers")
        for number in range(100, 115):
            one.keep(made(number))
        await until(lambda: len(rows(postgres_store)) == 15)
        await other._follow()
        assert len(rows(postgres_store)) == 15, "25 names were known, of which 10 are gone"
        assert other.state().stored_answers == 15
