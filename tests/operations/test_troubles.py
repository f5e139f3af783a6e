"""What was done about trouble, and what it was good for: from traces as the walk writes them."""

from __future__ import annotations

import msgspec

from lanewise.core.events import Degraded
from lanewise.core.failure import FailureKind
from lanewise.core.usage import Cost
from lanewise.operations.report import Report, Waits, report
from lanewise.operations.troubles import ClassifierCalls, DegradationCount, EarlyStops, ExtraCalls, Outrun
from lanewise.stores.address import Store
from operations.troubled import troubled_runs
from stores.opening import database_of, fill, sql
from stores.samples import a_call, a_record, a_trace
from walking import CALLER, Walk, answers, fails, hangs, lane, policy, request


async def reported(store: Store, *, tenant: str | None = None) -> Report:
    async with database_of(store) as database:
        return await report(database, tenant=tenant)


def by_kind(found: Report) -> dict[str, ExtraCalls]:
    return {each.kind: each for each in found.extra_calls}


async def test_calls_beyond_the_first_are_counted_by_what_came_of_them(store: Store) -> None:
    fill(store, *troubled_runs())
    extra = by_kind(await reported(store))
    assert extra["fallback"] == ExtraCalls(
        kind="fallback", calls=2, rescued=1, rescue_rate=0.5, failed=1, outrun=0, cost_nanousd=600_000
    )
    assert (extra["hedge"].calls, extra["hedge"].rescued, extra["hedge"].rescue_rate) == (1, 1, 1.0)
    assert (extra["degraded"].calls, extra["degraded"].rescued) == (1, 1)
    assert extra.keys() == {"fallback", "hedge", "degraded", "waited"}


async def test_a_call_that_answered_but_whose_answer_was_not_the_run_s_rescued_nothing(store: Store) -> None:
    wider = a_call(reason="wider: length", iteration=1, failure="deadline")
    in_another_lane = a_call(lane="reasoning", reason="retry: overloaded", iteration=1)
    fill(
        store,
        a_record("run_1", calls=2, trace=a_trace(a_call(), wider)),
        a_record("run_2", calls=3, trace=a_trace(a_call(lane="reasoning"), in_another_lane, a_call(reason="degraded: slow", iteration=2))),
        a_record("run_3", calls=2, failure="budget", outcome="refused", trace=a_trace(a_call(reason="hedge"), a_call())),
    )  # fmt: skip
    extra = by_kind(await reported(store))
    assert {kind: each.rescued for kind, each in extra.items()} == {"wider": 0, "retry": 0, "degraded": 1, "hedge": 0}


async def test_what_hedging_costs_is_the_cost_of_those_who_lost(store: Store) -> None:
    late = a_call(reason="hedge", failure="outrun", estimated=True, cost=Cost(output=7))
    slow = a_call(failure="outrun", cost=Cost(output=5))
    fill(
        store,
        a_record("run_1", calls=2, trace=a_trace(late, a_call())),
        a_record("run_2", calls=2, trace=a_trace(slow, a_call(reason="hedge", iteration=1))),
    )
    found = await reported(store)
    assert found.outrun == Outrun(calls=2, cost_nanousd=12, estimated=1)
    assert found.failures == ()  # who was outrun has not failed
    hedges = by_kind(found)["hedge"]
    assert (hedges.calls, hedges.rescued, hedges.outrun, hedges.failed) == (2, 1, 1, 0)


async def test_a_caller_who_left_is_no_failure_of_the_extra_call(store: Store) -> None:
    left = a_call(reason="fallback: overloaded", iteration=1, failure="cancelled")
    fill(store, a_record("run_1", calls=2, failure="cancelled", outcome="cancelled", trace=a_trace(a_call(), left)))
    assert by_kind(await reported(store))["fallback"].failed == 0


async def test_the_classifier_s_own_calls_are_apart_and_no_call_after_them_counts_as_made_again(store: Store) -> None:
    fill(store, *troubled_runs()[4:6])
    found = await reported(store)
    assert found.classifier == ClassifierCalls(calls=2, failed=1, time_us=1_800_000, cost_nanousd=600_000)
    assert (found.extra_calls, found.repeats) == ((), ())


async def test_degradations_are_counted_by_reason_and_what_stood_in_for_what(store: Store) -> None:
    switched = Degraded(reason="fallback: resting", from_="alpha/small", to="beta/small")
    faster = Degraded(reason="degraded: slow", from_="reasoning", to="standard", lane="standard")
    fill(
        store,
        # one call is enough: who rests is not called
        *(a_record(f"run_{n}", degraded=True, trace=a_trace(degraded=(switched,))) for n in range(3)),
        a_record("run_3", degraded=True, trace=a_trace(degraded=(faster, switched, faster))),
    )
    found = await reported(store)
    assert found.degradations == (
        DegradationCount(reason="fallback: resting", from_="alpha/small", to="beta/small", runs=4),
        DegradationCount(reason="degraded: slow", from_="reasoning", to="standard", runs=1),
    )
    assert msgspec.json.decode(msgspec.json.encode(found))["degradations"][1] == {
        "reason": "degraded: slow",
        "from": "reasoning",
        "to": "standard",
        "runs": 1,
    }


async def test_waits_are_counted_answered_or_not(store: Store) -> None:
    fill(
        store,
        a_record("run_1", waited_us=4_000_000),
        a_record("run_2", waited_us=9_000_000, outcome="failure", failure="overloaded"),
        a_record("run_3", waited_us=1_000_000, tenant="other"),
        a_record("run_4"),
    )
    assert (await reported(store, tenant="acme")).waits == Waits(
        runs=2, answered=1, time_us=13_000_000, longest_us=9_000_000
    )
    with sql(store) as connection:
        connection.execute("DELETE FROM runs")
    assert (await reported(store)).waits == Waits(runs=0, answered=0, time_us=0, longest_us=0)


async def test_the_walk_s_own_records_are_read_as_they_are_meant(store: Store) -> None:
    """A hedge that wins over a hanging vendor, a lane that gives way, and a fallback."""
    standard = lane("standard", "alpha/small", "beta/small", hedge_after=1.0)
    reasoning = lane("reasoning", "alpha/large", degrade_to="standard")
    walk = Walk(
        policy(standard, reasoning),
        {
            "alpha/small": [hangs, fails(FailureKind.OVERLOADED), answers()],
            "beta/small": [answers()],
            "alpha/large": [fails(FailureKind.VENDOR_ACCESS)],
        },
    )
    usual = a_call(deployment="alpha/small", latency_us=1_000, first_token_us=1_000)
    for number in range(30):
        walk.history.observe(a_record(f"seen_{number}", trace=a_trace(usual)))
    for model in ("lane:standard", "lane:standard", "lane:reasoning"):
        await walk.gateway.answer(request(model), CALLER, walk.emit)
    fill(store, *walk.ledger.records)

    found = await reported(store)

    assert {each.kind: (each.calls, each.rescued) for each in found.extra_calls} == {
        "hedge": (1, 1),
        "fallback": (1, 1),
        "degraded": (1, 1),
    }
    assert found.outrun.calls == 1
    assert {(each.from_, each.to) for each in found.degradations} == {
        ("alpha/small", "beta/small"),
        ("reasoning", "standard"),
    }


async def test_loops_that_were_cut_off_are_counted_with_what_they_were_spared(store: Store) -> None:
    looped = a_call(failure="looping", estimated=True, cost=Cost(output=7), spared_tokens=900, spared_nanousd=3_600)
    answered = a_call(reason="fallback: looping", iteration=1)
    fill(
        store,
        a_record("run_1", calls=2, trace=a_trace(looped, answered)),
        a_record("run_2", failure="looping", outcome="failure", trace=a_trace(looped)),
        a_record("run_3"),
    )
    found = await reported(store)
    assert found.early_stops == EarlyStops(calls=2, cost_nanousd=14, spared_tokens=1_800, spared_nanousd=7_200)
    assert by_kind(found)["fallback"].rescued == 1


async def test_streams_that_were_ended_once_verified_are_counted_apart(store: Store) -> None:
    ended = a_call(ended_early=True, estimated=True, cost=Cost(output=7), spared_tokens=900, spared_nanousd=3_600)
    fill(store, a_record("run_1", verdict="accept", estimated=True, trace=a_trace(ended)), a_record("run_2"))
    found = await reported(store)
    assert found.verified_stops == EarlyStops(calls=1, cost_nanousd=7, spared_tokens=900, spared_nanousd=3_600)
    assert found.early_stops == EarlyStops(calls=0, cost_nanousd=0, spared_tokens=0, spared_nanousd=0)
