"""Claims on idempotency keys: one process has a key at a time, and whoever waits for it hears of its end."""

from __future__ import annotations

import asyncio
import platform
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from lanewise.core.clock import SystemClock
from lanewise.core.errors import StoreError
from lanewise.stores import claims as module
from lanewise.stores.address import Store
from lanewise.stores.claims import Claims
from patience import PATIENCE_S
from stores.opening import ON_POSTGRES, database_of, rename, sql
from walking import SetClock

KEY, A, B = b"key", b"this", b"that"


@asynccontextmanager
async def claims_of(store: Store, process: str, clock: SetClock | None = None) -> AsyncIterator[Claims]:
    async with database_of(store) as database:
        claims = Claims(database, clock or SystemClock(), process, look_every_s=0.005)
        try:
            yield claims
        finally:
            await claims.close()


def owners(store: Store) -> list[str]:
    with sql(store) as connection:
        return [owner for (owner,) in connection.execute("SELECT owner FROM claims ORDER BY owner").fetchall()]


def serves(store: Store, process: str, *, host: str, url: str) -> None:
    """Write down what a process says of itself."""
    with sql(store) as connection:
        connection.execute(f"DELETE FROM processes WHERE process = '{process}'")
        connection.execute(
            "INSERT INTO processes (process, host, url, version, policy, seal, pid, begun_us, seen_us) "
            f"VALUES ('{process}', '{host}', '{url}', '', '', '', 1, 0, 0)"
        )


async def test_the_first_has_it_and_another_learns_what_is_asked_by_it(store: Store) -> None:
    async with claims_of(store, "one") as one, claims_of(store, "two") as two:
        assert await one.take(KEY, A) is None
        assert await two.take(KEY, B) == A
        assert await two.take(b"other", B) is None
        assert owners(store) == ["one", "two"]


async def test_who_waits_hears_that_it_is_given_back(store: Store) -> None:
    async with claims_of(store, "one") as one, claims_of(store, "two") as two:
        await one.take(KEY, A)
        waiting = [asyncio.create_task(two.ended(KEY)) for _ in range(3)]
        await asyncio.sleep(0.03)
        assert not any(each.done() for each in waiting)
        one.give_back(KEY)
        await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE_S)
        assert await two.take(KEY, B) is None
        assert two._awaited == {}


async def test_what_is_given_back_may_be_taken_at_once_by_who_had_it(store: Store) -> None:
    async with claims_of(store, "one") as one:
        for _ in range(5):
            assert await one.take(KEY, A) is None
            one.give_back(KEY)
        assert await one.take(KEY, A) is None
        await asyncio.sleep(0.05)
        assert owners(store) == ["one"], "an earlier giving back must not end a later claim"


async def test_nobody_gives_back_what_is_another_s(store: Store) -> None:
    async with claims_of(store, "one") as one, claims_of(store, "two") as two:
        await one.take(KEY, A)
        await two.take(KEY, A)
        two.give_back(KEY)
    assert owners(store) == ["one"]


async def test_a_claim_that_everybody_lost_sight_of_ends(store: Store) -> None:
    clock = SetClock()
    async with claims_of(store, "one", clock) as one, claims_of(store, "two", clock) as two:
        await one.take(KEY, A)
        clock.time_s += 24 * 3600 - 1
        assert await two.take(KEY, B) == A
        clock.time_s += 1
        assert await two.take(KEY, B) is None
    assert owners(store) == ["two"]


@ON_POSTGRES
async def test_of_many_at_once_one_has_each_key(store: Store) -> None:
    async with claims_of(store, "one") as one, claims_of(store, "two") as two:
        tries = [each.take(b"key-%d" % number, A) for number in range(20) for each in (one, two, one, two)]
        had = await asyncio.gather(*tries)
    assert Counter(each is None for each in had) == {True: 20, False: 60}


async def test_a_store_that_is_down_is_told_to_who_waits_and_gets_its_claims_back_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    async with claims_of(store, "one") as one, claims_of(store, "two") as two:
        await one.take(KEY, A)
        await rename(store, "claims", "away")
        one.give_back(KEY)
        with pytest.raises(StoreError):
            await two.ended(KEY)
        with pytest.raises(StoreError):
            await two.take(KEY, B)
        await rename(store, "away", "claims")
        await asyncio.wait_for(two.ended(KEY), PATIENCE_S)
    assert owners(store) == []


async def test_who_has_a_key_is_found_where_it_is_reached(store: Store) -> None:
    async with claims_of(store, "one") as one, claims_of(store, "two") as two:
        assert await two.where(KEY) is None, "nobody has it"
        await one.take(KEY, A)
        assert await two.where(KEY) is None, "it is not among those that serve"
        serves(store, "one", host=platform.node(), url="")
        assert await two.where(KEY) is None, "it has not told where it is"
        serves(store, "one", host=platform.node(), url="http://127.0.0.1:8081")
        assert await two.where(KEY) == "http://127.0.0.1:8081", "as soon as it has told"
        serves(store, "one", host="another machine", url="http://127.0.0.1:8081")
        assert await two.where(KEY) is None, "its address is good on its own machine only"
