"""A reload replaces the policy whole, while limits and counts live on in the parts."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from lanewise.core.answer import Generation, Meter
from lanewise.core.errors import LimitReached
from lanewise.core.failure import FailureKind
from lanewise.core.limiting import Limits
from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.provider import Call, DeltaSink
from pipeline.runs import ONE, a_walk
from walking import CALLER, answers, policy, request

CAPPED = TenantPolicy(name="acme", daily_cap_nanousd=1_000_000)


async def test_money_spent_under_the_old_policy_is_spent_under_the_new_one() -> None:
    walk = a_walk(scripts={"alpha/small": [answers(input_tokens=990, output_tokens=0)]}, tenant=CAPPED)
    small = request(max_output_tokens=1)
    assert (await walk.gateway.answer(small, CALLER, walk.emit)).record.outcome == "success"

    walk.gateway.policy = policy(ONE, tenant=CAPPED, version="reloaded")
    refused = await walk.gateway.answer(small, CALLER, walk.emit)

    assert refused.record.failure == FailureKind.BUDGET
    assert refused.record.policy_version == "reloaded"


async def test_a_run_in_flight_ends_on_the_policy_it_began_with_and_keeps_its_place() -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def waits(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        begun.set()
        await go.wait()
        return await answers()(call, meter, on_deltas)

    one_at_a_time = replace(CAPPED, daily_cap_nanousd=None, limits=Limits(concurrency=1))
    walk = a_walk(scripts={"alpha/small": [waits]}, tenant=one_at_a_time)
    under_way = asyncio.create_task(walk.gateway.answer(request(), CALLER, walk.emit))
    await begun.wait()

    walk.gateway.policy = policy(ONE, tenant=one_at_a_time, version="reloaded")
    with pytest.raises(LimitReached):
        await walk.gateway.answer(request(), CALLER, walk.emit)
    go.set()

    assert (await under_way).record.policy_version == "test"
    assert (await walk.gateway.answer(request(), CALLER, walk.emit)).record.policy_version == "reloaded"
