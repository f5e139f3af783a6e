"""What the ledger says was spent: by every tally, in every period, from days that are added up and from runs."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanewise.core.caps import PERIODS, Cap, Tally, Terms
from lanewise.core.periods import span_at, span_before
from lanewise.core.record import RunRecord
from lanewise.core.usage import Cost
from lanewise.stores.address import Store
from lanewise.stores.spending import Kind, Spending, kinds_of
from stores.opening import database_of, fill, new_store, sql
from stores.samples import a_call, a_record, a_trace

NOON_S = 1_790_000_000 // 86_400 * 86_400 + 43_200  # a Monday, 2026-09-21
DAY_S = 86_400
TODAY = "2026-09-21"


def run_at(name: str, started_s: float, **changes: Any) -> RunRecord:
    calls = changes.pop("calls", ())
    many = {"calls": len(calls), "trace": a_trace(*calls)} if calls else {}
    return a_record(name, started_us=int(started_s * 1e6), **{**many, **changes})


async def taken(store: Store, *kinds: Kind, now_s: float = NOON_S, most: int = 1_000) -> dict[tuple[Tally, str], int]:
    async with database_of(store) as database:
        return await Spending(database).taken(kinds, now_s, most=most)


async def rolled_up(store: Store, now_s: float = NOON_S) -> int:
    async with database_of(store) as database:
        return await Spending(database).roll_up(now_s)


async def test_each_scope_sees_what_is_its_own(store: Store) -> None:
    fill(
        store,
        run_at("a", NOON_S - 10, user="ann", feature="chat", key_id="k1", cost_nanousd=5),
        run_at("b", NOON_S - 9, user="ann", tenant="globex", lane="reasoning", key_id="k2", cost_nanousd=7),
        run_at("c", NOON_S - 8, key_id="k1", cost_nanousd=11),
    )
    found = await taken(
        store, *(Kind(scope, "dollars", "daily") for scope in ("tenant", "key", "user", "feature", "lane"))
    )
    assert {(tally.scope, tally.tenant, tally.subject): spent for (tally, _), spent in found.items()} == {
        ("tenant", "acme", ""): 16,
        ("tenant", "globex", ""): 7,
        ("key", "acme", "k1"): 16,
        ("key", "globex", "k2"): 7,
        ("user", "acme", "ann"): 5,
        ("user", "acme", ""): 11,
        ("user", "globex", "ann"): 7,
        ("feature", "acme", "chat"): 5,
        ("feature", "acme", ""): 11,
        ("feature", "globex", ""): 7,
        ("lane", "", "standard"): 16,
        ("lane", "", "reasoning"): 7,
    }


async def test_tokens_thinking_and_what_unpriced_calls_are_held_to_count(store: Store) -> None:
    fill(
        store,
        run_at("a", NOON_S, input_tokens=10, output_tokens=20, reasoning_tokens=15, cost_nanousd=1, held_nanousd=100),
    )
    kinds = [Kind("tenant", unit, "daily") for unit in ("dollars", "tokens", "thinking_tokens")]
    assert sorted((await taken(store, *kinds)).values()) == [15, 30, 101]


async def test_a_run_in_several_lanes_counts_in_each_by_its_calls_and_our_own_questions_where_they_were_asked(
    store: Store,
) -> None:
    low = a_call(lane="low", cost=Cost(output=3))
    judge = a_call(lane="judge", in_lane="low", cost=Cost(output=1), held_nanousd=10)
    high = a_call(lane="high", cost=Cost(output=50))
    failed = a_call(lane="high", cost=Cost(input=4), failure="cut_stream")
    fill(
        store,
        run_at("climbed", NOON_S, lane="high", calls=(low, judge, high), cost_nanousd=54, held_nanousd=10),
        run_at("failed", NOON_S, lane="low", calls=(failed,), cost_nanousd=4, failure="cut_stream"),
    )
    for _ in range(2):
        found = await taken(store, Kind("lane", "dollars", "total"))
        assert {tally.subject: spent for (tally, _), spent in found.items()} == {"low": 14, "high": 54}
        await rolled_up(store, NOON_S + 5 * DAY_S)


async def test_a_run_whose_trace_is_gone_counts_in_the_lane_that_ended_it(store: Store) -> None:
    fill(
        store, run_at("climbed", NOON_S, lane="high", calls=(a_call(lane="low"), a_call(lane="high")), cost_nanousd=54)
    )
    with sql(store) as connection:
        connection.execute("DELETE FROM traces")
    assert list((await taken(store, Kind("lane", "dollars", "daily"))).values()) == [54]


async def test_a_run_that_was_under_way_at_midnight_counts_on_both_days_so_that_no_cap_is_overspent(
    store: Store,
) -> None:
    midnight_s = NOON_S - 43_200
    fill(
        store,
        run_at("ended before", midnight_s - 10, latency_us=9_999_999, cost_nanousd=1),
        run_at("over", midnight_s - 10, latency_us=10_000_000, cost_nanousd=20),
        run_at("after", midnight_s, cost_nanousd=300),
    )
    both = Kind("tenant", "dollars", "daily", rolls_over=True)
    for _ in range(2):
        found = {span: spent for (_, span), spent in (await taken(store, both)).items()}
        assert found == {TODAY: 320, "2026-09-20": 21}
        await rolled_up(store, NOON_S + 5 * DAY_S)


async def test_days_are_added_up_once_and_not_before_all_their_rows_are_there(store: Store) -> None:
    fill(store, *(run_at(f"run_{day}", NOON_S - day * DAY_S, cost_nanousd=10**day) for day in range(5)))
    assert await rolled_up(store) == 3  # four, three and two days ago
    assert await rolled_up(store) == 0
    with sql(store) as connection:
        assert connection.execute("SELECT nanousd FROM spending ORDER BY day").fetchall() == [
            (10_000,),
            (1_000,),
            (100,),
        ]
        connection.execute("DELETE FROM runs WHERE run_id IN ('run_4', 'run_3', 'run_2')")
    found = await taken(store, *(Kind("tenant", "dollars", period) for period in PERIODS))
    assert {tally.period: spent for (tally, _), spent in found.items()} == {
        "daily": 1,
        "weekly": 1,
        "monthly": 11_111,
        "total": 11_111,
    }
    assert await rolled_up(store, NOON_S + DAY_S) == 1


async def test_a_store_without_runs_is_added_up_to_the_present(store: Store) -> None:
    assert await rolled_up(store) == 0
    async with database_of(store) as database:
        assert await Spending(database).rolled_up_until_us() == int((NOON_S - 43_200 - DAY_S) * 1e6)


YEARS_S = 9 * 365 * DAY_S


async def test_a_clock_that_was_years_ahead_at_a_start_makes_no_cap_miss_what_was_spent(store: Store) -> None:
    month = Kind("tenant", "dollars", "monthly")
    fill(store, *(run_at(f"run_{day}", NOON_S - day * DAY_S, cost_nanousd=10**day) for day in range(5)))
    await rolled_up(store, NOON_S + YEARS_S)
    fill(store, run_at("after it was set right", NOON_S + 60, cost_nanousd=500_000))
    assert list((await taken(store, month, now_s=NOON_S + 90)).values()) == [511_111]
    for hours in range(0, 5 * 24, 24):  # and days are added up as they end, this one too, though it was before its end
        later_s = NOON_S + 120 + hours * 3_600
        await rolled_up(store, later_s)
        assert list((await taken(store, month, now_s=later_s)).values()) == [511_111]


async def test_a_clock_that_was_years_behind_at_a_start_forgets_no_day_of_which_no_run_is_kept(store: Store) -> None:
    fill(store, *(run_at(f"run_{day}", NOON_S - day * DAY_S, cost_nanousd=10**day) for day in range(5)))
    await rolled_up(store)
    with sql(store) as connection:
        connection.execute("DELETE FROM runs WHERE run_id IN ('run_4', 'run_3', 'run_2')")
    for now_s in (NOON_S - YEARS_S, NOON_S):
        await rolled_up(store, now_s)
        assert list((await taken(store, Kind("tenant", "dollars", "total"), now_s=now_s)).values()) == [11_111]


async def test_days_without_runs_take_no_time(store: Store) -> None:
    fill(
        store, run_at("in 1970", 5, latency_us=DAY_S * 1_000_000, cost_nanousd=3), run_at("now", NOON_S, cost_nanousd=4)
    )
    assert await rolled_up(store) == 2
    assert list((await taken(store, Kind("tenant", "dollars", "total"))).values()) == [7]


async def test_of_too_many_accounts_those_are_told_that_have_spent_most(store: Store) -> None:
    fill(store, *(run_at(f"run_{n}", NOON_S, user=f"user {n}", cost_nanousd=n) for n in range(9)))
    found = await taken(store, Kind("user", "dollars", "daily"), most=3)
    assert sorted(found.values()) == [6, 7, 8]


def test_only_what_a_policy_s_caps_need_is_looked_up() -> None:
    caps = [
        Cap(scope="user", period="daily", amount=1),
        Cap(scope="user", period="daily", amount=2, of="ann"),
        Cap(scope="lane", period="weekly", amount=2, unit="tokens", terms=Terms(roll_over=0.5)),
    ]
    assert kinds_of(caps) == {Kind("user", "dollars", "daily"), Kind("lane", "tokens", "weekly", rolls_over=True)}


RUNS = st.lists(
    st.tuples(
        st.integers(0, 45 * DAY_S),  # before now
        st.integers(0, 3_600),
        st.sampled_from(["acme", "globex"]),
        st.sampled_from([None, "ann", "bob"]),
        st.sampled_from(["low", "high"]),
        st.integers(0, 10**12),
    ),
    max_size=25,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(runs=RUNS, added_up_before=st.integers(0, 50))
def test_whatever_was_added_up_when_the_sums_are_those_of_all_runs(
    runs: list[tuple[int, int, str, str | None, str, int]], added_up_before: int, tmp_path_factory: Any
) -> None:
    async def look() -> None:
        store = await new_store(tmp_path_factory.mktemp("sums"))
        fill(
            store,
            *(
                run_at(
                    f"run_{n}",
                    NOON_S - ago,
                    latency_us=took * 1_000_000,
                    tenant=tenant,
                    user=user,
                    lane=lane,
                    cost_nanousd=cost,
                )
                for n, (ago, took, tenant, user, lane, cost) in enumerate(runs)
            ),
        )
        await rolled_up(store, NOON_S - added_up_before * DAY_S)
        await rolled_up(store, NOON_S)
        kinds = [Kind(scope, "dollars", period, rolls_over=True) for scope in ("user", "lane") for period in PERIODS]
        found = await taken(store, *kinds)
        for (tally, name), spent in found.items():
            span = span_at(tally.period, NOON_S)
            if span.name != name:
                earlier = span_before(tally.period, span)
                assert earlier is not None
                span = earlier
            whole = 0
            for ago, took, tenant, user, lane, cost in runs:
                began_s = NOON_S - ago
                counts = began_s < span.ends_s and (began_s >= span.begins_s or began_s + took >= span.begins_s)
                mine = lane == tally.subject if tally.scope == "lane" else (tenant, user or "") == tally[1:3]
                whole += cost if counts and mine else 0
            assert spent == whole, (tally, name)

    asyncio.run(look())


async def test_a_start_on_a_month_of_runs_takes_no_time_to_speak_of(store: Store) -> None:
    rows = [
        run_at(f"run_{n:05}", NOON_S - 30 * DAY_S + n * 259, user=f"user {n % 50}", cost_nanousd=1)
        for n in range(10_000)
    ]
    fill(store, *rows)
    await rolled_up(store)
    began_s = time.process_time()
    found = await taken(store, Kind("tenant", "dollars", "monthly"), Kind("user", "dollars", "total"))
    assert len(found) == 51
    assert time.process_time() - began_s < 1.0
