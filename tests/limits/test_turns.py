"""Places of a full process are given out in turns: nobody starves, whoever floods."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.limits.turns import CAN_WAIT, FIRST_GUESS_S, IN_A_ROW, INTERACTIVE, Full, Turn, Turns
from virtual_time import LoopClock, in_virtual_time


async def waits(turns: Turns, tenant: str, urgency: int = INTERACTIVE, weight: float = 1.0, **of: float) -> Turn:
    return await turns.wait(tenant, weight, urgency, room=int(of.get("room", 1_000)), wait_s=of.get("wait_s", 1e6))


class Floods:
    """Tenants that ask for more places than there are, at all times, each holding one for as long as it says."""

    def __init__(self, places: int, tenants: dict[str, tuple[float, float]]) -> None:
        """By tenant: its weight, and for how many seconds it holds a place."""
        self.turns = Turns(LoopClock())
        self.places, self.tenants = places, tenants
        self.granted: Counter[str] = Counter()
        self.held_s: Counter[str] = Counter()
        self.over = 0

    async def run(self, for_s: float) -> None:
        asking = [
            asyncio.create_task(self._ask(name))
            for name in self.tenants
            for _ in range(self.places + 1)  # so that one of each waits whatever happens
        ]
        await asyncio.sleep(for_s)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _ask(self, name: str) -> None:
        weight, hold_s = self.tenants[name]
        while True:
            turn = self.turns.take(name, weight, self.places) or await waits(self.turns, name, weight=weight)
            self.over = max(self.over, self.turns.running)
            self.granted[name] += 1
            try:
                await asyncio.sleep(hold_s)
                self.held_s[name] += hold_s  # type: ignore[assignment]  # a Counter counts seconds too
            finally:
                self.turns.give_back(turn)


@given(st.integers(1, 6), st.lists(st.integers(1, 5), min_size=2, max_size=5))
@in_virtual_time
async def test_requests_that_take_equally_long_are_let_in_by_weight_to_within_one_of_each(
    places: int, weights: list[int]
) -> None:
    floods = Floods(places, {f"t{n}": (float(weight), FIRST_GUESS_S) for n, weight in enumerate(weights)})
    await floods.run(100.0)
    per_weight = [floods.granted[name] / weight for name, (weight, _) in floods.tenants.items()]
    # The first places are taken by whoever comes first: nobody waits then, and there is nothing to share.
    assert max(per_weight) - min(per_weight) <= 2 + places / min(weights)
    assert floods.over == places


@given(
    st.integers(1, 5),
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from([0.5, 1.0, 3.0, 10.0])), min_size=2, max_size=4),
)
@in_virtual_time
async def test_places_are_held_for_equal_times_by_weight_however_long_each_request_takes(
    places: int, tenants: list[tuple[int, float]]
) -> None:
    floods = Floods(places, {f"t{n}": (float(weight), hold_s) for n, (weight, hold_s) in enumerate(tenants)})
    await floods.run(300.0)
    per_weight = [floods.held_s[name] / weight for name, (weight, _) in floods.tenants.items()]
    longest_s = max(hold_s / weight for weight, hold_s in tenants)
    assert max(per_weight) - min(per_weight) <= 3 * (places + 1) * longest_s
    assert floods.over == places


@in_virtual_time
async def test_who_held_a_place_for_longer_than_usual_waits_for_as_long_for_the_next() -> None:
    turns = Turns(LoopClock())
    holder = turns.take("slow", 1.0, 1)
    order: list[str] = []

    async def passes(tenant: str) -> None:
        turn = await waits(turns, tenant)
        order.append(tenant)
        await asyncio.sleep(FIRST_GUESS_S)
        turns.give_back(turn)

    asking = [asyncio.create_task(passes(tenant)) for tenant in ["slow"] * 2 + ["quick"] * 30]
    await asyncio.sleep(20 * FIRST_GUESS_S)
    assert holder is not None
    turns.give_back(holder)
    await asyncio.gather(*asking)
    assert order.index("slow") in (20, 21)


@in_virtual_time
async def test_one_request_of_a_quiet_tenant_is_next_however_many_of_another_wait() -> None:
    turns = Turns(LoopClock())
    running = [turns.take("flood", 1.0, 2), turns.take("flood", 1.0, 2)]
    flood = [asyncio.create_task(waits(turns, "flood")) for _ in range(50)]
    await asyncio.sleep(0)
    quiet = asyncio.create_task(waits(turns, "quiet"))
    await asyncio.sleep(5.0)
    assert running[0] is not None
    turns.give_back(running[0])
    await asyncio.sleep(0)
    assert quiet.done()
    assert not any(task.done() for task in flood)
    for task in flood:
        task.cancel()
    await asyncio.gather(*flood, return_exceptions=True)
    assert turns.waiting == 0


@in_virtual_time
async def test_interactive_requests_come_first_and_one_that_can_wait_after_four_of_them() -> None:
    turns = Turns(LoopClock())
    holder = turns.take("acme", 1.0, 1)
    order: list[int] = []

    async def passes(urgency: int) -> None:
        turn = await waits(turns, "acme", urgency)
        order.append(urgency)
        turns.give_back(turn)

    asking = [asyncio.create_task(passes(urgency)) for urgency in [CAN_WAIT] * 3 + [INTERACTIVE] * 10]
    await asyncio.sleep(0)
    assert holder is not None
    turns.give_back(holder)
    await asyncio.gather(*asking)
    four = [INTERACTIVE] * IN_A_ROW
    assert order == [*four, CAN_WAIT, *four, CAN_WAIT, INTERACTIVE, INTERACTIVE, CAN_WAIT]


@given(st.lists(st.floats(0.1, 30), min_size=1, max_size=20))
@in_virtual_time
async def test_nobody_waits_longer_than_it_may(most_s: list[float]) -> None:
    clock = LoopClock()
    turns = Turns(clock)
    assert turns.take("acme", 1.0, 1)
    began_s = clock.monotonic_s()

    async def gives_up(wait_s: float) -> float:
        with pytest.raises(Full):
            await waits(turns, "acme", wait_s=wait_s)
        return clock.monotonic_s() - began_s - wait_s

    assert max(map(abs, await asyncio.gather(*map(gives_up, most_s)))) < 1e-6
    assert (turns.waiting, turns.running) == (0, 1)


@in_virtual_time
async def test_when_nobody_else_can_wait_the_newest_of_the_greediest_gives_way() -> None:
    turns = Turns(LoopClock())
    assert turns.take("flood", 1.0, 1)
    flood = [asyncio.create_task(waits(turns, "flood", room=4)) for _ in range(4)]
    await asyncio.sleep(0)
    quiet = asyncio.create_task(waits(turns, "quiet", room=4))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [task.done() for task in flood] == [False, False, False, True]
    with pytest.raises(Full):
        await flood[3]
    with pytest.raises(Full):  # it would itself be the greediest
        await waits(turns, "flood", room=4)
    assert turns.waiting == 4
    for task in (*flood[:3], quiet):
        task.cancel()
    await asyncio.gather(*flood[:3], quiet, return_exceptions=True)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.booleans()), max_size=60), st.integers(1, 3))
@in_virtual_time
async def test_whoever_leaves_whenever_no_place_is_lost_and_none_is_given_twice(
    comings: list[tuple[int, int, bool]], places: int
) -> None:
    turns = Turns(LoopClock())
    ends: list[tuple[float, int]] = []

    async def comes(number: int, tenant: int, hold_s: int, gives_up: bool) -> None:
        name = f"t{tenant}"
        turn = turns.take(name, 1.0, places) or await waits(turns, name, wait_s=2.0 if gives_up else 100.0)
        assert turns.running <= places
        try:
            await asyncio.sleep(hold_s)
        finally:
            turns.give_back(turn)
        heapq.heappush(ends, (asyncio.get_running_loop().time(), number))

    tasks = [asyncio.create_task(comes(n, *each)) for n, each in enumerate(comings)]
    for task in tasks[::3]:
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (turns.running, turns.waiting) == (0, 0)
    assert turns.take("t0", 1.0, places)
