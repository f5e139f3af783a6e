from __future__ import annotations

import random

import msgspec
import pytest

from lanewise.core.usage import Cost
from lanewise.operations.report import GivenAgain, LaneReport, Percentiles, Report, report
from lanewise.operations.troubles import FailureCount, RepeatCount
from lanewise.stores.address import Store
from stores.opening import database_of, fill, sql
from stores.samples import START_US, a_call, a_record, a_trace


async def reported(store: Store, *, since_us: int = 0, tenant: str | None = None) -> Report:
    async with database_of(store) as database:
        return await report(database, since_us=since_us, tenant=tenant)


def by_lane(found: Report) -> dict[str, LaneReport]:
    return {lane.lane: lane for lane in found.lanes}


async def test_a_lane_with_a_twentieth_of_the_traffic_is_more_than_half_of_the_time(store: Store) -> None:
    # Given 80, 15 and 5 % of the traffic at 1.2, 6 and 45 seconds
    lanes = [("small", 1_200_000)] * 80 + [("standard", 6_000_000)] * 15 + [("reasoning", 45_000_000)] * 5
    fill(store, *(a_record(f"run_{n}", lane=lane, latency_us=latency) for n, (lane, latency) in enumerate(lanes)))
    found = await reported(store)
    # Then the report shows where the time goes
    lanes_found = by_lane(found)
    assert {name: lane.request_share for name, lane in lanes_found.items()} == {
        "small": 0.80,
        "standard": 0.15,
        "reasoning": 0.05,
    }
    assert lanes_found["reasoning"].time_share == pytest.approx(225 / 411)  # 55 %
    assert lanes_found["small"].time_share == pytest.approx(96 / 411)
    # And has no average over all lanes for it to hide in
    plain = msgspec.to_builtins(found)
    overall = {name for name, value in plain.items() if not isinstance(value, tuple | list | dict)}
    assert overall == {"since_us", "tenant", "requests", "time_us", "cost_nanousd", "missing_traces"}


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 100, 101])
async def test_percentiles_are_exact_by_nearest_rank(store: Store, count: int) -> None:
    latencies = random.Random(count).sample(range(1_000_000), count)
    fill(store, *(a_record(f"run_{n}", latency_us=us, first_token_us=us // 2) for n, us in enumerate(latencies)))
    (lane,) = (await reported(store)).lanes
    ordered = sorted(latencies)
    p50, p95 = ordered[-(-count * 50 // 100) - 1], ordered[-(-count * 95 // 100) - 1]
    assert lane.latency == Percentiles(p50_us=p50, p95_us=p95)
    assert lane.first_token == Percentiles(p50_us=p50 // 2, p95_us=p95 // 2)


async def test_percentiles_count_failures_and_leave_out_what_nobody_answered_or_waited_for(store: Store) -> None:
    fill(
        store,
        a_record("timed_out", outcome="failure", failure="deadline", latency_us=60_000_000, first_token_us=None),
        a_record("refused", outcome="refused", failure="budget", latency_us=1, first_token_us=None),
        a_record("cancelled", outcome="cancelled", failure="cancelled", latency_us=2, first_token_us=1),
    )
    (lane,) = (await reported(store)).lanes
    assert lane.latency == Percentiles(p50_us=60_000_000, p95_us=60_000_000)
    assert lane.first_token == Percentiles()
    assert lane.requests == 3


async def test_cost_is_told_by_part_and_share_of_all_lanes(store: Store) -> None:
    parts = {"cost_input": 10, "cost_cached": 20, "cost_cache_write": 30, "cost_reasoning": 40, "cost_output": 50,
             "cost_tools": 5}  # fmt: skip
    fill(
        store,
        a_record("run_1", lane="reasoning", **parts, cost_nanousd=155),
        a_record("run_2", lane="reasoning", **parts, cost_nanousd=155),
        a_record("run_3", lane="small", **dict.fromkeys(parts, 15), cost_nanousd=90),
    )
    found = await reported(store)
    lanes = by_lane(found)
    assert lanes["reasoning"].cost == Cost(input=20, cached=40, cache_write=60, reasoning=80, output=100, tools=10)
    assert (lanes["reasoning"].cost_nanousd, lanes["reasoning"].cost_share) == (310, 0.775)
    assert found.cost_nanousd == 400


async def test_thinking_is_told_per_answer_token(store: Store) -> None:
    fill(
        store,
        a_record("run_1", lane="reasoning", output_tokens=900, reasoning_tokens=800),
        a_record("run_2", lane="reasoning", output_tokens=300, reasoning_tokens=100),
        a_record("run_3", lane="broken", output_tokens=0, reasoning_tokens=0),
    )
    lanes = by_lane(await reported(store))
    assert lanes["reasoning"].thinking_ratio == pytest.approx(900 / 300)
    assert lanes["broken"].thinking_ratio is None


async def test_outcomes_and_marks_are_counted(store: Store) -> None:
    fill(
        store,
        a_record("run_1"),
        a_record("run_2", outcome="fallback", degraded=True),
        a_record("run_3", outcome="fallback", degraded=True, estimated=True),
        a_record("run_4", outcome="failure", failure="overloaded", unpriced_calls=2),
    )
    (lane,) = (await reported(store)).lanes
    assert lane.outcomes == {"fallback": 2, "failure": 1, "success": 1}
    assert (lane.fallbacks, lane.degraded, lane.estimated, lane.unpriced_calls) == (2, 2, 1, 2)


async def test_failures_are_counted_by_task_lane_and_cause_saved_or_not(store: Store) -> None:
    overloaded = a_call(failure="overloaded", status=529)
    second = a_call(iteration=1, reason="fallback: overloaded", deployment="other/model")
    third = a_call(iteration=2, reason="retry: overloaded", failure="overloaded")
    fill(
        store,
        a_record("saved", task="code_review", outcome="fallback", calls=2, trace=a_trace(overloaded, second)),
        a_record(
            "lost", task="code_review", outcome="failure", failure="overloaded", calls=3,
            trace=a_trace(overloaded, msgspec.structs.replace(second, failure="idle_timeout"), third),
        ),
        a_record("refused", task=None, outcome="refused", failure="budget", calls=0, trace=a_trace(calls=())),
        a_record("good"),
    )  # fmt: skip
    found = await reported(store)
    assert found.failures == (
        FailureCount(task=None, lane="standard", cause="budget", calls=0, runs=1),
        FailureCount(task="code_review", lane="standard", cause="idle_timeout", calls=1, runs=0),
        FailureCount(task="code_review", lane="standard", cause="overloaded", calls=3, runs=1),
    )
    assert found.repeats == (
        RepeatCount(iteration=1, reason="fallback: overloaded", calls=2),
        RepeatCount(iteration=2, reason="retry: overloaded", calls=1),
    )


async def test_troubled_runs_without_a_trace_are_said_to_be_missing(store: Store) -> None:
    fill(store, a_record("run_1", outcome="failure", failure="deadline"), a_record("run_2"))
    with sql(store) as connection:
        connection.execute("DELETE FROM traces")
    found = await reported(store)
    assert found.missing_traces == 1
    assert found.failures == (FailureCount(task="summarize", lane="standard", cause="deadline", calls=0, runs=1),)


async def test_it_is_of_one_tenant_and_since_a_moment_where_asked(store: Store) -> None:
    trouble = {
        "outcome": "failure",
        "failure": "deadline",
        "calls": 2,
        "trace": a_trace(a_call(failure="deadline"), a_call(iteration=1)),
    }
    fill(
        store,
        a_record("old", started_us=START_US - 1, **trouble),
        a_record("other", tenant="other", **trouble),
        a_record("mine", started_us=START_US, latency_us=5),
    )
    found = await reported(store, since_us=START_US, tenant="acme")
    assert (found.requests, found.time_us, found.failures, found.repeats) == (1, 5, (), ())
    assert found.lanes[0].outcomes == {"success": 1}
    assert found.lanes[0].latency == Percentiles(p50_us=5, p95_us=5)


async def test_a_store_without_runs_gives_an_empty_report(store: Store) -> None:
    found = await reported(store)
    assert (found.requests, found.lanes, found.failures) == (0, (), ())


async def test_it_is_json_as_it_is(store: Store) -> None:
    fill(store, a_record("run_1"))
    plain = msgspec.json.decode(msgspec.json.encode(await reported(store)))
    assert plain["lanes"][0]["cost"] == {
        "input": 100_000,
        "cached": 0,
        "cache_write": 0,
        "reasoning": 0,
        "output": 200_000,
        "tools": 0,
    }


async def test_what_was_given_again_is_counted_with_what_it_saved(store: Store) -> None:
    again = [msgspec.structs.replace(a_record(f"run_{n}"), recalled="exact", saved_nanousd=300) for n in (1, 2)]
    fill(
        store, a_record("run_0"), *again, msgspec.structs.replace(a_record("run_3", tenant="globex"), recalled="exact")
    )
    assert (await reported(store, tenant="acme")).given_again == GivenAgain(runs=2, saved_nanousd=600)
    assert (await reported(store, tenant="initech")).given_again == GivenAgain()
