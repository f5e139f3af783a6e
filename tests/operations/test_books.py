from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from lanewise.core.record import CallRecord, RunRecord
from lanewise.core.usage import Cost
from lanewise.operations.books import Difference, reconcile
from lanewise.simulator.books import Books
from stores.samples import a_call, a_record, a_trace


async def runs(*records: RunRecord) -> AsyncIterator[RunRecord]:
    for record in records:
        yield record


def a_run(run_id: str, *calls: CallRecord) -> RunRecord:
    total = sum(call.cost.total_nanousd for call in calls)
    return a_record(run_id, trace=a_trace(calls=calls), cost_nanousd=total, calls=len(calls))


FIRST = a_call(
    deployment="openai/gpt", model="gpt", served_model="gpt", input_tokens=100, cached_tokens=64, output_tokens=50, reasoning_tokens=30,
    cost=Cost(input=36, cached=6, reasoning=300, output=200),
)  # fmt: skip
SECOND = a_call(
    deployment="anthropic/claude", model="claude", served_model="claude", input_tokens=10, cache_write_tokens=5, output_tokens=7,
    cost=Cost(input=5, cache_write=6, output=70),
)  # fmt: skip
FAILED = a_call(
    deployment="openai/gpt",
    model="gpt",
    served_model="",
    failure="overloaded",
    input_tokens=0,
    output_tokens=0,
    cost=Cost(),
)
BOOKS: dict[str, Any] = {
    "vendors": {
        "openai": {
            "gpt": {
                "calls": 3, "charged_calls": 2, "input_tokens": 200, "cached_input_tokens": 128, "cache_write_tokens": 0,
                "output_tokens": 100, "reasoning_tokens": 60, "cost_nanousd": 1084,
            },
            "unused": {
                "calls": 1, "charged_calls": 0, "input_tokens": 0, "cached_input_tokens": 0, "cache_write_tokens": 0,
                "output_tokens": 0, "reasoning_tokens": 0, "cost_nanousd": 0,
            },
        },
        "anthropic": {
            "claude": {
                "calls": 1, "charged_calls": 1, "input_tokens": 10, "cached_input_tokens": 0, "cache_write_tokens": 5,
                "output_tokens": 7, "reasoning_tokens": 0, "cost_nanousd": 81,
            }
        },
    }
}  # fmt: skip
LEDGER = (a_run("run_1", FIRST), a_run("run_2", FAILED, FIRST), a_run("run_3", SECOND))


async def test_a_ledger_and_books_that_agree_have_no_differences() -> None:
    assert await reconcile(runs(*LEDGER), BOOKS) == ()


async def test_one_unit_is_a_difference() -> None:
    books = msgspec.json.decode(msgspec.json.encode(BOOKS))
    books["vendors"]["anthropic"]["claude"]["cost_nanousd"] += 1
    books["vendors"]["openai"]["gpt"]["reasoning_tokens"] -= 1
    assert await reconcile(runs(*LEDGER), books) == (
        Difference(where="anthropic/claude", what="cost_nanousd", ledger=81, books=82),
        Difference(where="openai/gpt", what="reasoning_tokens", ledger=60, books=59),
    )


async def test_a_call_only_one_side_knows_is_a_difference() -> None:
    missing = await reconcile(runs(*LEDGER[1:]), BOOKS)
    assert Difference(where="openai/gpt", what="calls", ledger=1, books=2) in missing
    unbilled = await reconcile(runs(*LEDGER), {"vendors": {"openai": BOOKS["vendors"]["openai"]}})
    assert Difference(where="anthropic/claude", what="cost_nanousd", ledger=81, books=0) in unbilled


async def test_a_row_that_disagrees_with_its_own_trace_is_a_difference() -> None:
    wrong = msgspec.structs.replace(LEDGER[0], cost_nanousd=1)
    assert await reconcile(runs(wrong, *LEDGER[1:]), BOOKS) == (
        Difference(where="run_1", what="cost_nanousd of row and trace", ledger=1, books=542),
    )


async def test_the_simulators_books_are_read_as_it_tells_them() -> None:
    assert await reconcile(runs(), Books(most_calls=1, most_log_rows=1).books_json()) == ()
