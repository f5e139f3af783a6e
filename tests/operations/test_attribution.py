"""What a run cost, by whom and for what: the lines always sum to the ledger, to the nano-dollar."""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanewise.core.errors import InvalidRequest
from lanewise.core.record import CallRecord, RunRecord
from lanewise.core.usage import NO_COST, Cost
from lanewise.operations.attribution import DIMENSIONS, Attribution, attribute, dimensions_of
from stores.opening import ON_FILES, database_of, fill
from stores.samples import START_US, a_call, a_record, a_trace


def record(run_id: str, *calls: CallRecord, **more: Any) -> RunRecord:
    """A run with the sums of its calls, as settlement makes it; the last call to answer is the row's."""
    cost = sum((call.cost for call in calls), NO_COST)
    answering = [call for call in calls if call.lane == "standard"]
    last = answering[-1] if answering else None
    sums = {f"cost_{part}": getattr(cost, part) for part in Cost.__struct_fields__}
    return a_record(
        run_id,
        calls=len(calls),
        cost_nanousd=cost.total_nanousd,
        cache_saved=sum(call.cache_saved for call in calls),
        deployment="" if last is None else last.deployment,
        served_model="" if last is None else last.served_model,
        trace=msgspec.structs.replace(a_trace(), calls=calls),
        **sums,
        **more,
    )


def aside(purpose: str, **more: Any) -> CallRecord:
    return a_call(
        lane=purpose,
        reason=purpose,
        name=f"{purpose}/call-0",
        deployment="tiny/judge",
        model="judge",
        served_model="",
        **more,
    )


def lines(told: Attribution) -> dict[tuple[str, ...], int]:
    return {line.of: line.cost_nanousd for line in told.lines}


async def test_each_model_has_what_it_cost_whoever_gave_the_answer(store: Path) -> None:
    first = a_call(deployment="a/small", served_model="small-2026", cost=Cost(input=100, output=20))
    second = a_call(
        deployment="b/large", model="large", served_model="", cost=Cost(input=1_000, reasoning=500, output=30)
    )
    judge = aside("judge", cost=Cost(input=7, output=1))
    fill(store, record("run_1", first, second, judge), record("run_2", second))
    async with database_of(store) as database:
        by_model = await attribute(database, ("model",))
        by_part = await attribute(database, ("part",))
        both = await attribute(database, ("deployment", "part"))
    assert lines(by_model) == {("large",): 3_060, ("small-2026",): 120, ("judge",): 8}
    assert {line.of: (line.runs, line.calls) for line in by_model.lines}["large",] == (2, 2)
    assert lines(by_part) == {("input",): 2_100, ("reasoning",): 1_000, ("output",): 80, ("checks",): 8}
    assert lines(both)["b/large", "reasoning"] == 1_000
    assert lines(both)["tiny/judge", "checks"] == 8
    assert by_model.cost_nanousd == by_part.cost_nanousd == both.cost_nanousd == 3_188


async def test_what_was_asked_to_route_is_apart_and_a_run_that_came_no_further_too(store: Path) -> None:
    grader = aside("classify", cost=Cost(input=9))
    fill(store, record("run_1", grader, a_call(cost=Cost(output=1))), record("run_2", grader))
    async with database_of(store) as database:
        told = await attribute(database, ("part", "model"))
    assert lines(told) == {("routing", "judge"): 18, ("output", "gpt-5.4-mini"): 1}


async def test_fees_of_tools_are_a_part_and_what_was_served_at_another_rate_is_apart(store: Path) -> None:
    searched = a_call(cost=Cost(output=10, tools=30))
    late, first = a_call(cost=Cost(output=5), rate="flex"), a_call(cost=Cost(output=8), rate="priority")
    fill(store, record("run_1", searched), record("run_2", late), record("run_3", searched, first))
    async with database_of(store) as database:
        told = await attribute(database, ("part",))
    assert lines(told) == {("tools",): 60, ("output",): 20, ("batch rate",): 5, ("priority rate",): 8}
    assert told.cost_nanousd == 93


async def test_the_vectors_of_questions_are_apart_also_where_a_similar_one_had_the_answer(store: Path) -> None:
    vector = aside("similar", cost=Cost(input=4))
    fill(store, record("run_1", vector, a_call(cost=Cost(output=1))), record("run_2", vector))
    async with database_of(store) as database:
        told = await attribute(database, ("part",))
    assert lines(told) == {("vectors",): 8, ("output",): 1}


async def test_what_caches_saved_stands_beside_what_they_are_billed_at(store: Path) -> None:
    cached = a_call(cost=Cost(input=10, cached=5, cache_write=3), cache_saved=42)
    written = a_call(cost=Cost(cache_write=30), cache_saved=-6)
    fill(store, record("run_1", cached, feature="chat"), record("run_2", written, written, feature="batch"))
    async with database_of(store) as database:
        told = await attribute(database, ("feature",))
        parts = await attribute(database, ("part",))
    assert {line.of[0]: line.cache_saved_nanousd for line in told.lines} == {"chat": 42, "batch": -12}
    assert {line.of[0]: line.cache_saved_nanousd for line in parts.lines if line.cache_saved_nanousd} == {"cached": 30}
    assert told.cache_saved_nanousd == 30


async def test_only_what_is_asked_for_is_counted(store: Path) -> None:
    fill(
        store,
        record("run_1", a_call(cost=Cost(output=1)), user="anna"),
        record("run_2", a_call(cost=Cost(output=10)), started_us=START_US + 5, user="bob"),
        record("run_3", a_call(cost=Cost(output=100)), tenant="globex", user="anna"),
    )
    async with database_of(store) as database:
        assert (await attribute(database, ("user",), tenant="acme")).cost_nanousd == 11
        assert lines(await attribute(database, ("user",), tenant="acme", user="anna")) == {("anna",): 1}
        assert (await attribute(database, ("tenant",), since_us=START_US + 1)).cost_nanousd == 10
        assert (await attribute(database, ("tenant",), since_us=START_US + 9)).lines == ()


def test_dimensions_are_named_and_those_there_are_told() -> None:
    assert dimensions_of("tenant, part") == ("tenant", "part")
    for text in ("", "tenant,", "team", "tenant model"):
        with pytest.raises(InvalidRequest, match="Write one or more of tenant, user, feature"):
            dimensions_of(text)


AT_RATES = {"flex": "batch rate", "batch": "batch rate", "priority": "priority rate"}
COSTS = st.builds(Cost, **dict.fromkeys(Cost.__struct_fields__, st.integers(0, 10**12)))
CALLS = st.one_of(
    st.builds(
        lambda cost, saved, name, rate: a_call(
            deployment=name, model=name.partition("/")[2], served_model="", cost=cost, cache_saved=saved, rate=rate
        ),
        COSTS,
        st.integers(-(10**6), 10**9),
        st.sampled_from(["a/small", "b/large", "b/meta/llama"]),
        st.sampled_from(["", "", *AT_RATES]),
    ),
    st.builds(
        lambda cost, purpose: aside(purpose, cost=cost), COSTS, st.sampled_from(["classify", "judge", "agreement"])
    ),
)
RUNS = st.lists(
    st.tuples(
        st.lists(CALLS, max_size=4),
        st.sampled_from(["acme", "globex"]),
        st.sampled_from([None, "anna", "=bob"]),
        st.sampled_from([None, "chat"]),
    ),
    max_size=6,
)


@ON_FILES
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=RUNS, by=st.lists(st.sampled_from(DIMENSIONS), min_size=1, unique=True))
async def test_whatever_it_is_split_by_the_lines_sum_to_the_ledger(
    made: list[Any], by: list[Any], store: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    copy = tmp_path_factory.mktemp("ledger") / "lanewise.db"
    shutil.copy(store, copy)
    records = [
        record(f"run_{number}", *calls, tenant=tenant, user=user, feature=feature)
        for number, (calls, tenant, user, feature) in enumerate(made)
    ]
    fill(copy, *records) if records else None
    async with database_of(copy) as database:
        told = await attribute(database, by)
        parts = await attribute(database, ("tenant", "part"))
    spent = sum(each.cost_nanousd for each in records)
    assert told.cost_nanousd == sum(line.cost_nanousd for line in told.lines) == spent
    assert told.cache_saved_nanousd == sum(line.cache_saved_nanousd for line in told.lines)
    ours: Counter[tuple[str, ...]] = Counter()
    for each, call in itertools.chain.from_iterable(((run, call) for call in run.trace.calls) for run in records):
        beside = {"classify": "routing", "judge": "checks", "agreement": "checks"}.get(call.lane)
        beside = beside or AT_RATES.get(call.rate)
        for part in Cost.__struct_fields__:
            ours[each.tenant, beside or part] += getattr(call.cost, part)
    assert {of: cost for of, cost in ours.items() if cost} == {of: cost for of, cost in lines(parts).items() if cost}
