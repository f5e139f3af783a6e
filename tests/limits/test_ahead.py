"""Far below all limits nobody is asked, and what was taken ahead of need is not lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lanewise.core.protocols.hot_state import Claim, Taken
from lanewise.limits.hot_shared import SharedHotState
from limiting import claim
from limits.virtual_redis import VirtualRedis
from sharing import Heard
from virtual_time import LoopClock, in_virtual_time


@asynccontextmanager
async def two_processes(redis: str) -> AsyncIterator[tuple[SharedHotState, SharedHotState, VirtualRedis]]:
    server, clock = VirtualRedis(redis, LoopClock()), LoopClock()
    one, other = (SharedHotState(clock, server, process=name, expected=2, told=Heard()) for name in ("a", "b"))
    await one.start()
    await other.start()
    yield one, other, server
    await one.close()
    await other.close()
    server.close()


async def come(state: SharedHotState, *of: Claim, times: int, gap_s: float = 0.0, lasts_s: float = 0.01) -> int:
    """One after the other; how many were let in."""
    let_in = 0
    for _ in range(times):
        taken = await state.take(of, 0)
        if isinstance(taken, Taken):
            let_in += 1
            await asyncio.sleep(lasts_s)
            state.give_back(taken, 0)
        await asyncio.sleep(gap_s)
    return let_in


def test_most_requests_ask_nobody(redis: str) -> None:
    @in_virtual_time
    async def ask() -> None:
        async with two_processes(redis) as (one, _, server):
            of = claim(rate=10_000, at_once=100), claim(key_id="a", rate=5_000)
            before = server.batches
            assert await come(one, *of, times=500) == 500
            assert server.batches - before <= 30

    ask()


def test_near_a_limit_all_of_it_can_be_had_by_whoever_asks(redis: str) -> None:
    @in_virtual_time
    async def ask() -> None:
        async with two_processes(redis) as (one, other, _):
            of = claim(rate=100)
            assert await come(one, of, times=40) == 40
            await asyncio.sleep(6.0)  # what it holds and did not use goes back
            assert await come(other, of, times=100) == 60

    ask()


def test_a_place_is_kept_for_a_second_and_then_given_back(redis: str) -> None:
    @in_virtual_time
    async def ask() -> None:
        async with two_processes(redis) as (one, other, server):
            of = claim(at_once=4)
            await come(one, of, times=2)
            said = server.batches
            await come(one, of, times=3)
            assert server.batches == said  # it was kept
            full = [await other.take((of,), 0) for _ in range(4)]
            assert [isinstance(each, Taken) for each in full] == [True, True, True, False]
            await asyncio.sleep(1.1)
            assert isinstance(await other.take((of,), 0), Taken)

    ask()


def test_places_are_never_over_however_they_are_kept_and_taken(redis: str) -> None:
    @in_virtual_time
    async def ask() -> None:
        async with two_processes(redis) as (one, other, _):
            of, running, most = claim(at_once=6), 0, 0

            async def holds(state: SharedHotState, lasts_s: float) -> None:
                nonlocal running, most
                for _ in range(40):
                    taken = await state.take((of,), 0)
                    if isinstance(taken, Taken):
                        running += 1
                        most = max(most, running)
                        await asyncio.sleep(lasts_s)
                        running -= 1
                        state.give_back(taken, 0)
                    await asyncio.sleep(lasts_s)

            await asyncio.gather(*(holds(state, 0.1 * n) for state in (one, other) for n in range(1, 9)))
            assert most == 6

    ask()


def test_what_never_began_may_be_used_by_the_next(redis: str) -> None:
    @in_virtual_time
    async def ask() -> None:
        async with two_processes(redis) as (one, other, _):
            of = claim(rate=40, at_once=10)
            assert await come(one, of, times=5) == 5
            for _ in range(5):
                taken = await one.take((of,), 0)
                assert isinstance(taken, Taken)
                one.undo(taken)
            await asyncio.sleep(6.0)
            assert await come(other, of, times=40) in (34, 35)

    ask()
