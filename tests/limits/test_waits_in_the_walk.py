"""A request that waits to be let in, and the walk that follows."""

from __future__ import annotations

import asyncio

import pytest

from lanewise.core.answer import Generation, Meter
from lanewise.core.errors import LimitReached
from lanewise.core.limiting import Limits
from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.request import Hints
from virtual_time import LoopClock, in_virtual_time
from walking import CALLER, Walk, answers, lane, policy, request

WAITS = Hints(latency="can_wait")


def walk(limits: Limits, *, lasts_s: float = 0.0, timeout_s: float = 8.0) -> Walk:
    async def lasts(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        await asyncio.sleep(lasts_s)
        return await answers(input_tokens=400, output_tokens=600)(call, meter, on_deltas)

    acme = TenantPolicy(name="acme", daily_cap_nanousd=None, limits=limits)
    of = policy(lane("standard", "alpha/small", timeout_s=timeout_s), tenant=acme)
    return Walk(of, {"alpha/small": [lasts]}, clock=LoopClock())


@in_virtual_time
async def test_the_wait_is_in_the_record_and_takes_nothing_of_the_lane_s_own_time() -> None:
    at = walk(Limits(requests_per_minute=3, burst=0.01), lasts_s=7.0)
    await at.gateway.answer(request(), CALLER, at.emit)
    answer = await at.gateway.answer(request(hints=WAITS), CALLER, at.emit)

    assert answer.record.outcome == "success"
    assert answer.record.waited_us == pytest.approx(13_000_000, abs=10_000)  # the rest of twenty seconds
    assert answer.record.latency_us == pytest.approx(20_000_000, abs=10_000)


@in_virtual_time
async def test_a_caller_s_own_deadline_holds_for_both_together() -> None:
    at = walk(Limits(concurrency=1), lasts_s=6.0)
    first = asyncio.create_task(at.gateway.answer(request(), CALLER, at.emit))
    await asyncio.sleep(0)
    hints = Hints(latency="can_wait", deadline_s=9.0)
    second = await at.gateway.answer(request(hints=hints), CALLER, at.emit)
    await first

    assert second.generation.failure is not None
    assert second.generation.failure.kind == "deadline"
    assert second.record.latency_us == pytest.approx(9_000_000, abs=10_000)


@in_virtual_time
async def test_a_caller_who_leaves_while_it_waits_leaves_nothing_behind() -> None:
    at = walk(Limits(concurrency=1), lasts_s=6.0)
    first = asyncio.create_task(at.gateway.answer(request(), CALLER, at.emit))
    await asyncio.sleep(1.0)
    waits = asyncio.create_task(at.gateway.answer(request(hints=WAITS), CALLER, at.emit))
    await asyncio.sleep(1.0)
    assert at.limiter.state().queued == 1
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
    await first
    assert (at.limiter.state().queued, at.limiter.state().running) == (0, 0)
    assert len(at.ledger.records) == 1  # nothing was asked for the one that left, and nothing is recorded


@in_virtual_time
async def test_tokens_count_as_they_were_used_once_a_run_is_over() -> None:
    at = walk(Limits(tokens_per_minute=2_000))
    for _ in range(2):
        await at.gateway.answer(request(max_output_tokens=10), CALLER, at.emit)
    with pytest.raises(LimitReached) as told:  # twenty tokens by their caps, two thousand in truth
        await at.gateway.answer(request(max_output_tokens=10), CALLER, at.emit)
    assert told.value.limit == "tenant.token_rate"


@in_virtual_time
async def test_a_run_that_could_not_be_routed_counts_as_a_request_and_takes_no_tokens() -> None:
    at = walk(Limits(requests_per_minute=2, tokens_per_minute=2_000))
    with pytest.raises(Exception, match="nobody"):
        await at.gateway.answer(request(model="nobody"), CALLER, at.emit)
    answer = await at.gateway.answer(request(), CALLER, at.emit)
    assert answer.record.outcome == "success"
    with pytest.raises(LimitReached) as told:
        await at.gateway.answer(request(), CALLER, at.emit)
    assert told.value.limit == "tenant.rate"
