"""The walk over scripted vendors: retries, fallback, money, records."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
from typing import Any

import pytest

from lanewise.core.answer import Delta, Generation, Meter
from lanewise.core.errors import LimitReached, Unavailable
from lanewise.core.events import Degraded, Deltas, FellBack, Routed
from lanewise.core.failure import FailureKind
from lanewise.core.keeping import Record
from lanewise.core.limiting import Limits
from lanewise.core.policy import Amplification, Lane, TenantPolicy
from lanewise.core.protocols.provider import Call, DeltaSink
from walking import CALLER, Walk, answers, deployment, fails, hangs, lane, policy, request

ONE = lane("standard", "alpha/small")
TWO = lane("standard", "alpha/small", "beta/large")


async def test_an_answer_is_recorded_with_its_cost_by_part() -> None:
    walk = Walk(policy(ONE), {"alpha/small": [answers(input_tokens=1_000, output_tokens=500)]})

    answer = await walk.gateway.answer(request(), CALLER, walk.emit)

    record = walk.ledger.records[0]
    assert answer.record is record
    assert (record.outcome, record.status, record.lane, record.deployment) == (
        "success",
        200,
        "standard",
        "alpha/small",
    )
    assert (record.cost_input, record.cost_output, record.cost_nanousd) == (1_000_000, 2_000_000, 3_000_000)
    assert record.trace.calls[0].name == "standard/call-0"
    assert isinstance(walk.events[0], Routed)


@pytest.mark.parametrize(
    "kind", [FailureKind.SERVER_ERROR, FailureKind.OVERLOADED, FailureKind.RATE_LIMITED, FailureKind.VENDOR_ACCESS]
)
async def test_the_next_vendor_takes_over_unseen_and_the_answer_is_marked(kind: FailureKind) -> None:
    walk = Walk(policy(TWO), {"alpha/small": [fails(kind)], "beta/large": [answers()]})

    answer = await walk.gateway.answer(request(stream=True), CALLER, walk.emit)

    assert walk.provider.asked() == ["alpha/small", "beta/large"]
    assert answer.record.outcome == "fallback"
    assert answer.record.degraded
    assert answer.record.trace.degraded == (Degraded(reason=f"fallback: {kind}", from_="alpha/small", to="beta/large"),)
    assert [call.reason for call in answer.record.trace.calls] == ["first", f"fallback: {kind}"]
    assert any(isinstance(event, FellBack) for event in walk.events)


async def test_what_a_failed_call_sent_before_anything_was_visible_is_never_shown() -> None:
    async def role_then_cut(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        await on_deltas([Delta(raw=b"data: ghost\n\n")])
        return await fails(FailureKind.CUT_STREAM)(call, meter, on_deltas)

    walk = Walk(policy(TWO), {"alpha/small": [role_then_cut], "beta/large": [answers("Eight.")]})

    await walk.gateway.answer(request(stream=True), CALLER, walk.emit)

    shown = [delta for event in walk.events if isinstance(event, Deltas) for delta in event.deltas]
    assert [delta.text for delta in shown] == ["", "Eight."]
    assert all(b"ghost" not in delta.raw for delta in shown)


async def test_once_something_was_shown_nobody_takes_over() -> None:
    walk = Walk(
        policy(TWO), {"alpha/small": [fails(FailureKind.CUT_STREAM, after_text="Ei")], "beta/large": [answers()]}
    )

    answer = await walk.gateway.answer(request(stream=True), CALLER, walk.emit)

    assert walk.provider.asked() == ["alpha/small"]
    assert answer.generation.failure is not None
    assert answer.record.outcome == "failure"
    assert answer.record.estimated
    assert answer.record.output_tokens == 1


async def test_a_caller_s_mistake_is_not_asked_again() -> None:
    walk = Walk(policy(TWO), {"alpha/small": [fails(FailureKind.BAD_REQUEST)], "beta/large": [answers()]})

    answer = await walk.gateway.answer(request(), CALLER, walk.emit)

    assert walk.provider.asked() == ["alpha/small"]
    assert answer.record.status == 400


async def test_the_last_deployment_is_asked_again_and_no_more_than_the_cap_allows() -> None:
    down = fails(FailureKind.SERVER_ERROR, retry_after_s=0.0)
    walk = Walk(policy(ONE, amplification=Amplification(max_retries=2)), {"alpha/small": [down]})

    answer = await walk.gateway.answer(request(), CALLER, walk.emit)

    assert walk.provider.asked() == ["alpha/small"] * 3
    assert [call.iteration for call in answer.record.trace.calls] == [0, 1, 2]
    assert answer.record.status == 503
    assert answer.record.cost_nanousd == 0


async def test_a_long_retry_after_is_told_not_waited_for() -> None:
    walk = Walk(policy(ONE), {"alpha/small": [fails(FailureKind.RATE_LIMITED, retry_after_s=60.0)]})

    answer = await walk.gateway.answer(request(), CALLER, walk.emit)

    assert walk.provider.asked() == ["alpha/small"]
    assert answer.generation.failure is not None
    assert answer.generation.failure.retry_after_s == 60.0


async def test_one_allowance_bounds_all_calls_of_a_request() -> None:
    many = lane("standard", *(f"v{number}/m" for number in range(8)))
    down = fails(FailureKind.OVERLOADED)
    walk = Walk(
        policy(many, amplification=Amplification(max_calls=3)), {each.name: [down] for each in many.deployments}
    )

    answer = await walk.gateway.answer(request(), CALLER, walk.emit)

    assert len(walk.provider.calls) == 3
    assert answer.generation.failure is not None
    assert answer.generation.failure.kind is FailureKind.OVERLOADED  # what went wrong, not that we stopped


async def test_a_call_whose_worst_case_the_budget_does_not_hold_is_not_made() -> None:
    acme = TenantPolicy(name="acme", daily_cap_nanousd=1_000_000)
    walk = Walk(policy(ONE, tenant=acme), {"alpha/small": [answers()]})

    answer = await walk.gateway.answer(request(max_output_tokens=1_000), CALLER, walk.emit)

    assert walk.provider.calls == []
    assert (answer.record.outcome, answer.record.status) == ("refused", 429)
    assert answer.generation.failure is not None
    assert "$0.001" in answer.generation.failure.message
    assert answer.generation.failure.retry_after_s is None  # it is larger than the whole cap: to come back is in vain


async def test_a_request_s_own_dollars_are_kept() -> None:
    walk = Walk(policy(lane("standard", "alpha/small", max_cost_nanousd=1_000)), {"alpha/small": [answers()]})

    answer = await walk.gateway.answer(request(), CALLER, walk.emit)

    assert walk.provider.calls == []
    assert answer.record.failure == FailureKind.AMPLIFICATION


async def test_a_vendor_that_does_not_answer_is_cut_off_at_the_deadline_and_billed_by_estimate() -> None:
    walk = Walk(policy(lane("standard", "alpha/small", timeout_s=0.05)), {"alpha/small": [hangs]})

    answer = await walk.gateway.answer(request(), CALLER, walk.emit)

    assert answer.record.status == 504
    assert answer.record.estimated
    assert answer.record.input_tokens == 7


async def test_a_caller_who_leaves_is_recorded_and_charged() -> None:
    walk = Walk(policy(ONE), {"alpha/small": [hangs]})
    task = asyncio.create_task(walk.gateway.answer(request(), CALLER, walk.emit))
    while not walk.provider.calls:
        await asyncio.sleep(0)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    record = walk.ledger.records[0]
    assert (record.outcome, record.status, record.estimated) == ("cancelled", 499, True)
    assert record.cost_nanousd == 7_000
    assert walk.limiter.state().running == 0  # its place is free again


async def test_a_fault_of_the_gateway_is_recorded_and_not_hidden() -> None:
    async def breaks(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        raise ZeroDivisionError

    walk = Walk(policy(ONE), {"alpha/small": [breaks]})

    with pytest.raises(ZeroDivisionError):
        await walk.gateway.answer(request(), CALLER, walk.emit)

    assert walk.ledger.records[0].failure == FailureKind.INTERNAL


async def test_another_model_than_asked_for_is_flagged_and_repriced() -> None:
    walk = Walk(policy(ONE), {"alpha/small": [answers(input_tokens=100, output_tokens=0, served="known-large")]})

    answer = await walk.gateway.answer(request(), CALLER, walk.emit)

    assert answer.record.trace.calls[0].repriced
    assert answer.record.cost_nanousd == 200_000
    assert answer.record.served_model == "known-large"


@pytest.mark.parametrize("served", ["small", "small-2026-01-31", "small-20260131", "vendor/small", "small-0131"])
async def test_a_dated_name_is_the_same_model(served: str) -> None:
    walk = Walk(policy(ONE), {"alpha/small": [answers(served=served)]})

    answer = await walk.gateway.answer(request(), CALLER, walk.emit)

    assert not answer.record.trace.calls[0].repriced


async def test_an_unknown_price_is_flagged_and_held_to_its_worst_case() -> None:
    unpriced = dataclasses.replace(ONE, deployments=(deployment("alpha/small", prices=None),), max_output_tokens=10_000)
    acme = TenantPolicy(name="acme", daily_cap_nanousd=1_000_000_000)  # holds one such worst case, not two
    walk = Walk(policy(unpriced, tenant=acme), {"alpha/small": [answers()]})

    first = await walk.gateway.answer(request(), CALLER, walk.emit)
    second = await walk.gateway.answer(request(), CALLER, walk.emit)

    assert (first.record.unpriced_calls, first.record.cost_nanousd) == (1, 0)
    assert second.record.failure == FailureKind.BUDGET


async def test_no_request_is_taken_while_the_ledger_cannot_be_written() -> None:
    walk = Walk(policy(ONE), {"alpha/small": [answers()]})
    walk.ledger.healthy = False

    with pytest.raises(Unavailable, match="ledger"):
        await walk.gateway.answer(request(), CALLER, walk.emit)

    assert walk.provider.calls == []


async def test_a_tenant_at_its_concurrency_is_refused_before_anything_is_asked() -> None:
    acme = TenantPolicy(name="acme", daily_cap_nanousd=None, limits=Limits(concurrency=1))
    walk = Walk(policy(ONE, tenant=acme), {"alpha/small": [hangs]})
    task = asyncio.create_task(walk.gateway.answer(request(), CALLER, walk.emit))
    while not walk.provider.calls:
        await asyncio.sleep(0)

    with pytest.raises(LimitReached):
        await walk.gateway.answer(request(), CALLER, walk.emit)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_content_is_kept_only_where_the_policy_says_so() -> None:
    off = Walk(policy(ONE), {"alpha/small": [answers()]})
    full = Walk(policy(ONE, record=Record(content="full")), {"alpha/small": [answers("Eight.")]})

    await off.gateway.answer(request(), CALLER, off.emit)
    await full.gateway.answer(request(), CALLER, full.emit)

    assert off.ledger.contents == [None]
    kept = full.ledger.contents[0]
    assert kept is not None
    assert (kept.request, kept.answer) == (request().body, b"Eight.")


@pytest.mark.parametrize("stream", [True, False])
async def test_an_answered_request_leaves_nothing_to_the_collector_of_cycles(stream: bool) -> None:
    """It would have to look at everything there is, again and again."""
    walk = Walk(policy(ONE), {"alpha/small": [answers()]})
    await walk.gateway.answer(request(stream=stream), CALLER, walk.emit)
    gc.collect()
    gc.disable()
    try:
        for _ in range(10):
            await walk.gateway.answer(request(stream=stream), CALLER, walk.emit)
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("of", [ONE, TWO])
async def test_an_ordinary_request_makes_no_task_of_its_own(of: Lane) -> None:
    walk = Walk(policy(of), {each.name: [answers()] for each in of.deployments})
    made: list[object] = []

    def make(loop: asyncio.AbstractEventLoop, coro: Any, **more: Any) -> asyncio.Task[Any]:
        made.append(coro)
        return asyncio.Task(coro, loop=loop, **more)

    await walk.gateway.answer(request(), CALLER, walk.emit)  # the budget's own task serves all that follow
    asyncio.get_running_loop().set_task_factory(make)
    await walk.gateway.answer(request(), CALLER, walk.emit)
    assert made == []
