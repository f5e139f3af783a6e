"""However requests come to however many processes, no minute holds more than the rate, and nearly all of it can be had."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lanewise.core.protocols.hot_state import Claim, Short, Taken
from lanewise.limits.hot_shared import LEASE_S, SharedHotState
from limiting import claim
from limits.virtual_redis import VirtualRedis
from sharing import Heard
from virtual_time import LoopClock, in_virtual_time

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # each example takes a second


@asynccontextmanager
async def processes_at(server: VirtualRedis, many: int) -> AsyncIterator[list[SharedHotState]]:
    clock = LoopClock()
    states = [
        SharedHotState(clock, server, process=f"process-{number}", expected=many, told=Heard())
        for number in range(many)
    ]
    async with AsyncExitStack() as stack:
        for state in states:
            await state.start()
            stack.push_async_callback(state.close)
        yield states
    server.close()


class Comings:
    """Requests that come to processes as chance has it, in floods and in trickles."""

    def __init__(self, states: list[SharedHotState], of: Claim, chance: Random) -> None:
        self._states = states
        self._of = of
        self._chance = chance
        self.let_in: list[float] = []
        self.running = self.most = 0

    def keep_all(self) -> None:
        """Nobody changes its mind, or stays."""
        self._chance = _Never()

    async def come(self, for_s: float) -> None:
        """To all processes at once."""
        async with asyncio.TaskGroup() as group:
            for state in self._states:
                group.create_task(self._come_to(state, for_s))

    async def _come_to(self, state: SharedHotState, for_s: float) -> None:
        clock, chance = LoopClock(), self._chance
        ends_s = clock.monotonic_s() + for_s
        async with asyncio.TaskGroup() as group:
            while clock.monotonic_s() < ends_s:
                for _ in range(chance.choice([1, 1, 2, 9])):
                    group.create_task(self.one(state))
                await asyncio.sleep(chance.choice([0.05, 0.3, 0.3, 1.0, 9.0]))

    async def one(self, state: SharedHotState) -> None:
        """One request."""
        taken = await state.take((self._of,), 0)
        if not isinstance(taken, Taken):
            return
        self.let_in.append(at_s := LoopClock().monotonic_s())
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(self._chance.choice([0.0, 0.2, 2.0]))
        self.running -= 1
        if self._chance.random() < 0.95:
            state.give_back(taken, 0)
        else:
            self.let_in.remove(at_s)
            state.undo(taken)


class _Never(Random):
    """No chance at all."""

    def random(self) -> float:
        return 0.0

    def choice(self, options: Any) -> Any:
        return options[0]


def most_in_a_minute(times_s: list[float]) -> int:
    times_s = sorted(times_s)
    return max((bisect_right(times_s, at_s + 60.0) - place for place, at_s in enumerate(times_s)), default=0)


@settings(max_examples=8, phases=NO_SHRINKING)
@given(st.integers(1, 4), st.integers(1, 400), st.integers(2, 60), st.integers(0, 9_999))
def test_no_minute_of_several_processes_holds_more_than_the_rate_and_never_more_run_than_may(
    redis: str, many: int, rate: int, places: int, seed: int
) -> None:
    @in_virtual_time
    async def hold() -> None:
        async with processes_at(VirtualRedis(redis, LoopClock()), many) as states:
            comings = Comings(states, claim(rate=rate, at_once=places), Random(seed))
            await comings.come(150.0)
        assert most_in_a_minute(comings.let_in) <= rate
        assert comings.most <= places

    hold()


@settings(max_examples=8, phases=NO_SHRINKING)
@given(
    st.integers(1, 4),
    st.integers(4, 400),
    st.lists(st.tuples(st.floats(1, 80), st.booleans()), min_size=1, max_size=2),
    st.integers(0, 9_999),
)
def test_nor_does_one_in_which_the_shared_state_was_away_where_processes_knew_what_all_had_taken(
    redis: str, many: int, rate: int, times_away: list[tuple[float, bool]], seed: int
) -> None:
    @in_virtual_time
    async def hold() -> None:
        server = VirtualRedis(redis, LoopClock())
        async with processes_at(server, many) as states:
            comings = Comings(states, claim(rate=rate), Random(seed))
            coming = asyncio.create_task(comings.come(240.0))
            for away_s, forgets in times_away:
                await asyncio.sleep(20.0)
                await asyncio.gather(*(comings.one(state) for state in states))  # each has heard of it in this minute
                await asyncio.gather(*(state._beat() for state in states))
                server.away = True
                if forgets:
                    server.forget()
                await asyncio.sleep(away_s)
                server.away = False
            await coming
            assert not any(state.stands().alone for state in states)
        assert most_in_a_minute(comings.let_in) <= rate

    hold()


@pytest.mark.parametrize(
    "by_s", [-3_600.0, -0.9, 40.0, 3_600.0], ids=["an hour back", "a bit back", "on", "an hour on"]
)
@pytest.mark.parametrize("burst", [1.0, 0.5], ids=["at once", "evenly"])
def test_nor_does_one_in_which_the_shared_clock_was_set_and_nobody_waits_longer_for_it(
    redis: str, by_s: float, burst: float
) -> None:
    @in_virtual_time
    async def hold() -> None:
        server = VirtualRedis(redis, LoopClock())
        async with processes_at(server, 2) as states:
            comings = Comings(states, claim(rate=60, burst=burst), Random(0))
            comings.keep_all()
            for _ in range(10):  # not all: then it is set in the middle of what may be had
                await comings.one(states[0])
            server.set_clock(by_s)
            for _ in range(240):
                for state in states:
                    await comings.one(state)
                await asyncio.sleep(0.5)
        assert 118 <= len(comings.let_in) <= 180
        assert most_in_a_minute(comings.let_in) <= 61  # that of the batch by which it was told

    hold()


def test_whoever_died_before_the_shared_clock_was_set_back_holds_its_places_for_one_lease(redis: str) -> None:
    @in_virtual_time
    async def hold() -> None:
        server = VirtualRedis(redis, LoopClock())
        of = claim(at_once=4)
        async with processes_at(server, 2) as (one, other):
            for _ in range(4):
                assert isinstance(await other.take((of,), 0), Taken)
            assert other._beating is not None
            other._beating.cancel()  # killed, as far as anybody can tell
            server.set_clock(-3_600.0)
            assert isinstance(await one.take((of,), 0), Short)
            await asyncio.sleep(2 * LEASE_S)
            assert isinstance(await one.take((of,), 0), Taken)

    hold()
