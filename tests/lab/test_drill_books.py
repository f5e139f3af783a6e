"""The ledger against the vendors' rows, call by call: whole ones to the unit, cut ones by their number."""

from __future__ import annotations

from typing import Any

import pytest

from lab.drilled import a_run, called
from lanewise.core.failure import FailureKind
from lanewise.lab.drill_books import compare


def a_row(**changes: Any) -> dict[str, Any]:
    """The vendor's row of the call that `called` makes."""
    row = {
        "request_id": "req_simopen",
        "vendor": "simopen",
        "model": "sim-small",
        "charged": True,
        "input_tokens": 100,
        "cached_input_tokens": 0,
        "cache_write_tokens": 0,
        "output_tokens": 50,
        "reasoning_tokens": 0,
        "cost_nanousd": 300_000,
    }
    return {**row, **changes}


def test_whole_calls_agree_to_the_unit() -> None:
    found = compare([a_run(1, called())], [a_row()])
    assert (found.calls, found.whole, found.cut_short, found.wrong) == (1, 1, 0, ())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"output_tokens": 51}, "output_tokens: ledger 50, books 51"),
        ({"cached_input_tokens": 1}, "cached_tokens: ledger 0, books 1"),
        ({"cost_nanousd": 300_001}, "cost: ledger 300,000, books 300,001"),
    ],
)
def test_a_unit_more_is_found(change: dict[str, Any], told: str) -> None:
    (wrong,) = compare([a_run(1, called())], [a_row(**change)]).wrong
    assert told in wrong


def test_a_call_that_was_cut_short_is_estimated_and_both_sums_are_told() -> None:
    cut = called(estimated=True, failure=FailureKind.CUT_STREAM)
    found = compare([a_run(1, cut)], [a_row(output_tokens=70, cost_nanousd=400_000)])
    assert (found.whole, found.cut_short, found.wrong) == (0, 1, ())
    assert (found.estimated_nanousd, found.charged_nanousd) == (300_000, 400_000)


def test_a_call_that_nobody_named_is_known_by_its_number() -> None:
    outrun = called(estimated=True, failure=FailureKind.OUTRUN, vendor_request_id="")
    assert compare([a_run(1, outrun)], [a_row()]).wrong == ()
    (wrong,) = compare([a_run(1, outrun)], [a_row(), a_row(request_id="req_2")]).wrong[-1:]
    assert "2 calls without a name here are charged; the ledger estimates 1" in wrong


def test_a_connection_lost_before_a_word_may_be_charged_and_is_told_apart() -> None:
    lost = called(failure=FailureKind.CONNECTION_LOST, vendor_request_id="", cost=called().cost)
    found = compare([a_run(1, lost)], [a_row()])
    assert (found.wrong, found.lost, found.cut_short) == ((), 1, 1)


def test_a_request_the_ledger_does_not_have_is_found() -> None:
    (wrong,) = compare([a_run(1, called())], [a_row(), a_row(request_id="req_2", charged=False)]).wrong
    assert wrong == "simopen/sim-small: 2 requests arrived, the ledger has 1"


def test_a_call_that_never_reached_its_vendor_is_no_call_of_it() -> None:
    refused = called(failure=FailureKind.UNREACHABLE, vendor_request_id="")
    found = compare([a_run(1, refused, called("simdeep/x", vendor_request_id="req_d"))], [])
    assert (found.calls, found.wrong) == (1, ())


def test_a_failed_call_that_is_free_on_both_sides_agrees() -> None:
    refused = called(failure=FailureKind.OVERLOADED, input_tokens=0, output_tokens=0, cost=type(called().cost)())
    row = a_row(charged=False, input_tokens=0, output_tokens=0, cost_nanousd=0)
    assert compare([a_run(1, refused)], [row]).wrong == ()
