from __future__ import annotations

from lanewise.core.usage import Cost
from lanewise.stores.cost_rows import cost_rows
from lanewise.stores.schema import run_costs
from stores.samples import START_US, a_call, a_record, a_trace


def test_a_run_of_one_call_says_all_in_its_own_row() -> None:
    assert cost_rows(a_record(trace=a_trace(a_call()))) == []
    assert cost_rows(a_record(calls=0, trace=a_trace(reason="rule:1"), deployment="openai/gpt-5.4-mini")) == []


def test_calls_of_one_purpose_to_one_model_are_one_row() -> None:
    call = a_call(cost=Cost(input=1, cached=2, cache_write=3, reasoning=4, output=5, tools=7), cache_saved=6)
    grader = a_call(
        lane="classify", reason="classify", deployment="tiny/judge", served_model="", model="judge", cost=Cost()
    )
    rows = [
        dict(zip(run_costs.columns.keys(), row, strict=True))
        for row in cost_rows(a_record(calls=3, trace=a_trace(call, call, grader)))
    ]
    assert [(row["purpose"], row["deployment"], row["model"], row["calls"]) for row in rows] == [
        ("", "openai/gpt-5.4-mini", "gpt-5.4-mini", 2),
        ("classify", "tiny/judge", "judge", 1),
    ]
    assert {name: rows[0][name] for name in rows[0] if name.startswith("c") and name != "calls"} == {
        "cost_input": 2, "cost_cached": 4, "cost_cache_write": 6, "cost_reasoning": 8, "cost_output": 10, "cache_saved": 12,
        "cost_tools": 14,
    }  # fmt: skip
    assert (rows[0]["run_id"], rows[0]["started_us"]) == ("run_1", START_US)


def test_a_lane_of_the_name_of_a_reason_is_no_question_of_our_own() -> None:
    calls = (a_call(lane="first", reason="first"), a_call(lane="first", reason="fallback: overloaded"))
    assert {row[2] for row in cost_rows(a_record(calls=2, trace=a_trace(*calls)))} == {""}


def test_an_answer_at_another_rate_has_a_row_by_that_name_also_where_it_is_all_of_the_run() -> None:
    assert [row[2] for row in cost_rows(a_record(trace=a_trace(a_call(rate="flex"))))] == ["@flex"]
    judge = a_call(lane="judge", reason="judge", rate="flex")
    assert [row[2] for row in cost_rows(a_record(calls=2, trace=a_trace(a_call(), judge)))] == ["", "judge"]
