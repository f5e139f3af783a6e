"""Who is let in, who waits, and for how long."""

from __future__ import annotations

import asyncio
import dataclasses
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanewise.core.errors import LimitReached
from lanewise.core.limiting import KeyLimits
from lanewise.core.policy import Policy, TenantPolicy
from lanewise.core.protocols.admission import Place
from lanewise.limits.admission import FairLimiter, claims_of
from lanewise.limits.hot_memory import MemoryHotState
from limiting import OPEN, comes_in, door, entrant, limits, refused, tenant
from virtual_time import LoopClock, in_virtual_time
from walking import SetClock


def a_limiter() -> tuple[FairLimiter, LoopClock]:
    clock = LoopClock()
    return FairLimiter(clock, MemoryHotState(clock)), clock


async def waits_for(limiter: FairLimiter, of: TenantPolicy, at: Policy = OPEN, **settings: object) -> Place:
    return await limiter.enter(entrant(of, can_wait=True, **settings), at)


async def test_a_rate_says_when_to_come_back_and_what_is_left() -> None:
    clock = SetClock()
    limiter, acme = FairLimiter(clock, MemoryHotState(clock)), entrant(tenant(rate=6))
    places = [await limiter.enter(acme, OPEN) for _ in range(6)]
    left = [place.standing.requests.remaining for place in places if place.standing and place.standing.requests]
    assert left == [5, 4, 3, 2, 1, 0]

    with pytest.raises(LimitReached, match="6 requests a minute") as told:
        await limiter.enter(acme, OPEN)

    assert told.value.retry_after_s == pytest.approx(60.3, abs=0.31)
    assert told.value.standing is not None
    assert told.value.standing.requests is not None
    assert told.value.standing.requests.remaining == 0
    clock.time_s += told.value.retry_after_s
    await limiter.enter(acme, OPEN)


@in_virtual_time
async def test_who_can_wait_is_let_in_when_there_is_room_and_in_the_order_in_which_they_came() -> None:
    limiter, clock = a_limiter()
    acme = tenant(rate=6, burst=0.01)
    await waits_for(limiter, acme)
    order: list[int] = []

    async def comes(number: int) -> float:
        place = await waits_for(limiter, acme)
        order.append(number)
        return place.waited_s

    began_s = clock.monotonic_s()
    waited_s = await asyncio.gather(*map(comes, range(4)))
    assert order == [0, 1, 2, 3]
    assert waited_s == pytest.approx([10, 20, 30, 40], abs=0.1)
    assert clock.monotonic_s() - began_s == pytest.approx(40, abs=0.1)
    assert limiter.state().waited == {"entered": 4}


@in_virtual_time
async def test_a_place_that_is_given_back_goes_to_whoever_waits_for_it_at_once() -> None:
    limiter, clock = a_limiter()
    acme = tenant(at_once=1)
    holder = await waits_for(limiter, acme)
    waiting = asyncio.create_task(waits_for(limiter, acme))
    await asyncio.sleep(3.0)
    limiter.leave(holder, 0)
    before_s = clock.monotonic_s()
    await waiting
    assert clock.monotonic_s() == before_s


@in_virtual_time
async def test_who_could_not_come_in_within_its_time_is_told_at_once() -> None:
    limiter, clock = a_limiter()
    acme = tenant(rate=1)
    await waits_for(limiter, acme)
    began_s = clock.monotonic_s()
    with pytest.raises(LimitReached) as told:
        await waits_for(limiter, acme, door(max_wait_s=10.0))
    assert clock.monotonic_s() == began_s
    assert told.value.retry_after_s == pytest.approx(60.3, abs=0.31)


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0.5, 90)), min_size=1, max_size=25), st.integers(1, 3))
@in_virtual_time
async def test_nobody_waits_longer_than_max_wait_or_its_own_deadline(
    comings: list[tuple[float, float]], at_once: int
) -> None:
    limiter, clock = a_limiter()
    acme, at = tenant(at_once=at_once, rate=20, burst=0.1), door(places=2, max_wait_s=30.0)

    async def comes(deadline_s: float) -> None:
        began_s = clock.monotonic_s()
        try:
            place = await waits_for(limiter, acme, at, deadline_s=deadline_s)
        except LimitReached:
            assert clock.monotonic_s() - began_s <= min(30.0, deadline_s) + 0.01
            return
        assert clock.monotonic_s() - began_s == pytest.approx(place.waited_s)
        assert place.waited_s <= min(30.0, deadline_s) + 0.01
        await asyncio.sleep(4.0)
        limiter.leave(place, 0)

    tasks = []
    for gap_s, deadline_s in comings:
        await asyncio.sleep(gap_s)
        tasks.append(asyncio.create_task(comes(deadline_s)))
    await asyncio.gather(*tasks)
    assert (limiter.state().running, limiter.state().queued) == (0, 0)


@in_virtual_time
async def test_interactive_requests_find_room_while_others_of_their_tenant_wait_and_those_get_in_all_the_same() -> None:
    limiter, _ = a_limiter()
    acme = tenant(rate=60)
    came = {"interactive": 0, "refused": 0, "waited": 0, "late": 0}

    async def floods() -> None:
        while True:
            try:
                limiter.leave(await waits_for(limiter, acme), 0)
                came["waited"] += 1
            except LimitReached:
                came["late"] += 1

    async def talks() -> None:
        while True:
            place = await comes_in(limiter, entrant(acme))
            came["refused" if place is None else "interactive"] += 1
            if place is not None:
                limiter.leave(place, 0)
            await asyncio.sleep(4.0)

    tasks = [asyncio.create_task(talks()), *(asyncio.create_task(floods()) for _ in range(15))]
    await asyncio.sleep(600.0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert came["refused"] == 0
    assert came["interactive"] == pytest.approx(150, abs=2)
    assert came["waited"] == pytest.approx(540 - 150, rel=0.03)  # all that is left of nine tenths of the rate
    assert limiter.state().running == 0


@in_virtual_time
async def test_a_flood_of_one_tenant_leaves_places_of_the_process_to_others() -> None:
    limiter, clock = a_limiter()
    at = door(places=4, interactive_wait_s=5.0, room=20)
    flood, quiet = tenant("flood"), tenant("quiet")
    told: dict[str, int] = {}

    async def floods() -> None:
        while True:
            place = await comes_in(limiter, entrant(flood), at)
            await asyncio.sleep(2.0)
            if place is not None:
                limiter.leave(place, 0)

    tasks = [asyncio.create_task(floods()) for _ in range(60)]
    await asyncio.sleep(10.0)
    longest_s = 0.0
    for _ in range(50):
        began_s = clock.monotonic_s()
        place = await limiter.enter(entrant(quiet), at)
        longest_s = max(longest_s, clock.monotonic_s() - began_s)
        limiter.leave(place, 0)
        await asyncio.sleep(1.3)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    told.update(limiter.state().refused)
    assert longest_s <= 2.0  # until the next place is given back, and no longer
    assert told["process.concurrency"] > 0


@in_virtual_time
async def test_who_gets_no_place_of_the_process_has_taken_nothing_of_its_limits() -> None:
    limiter, _ = a_limiter()
    at = door(places=1, interactive_wait_s=1.0)
    holder = await limiter.enter(entrant(tenant("globex")), at)
    acme = entrant(tenant(rate=1, at_once=1))
    with pytest.raises(LimitReached, match=r"limits\.concurrency") as told:
        await limiter.enter(acme, at)
    assert told.value.limit == "process.concurrency"
    leaves = asyncio.create_task(limiter.enter(acme, at))
    await asyncio.sleep(0)
    leaves.cancel()
    await asyncio.gather(leaves, return_exceptions=True)
    limiter.leave(holder, 0)

    assert await comes_in(limiter, acme, at)


@in_virtual_time
async def test_one_tenant_takes_half_of_the_room_to_wait_in_at_most() -> None:
    limiter, _ = a_limiter()
    at = door(room=6, max_wait_s=20.0)
    acme, globex = tenant("acme", at_once=1), tenant("globex", at_once=1)
    for each in (acme, globex):
        await limiter.enter(entrant(each), at)
    waiting = [asyncio.create_task(waits_for(limiter, acme, at)) for _ in range(5)]
    await asyncio.sleep(0.1)
    assert [task.done() for task in waiting] == [False, False, False, True, True]
    waiting.append(asyncio.create_task(waits_for(limiter, globex, at)))
    await asyncio.sleep(0.1)
    assert limiter.state().queued == 4
    await asyncio.gather(*waiting, return_exceptions=True)
    assert limiter.state().queued == 0


async def test_tokens_are_estimated_from_what_answers_usually_have() -> None:
    clock = SetClock()
    limiter, acme = FairLimiter(clock, MemoryHotState(clock)), entrant(tenant(tokens=10_000), input_tokens=100)
    for _ in range(60):
        place = await limiter.enter(acme, OPEN)
        limiter.leave(place, 120)
        clock.time_s += 10.0
    clock.time_s += 60.0
    place = await limiter.enter(acme, OPEN)
    assert place.standing is not None
    assert place.standing.tokens is not None
    assert place.standing.tokens.remaining == pytest.approx(10_000 - 120, abs=3)


async def test_a_key_without_limits_claims_nothing_of_its_own() -> None:
    of = tenant(keys=KeyLimits(single={"batch": limits(at_once=1)}))
    assert [claim.key_id for claim in claims_of(entrant(of, key_id="web"))] == [""]
    assert [claim.key_id for claim in claims_of(entrant(of, key_id="batch"))] == ["", "batch"]


async def test_refusals_are_counted_by_the_limit() -> None:
    clock = SetClock()
    limiter = FairLimiter(clock, MemoryHotState(clock))
    await refused(limiter, entrant(tenant(at_once=1)))
    await refused(limiter, entrant(dataclasses.replace(tenant("globex"), limits=limits(rate=2))))
    assert limiter.state().refused == {"tenant.concurrency": 1, "tenant.rate": 1}


@settings(max_examples=12)
@given(st.integers(1, 4), st.integers(0, 1_000))
@in_virtual_time
async def test_who_can_wait_gets_a_place_of_its_tenant_in_time_however_many_interactive_requests_come(
    at_once: int, seed: int
) -> None:
    limiter, _ = a_limiter()
    acme, chance, at = tenant(at_once=at_once), Random(seed), door(max_wait_s=24.0)

    async def hurries() -> None:
        while True:
            place = await comes_in(limiter, entrant(acme))
            await asyncio.sleep(chance.uniform(0.2, 1.0) if place else chance.uniform(0.005, 0.05))
            if place is not None:
                limiter.leave(place, 0)

    flood = [asyncio.create_task(hurries()) for _ in range(8)]
    await asyncio.sleep(2.0)
    for place in asyncio.as_completed([waits_for(limiter, acme, at) for _ in range(2)]):
        limiter.leave(await place, 0)  # it did not raise: all have come in within `max_wait`
    for task in flood:
        task.cancel()
    await asyncio.gather(*flood, return_exceptions=True)
