"""What every HotState must do. A new implementation adds one line to `STATES`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import NamedTuple

import pytest

from lanewise.core.protocols.hot_state import Claim, HotState, Short, Taken
from lanewise.limits.hot_memory import MemoryHotState
from lanewise.limits.hot_shared import SharedHotState
from limiting import claim
from sharing import process_beside
from walking import SetClock


class Under(NamedTuple):
    """A hot state that is tested, and how time passes for it."""

    state: HotState
    pass_s: Callable[[float], object]


@asynccontextmanager
async def in_memory() -> AsyncIterator[Under]:
    clock = SetClock()

    def pass_s(seconds: float) -> None:
        clock.time_s += seconds

    yield Under(MemoryHotState(clock), pass_s)


@asynccontextmanager
async def shared() -> AsyncIterator[Under]:
    async with process_beside(REDIS[0]) as state:
        yield Under(state, asyncio.sleep)


#: The address of a real server, while the tests of this file run.
REDIS: list[str] = []
STATES: dict[str, Callable[[], AbstractAsyncContextManager[Under]]] = {
    MemoryHotState.__name__: in_memory,
    SharedHotState.__name__: shared,
}


@pytest.fixture(scope="module", autouse=True)
def _a_redis(redis: str) -> Iterator[None]:
    REDIS.append(redis)
    yield
    REDIS.clear()


async def takes(state: HotState, *claims: Claim, tokens: int = 0, sparing: bool = False) -> Taken | None:
    told = await state.take(claims, tokens, sparing=sparing)
    return told if isinstance(told, Taken) else None


async def is_short(state: HotState, *claims: Claim, tokens: int = 0) -> Short:
    told = await state.take(claims, tokens)
    assert isinstance(told, Short)
    return told


@pytest.mark.parametrize("opened", STATES.values(), ids=STATES)
class TestHotState:
    """One run of it per state."""

    async def test_places_are_taken_until_there_are_none_and_given_back(
        self, opened: Callable[[], AbstractAsyncContextManager[Under]]
    ) -> None:
        async with opened() as (state, _):
            two = claim(at_once=2)
            first, second = await takes(state, two), await takes(state, two)
            assert first
            assert second
            short = await is_short(state, two)
            assert (short.kind, short.claim) == ("concurrency", two)
            state.give_back(first, 0)
            assert await takes(state, two)
            await is_short(state, two)

    async def test_all_of_a_minute_s_rate_may_come_at_once_and_then_nothing_until_it_is_over(
        self, opened: Callable[[], AbstractAsyncContextManager[Under]]
    ) -> None:
        async with opened() as (state, _):
            twenty = claim(rate=20)
            assert [bool(await takes(state, twenty)) for _ in range(20)] == [True] * 20
            short = await is_short(state, twenty)
            assert short.kind == "rate"
            assert 59 < short.retry_after_s <= 60.61

    async def test_a_smaller_burst_comes_at_once_and_then_as_fast_as_the_rate(
        self, opened: Callable[[], AbstractAsyncContextManager[Under]]
    ) -> None:
        async with opened() as (state, pass_s):
            fast = claim(rate=600, burst=0.01)  # six at once, then one in 100 ms
            assert [bool(await takes(state, fast)) for _ in range(6)] == [True] * 6
            short = await is_short(state, fast)
            assert short.kind == "rate"
            assert 0 < short.retry_after_s <= 0.1
            await _passed(pass_s, short.retry_after_s + 0.002)
            assert await takes(state, fast)
            await is_short(state, fast)

    async def test_tokens_are_taken_as_estimated_and_settled_as_they_were(
        self, opened: Callable[[], AbstractAsyncContextManager[Under]]
    ) -> None:
        async with opened() as (state, _):
            thousand = claim(tokens=1_000)
            first = await takes(state, thousand, tokens=900)
            assert first
            assert (await is_short(state, thousand, tokens=900)).kind == "token_rate"
            state.give_back(first, 50)
            second = await takes(state, thousand, tokens=900)
            assert second
            state.give_back(second, 5_000)  # a debt that takes minutes to work off
            short = await is_short(state, thousand, tokens=1)
            assert short.retry_after_s == pytest.approx(243, abs=2)

    async def test_more_tokens_than_a_burst_holds_are_let_in_when_all_of_it_is_there(
        self, opened: Callable[[], AbstractAsyncContextManager[Under]]
    ) -> None:
        async with opened() as (state, _):
            small = claim(tokens=100)
            assert await takes(state, small, tokens=5_000)
            await is_short(state, small, tokens=5_000)

    async def test_what_is_short_of_one_claim_takes_nothing_of_another(
        self, opened: Callable[[], AbstractAsyncContextManager[Under]]
    ) -> None:
        async with opened() as (state, _):
            of_tenant, of_key = claim(rate=2, at_once=2), claim(key_id="a", at_once=1)
            assert await takes(state, of_tenant, of_key)
            for _ in range(3):
                assert (await is_short(state, of_tenant, of_key)).claim == of_key
            assert await takes(state, of_tenant)  # the second of two, and the second in a minute

    async def test_who_never_began_gives_everything_back(
        self, opened: Callable[[], AbstractAsyncContextManager[Under]]
    ) -> None:
        async with opened() as (state, _):
            once = claim(rate=1, tokens=10, at_once=1)
            for _ in range(3):
                taken = await takes(state, once, tokens=10)
                assert taken
                state.undo(taken)

    async def test_who_is_sparing_leaves_a_tenth_of_the_places_to_others_and_comes_evenly(
        self, opened: Callable[[], AbstractAsyncContextManager[Under]]
    ) -> None:
        async with opened() as (state, _):
            for of, at_once in ((claim("places", at_once=10), 9), (claim("rate", rate=100), 10)):
                taken = [await takes(state, of, sparing=True) for _ in range(20)]
                assert sum(each is not None for each in taken) == at_once
                assert await takes(state, of)

    async def test_who_is_sparing_leaves_a_tenth_of_each_minute_too(
        self, opened: Callable[[], AbstractAsyncContextManager[Under]]
    ) -> None:
        async with opened() as (state, _):
            of = claim(rate=10)
            assert [bool(await takes(state, of)) for _ in range(9)] == [True] * 9
            assert not await takes(state, of, sparing=True)
            assert await takes(state, of)

    async def test_the_one_place_there_is_may_be_taken_sparingly_too(
        self, opened: Callable[[], AbstractAsyncContextManager[Under]]
    ) -> None:
        async with opened() as (state, _):
            assert await takes(state, claim(at_once=1, rate=1), sparing=True)

    async def test_what_remains_is_told_of_the_narrower_claim(
        self, opened: Callable[[], AbstractAsyncContextManager[Under]]
    ) -> None:
        async with opened() as (state, _):
            taken = await takes(state, claim(rate=10, tokens=1_000), claim(key_id="a", rate=5), tokens=100)
            assert taken
            standing = taken.standing
            assert standing
            assert standing.requests
            assert standing.tokens
            assert (standing.requests.limit, standing.requests.remaining) == (5, 4)
            assert standing.requests.reset_s == pytest.approx(60.3, abs=0.6)
            assert standing.tokens.limit == 1_000
            assert standing.tokens.remaining == pytest.approx(900, abs=3)

    async def test_nothing_is_told_where_nothing_is_bounded(
        self, opened: Callable[[], AbstractAsyncContextManager[Under]]
    ) -> None:
        async with opened() as (state, _):
            taken = await takes(state, claim())
            assert taken
            assert taken.standing is None

    async def test_places_of_a_tenant_count_from_before_it_had_a_limit(
        self, opened: Callable[[], AbstractAsyncContextManager[Under]]
    ) -> None:
        async with opened() as (state, _):
            before = await takes(state, claim())
            assert before
            await is_short(state, claim(at_once=1))
            state.give_back(before, 0)
            assert await takes(state, claim(at_once=1))

    async def test_it_says_how_it_stands(self, opened: Callable[[], AbstractAsyncContextManager[Under]]) -> None:
        async with opened() as (state, _):
            await takes(state, claim(rate=1))
            stands = state.stands()
            assert (stands.alone, stands.processes) == (False, 1)


async def _passed(pass_s: Callable[[float], object], seconds: float) -> None:
    waits = pass_s(seconds)
    if waits is not None:
        await waits  # type: ignore[misc]  # of a state whose time is real
