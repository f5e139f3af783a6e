from __future__ import annotations

import re

import msgspec
import pytest

from lanewise.core.events import Degraded
from lanewise.core.usage import Cost
from lanewise.operations.report import report
from lanewise.operations.report_view import report_view
from lanewise.stores.address import Store
from operations.screens import Terminal, shown
from operations.troubled import BREAKER_MOVES, troubled_runs
from stores.opening import database_of, fill, sql
from stores.samples import START_US, a_call, a_record, a_trace


async def report_of(store: Store) -> str:
    async with database_of(store) as database:
        return shown(report_view(await report(database)))


async def test_the_report_shows_every_lane_in_one_line_of_each_table(store: Store) -> None:
    failed = a_call(failure="overloaded")
    fill(
        store,
        *(a_record(f"run_{n}", lane="small", latency_us=1_200_000) for n in range(3)),
        a_record(
            "run_9", lane="reasoning", latency_us=45_000_000, outcome="fallback", calls=2, unpriced_calls=1, degraded=True,
            output_tokens=300, reasoning_tokens=200, trace=a_trace(failed, a_call(iteration=1, reason="fallback: overloaded")),
        ),
    )  # fmt: skip
    text = await report_of(store)
    rows = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]
    assert ["small", "3", "75.0%", "7.4%", "75.0%", "success 3"] in rows
    assert ["reasoning", "1", "25.0%", "92.6%", "25.0%", "fallback 1"] in rows
    assert ["small", "1.2 s", "1.2 s", "200 ms", "200 ms", "0.00"] in rows
    assert ["reasoning", "45.0 s", "45.0 s", "200 ms", "200 ms", "2.00"] in rows
    assert ["reasoning", "$0.00010", "$0.00", "$0.00", "$0.00", "$0.00020", "$0.00030"] in rows
    assert ["reasoning", "2", "1", "1", "1", "0"] in rows
    assert ["summarize", "standard", "overloaded", "1", "0"] in rows
    assert ["1", "fallback: overloaded", "1"] in rows
    assert "1 call has no known price and is not in any cost: set `prices` in the policy." in text
    assert text.splitlines()[0].rstrip() == "4 requests of all tenants since the beginning: 48.6 s, $0.0012"


async def test_fees_of_vendors_own_tools_have_a_column_where_there_are_any(store: Store) -> None:
    assert "tools" not in await report_of(store)
    fill(store, a_record("run_1", cost_tools=30_000_000, cost_nanousd=30_300_000))
    text = await report_of(store)
    assert "tools" in text
    assert "$0.030" in text


async def test_no_figure_is_cut_on_a_terminal_of_80_columns(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    long = Degraded(
        reason="fallback: connection_lost", from_="anthropic/claude-opus-4-7", to="anthropic/claude-haiku-4-5"
    )
    extra = a_call(iteration=1, reason="fallback: connection_lost", cost=Cost(output=123_456_789_012))
    fill(store, a_record("run_2", calls=2, degraded=True, trace=a_trace(a_call(), extra, degraded=(long,))))
    with sql(store) as connection:
        connection.execute(
            "INSERT INTO breaker_events VALUES (?, 'reasoning_low', 'anthropic/claude-opus-4-7', 'open', '')",
            (START_US - 999_900_000_000,),
        )
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    costs = dict.fromkeys(("cost_input", "cost_cached", "cost_cache_write", "cost_reasoning", "cost_output"), 321_000)
    large = {"lane": "reasoning_low", "latency_us": 999_900_000, "first_token_us": 999_900_000}
    fill(store, a_record("run_1", **large, **costs, cost_nanousd=5 * 321_000))
    async with database_of(store) as database:
        text = re.sub("\x1b\\[[0-9;]*m", "", shown(report_view(await report(database)), Terminal()))
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= 80
    for figure in ("$0.0016", "$123.46", "1,000,899.9 s", "100.0%"):
        assert figure in text


async def test_what_was_done_about_trouble_is_shown_with_what_it_was_good_for(store: Store) -> None:
    fill(store, *troubled_runs())
    with sql(store) as connection:
        connection.executemany("INSERT INTO breaker_events VALUES (?, ?, ?, ?, '')", BREAKER_MOVES)
    text = await report_of(store)
    rows = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]
    assert ["fallback", "2", "1", "50.0%", "1", "0", "$0.00060"] in rows
    assert ["hedge", "1", "1", "100.0%", "0", "0", "$0.00030"] in rows
    assert ["degraded: overloaded", "reasoning → standard", "1"] in rows
    assert ["standard", "alpha/small", "2", "45.0 s", "open"] in rows
    assert "Hedging: 1 call was outrun by its twin and cost $0.00030, 1 of them by estimate." in text
    assert "The classifier asked a model 2 times: 1.8 s, $0.00060, 1 failed. It is in the figures above." in text
    assert "1 run waited for a vendor to be back, 4.0 s in all, 4.0 s at most; 1 of them was answered." in text


async def test_where_nothing_went_wrong_nothing_is_said_of_it(store: Store) -> None:
    fill(store, a_record())
    text = await report_of(store)
    for word in ("What more calls", "instead of", "Breakers", "Hedging", "classifier", "waited"):
        assert word not in text


async def test_an_empty_report_says_so(store: Store) -> None:
    assert "Nothing was asked yet." in await report_of(store)


async def test_early_stops_say_that_what_they_saved_is_an_upper_bound(store: Store) -> None:
    looped = a_call(failure="looping", spared_tokens=3_000, spared_nanousd=12_000_000)
    fill(store, a_record(calls=2, trace=a_trace(looped, a_call(reason="fallback: looping", iteration=1))))
    text = await report_of(store)
    assert "Early stop: 1 call was cut off in a loop" in text
    assert "3,000 tokens and $0.012 more, which is the most that was saved" in " ".join(text.split())


async def test_verified_stops_say_what_they_saved_at_most(store: Store) -> None:
    ended = a_call(ended_early=True, spared_tokens=3_000, spared_nanousd=12_000_000)
    fill(store, a_record(verdict="accept", estimated=True, trace=a_trace(ended)))
    text = " ".join((await report_of(store)).split())
    assert "1 verified answer was not streamed to the end" in text
    assert "that saved 3,000 tokens and $0.012 at most, up to their caps" in text


async def test_what_was_given_again_is_said_in_a_line(store: Store) -> None:
    fill(store, msgspec.structs.replace(a_record("run_1"), recalled="exact", saved_nanousd=1_500_000))
    assert "1 run was given an earlier answer again, which saved $0.0015." in await report_of(store)
