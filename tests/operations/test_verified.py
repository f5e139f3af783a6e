"""The headline figures: what counts as right, and what it cost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.operations.verified import evidence_error, verified


def row(verdict: str, kind: str = "", **more: Any) -> dict[str, Any]:
    sums = {"tenant": "acme", "lane": "standard", "feature": None, "task": None, "runs": 1, "cost_nanousd": 100}
    return sums | {"verdict": verdict, "verdict_kind": kind, "attempts": 1, "escalated": 0} | more


def test_only_proofs_are_right_and_all_answers_are_paid_for() -> None:
    rows = [
        row("accept", "proof", runs=4, cost_nanousd=400),
        row("accept", "evidence", runs=3, cost_nanousd=300),
        row("accept", "form", runs=2, cost_nanousd=200),
        row("reject", "proof", runs=1, cost_nanousd=100),
        row("unverifiable", "proof", runs=1, cost_nanousd=100),
        row("unchecked", runs=9, cost_nanousd=900),
    ]
    (lane,) = [each for each in verified(rows) if each.by == "lane"]
    assert (lane.runs, lane.checked, lane.proven, lane.evidence, lane.form, lane.wrong, lane.unverifiable) == (
        20, 11, 4, 3, 2, 1, 1,
    )  # fmt: skip
    assert lane.cost_per_proven_nanousd == 500


def test_where_nothing_is_proven_there_is_no_price() -> None:
    (lane, _) = verified([row("accept", "evidence")])
    assert lane.cost_per_proven_nanousd is None


def test_a_dearer_lane_is_measured_by_what_it_adds() -> None:
    rows = [
        row("accept", "proof", lane="small", runs=60, cost_nanousd=600),
        row("reject", "proof", lane="small", runs=40, cost_nanousd=400),
        row("accept", "proof", lane="reasoning", runs=90, cost_nanousd=9_000),
        row("reject", "proof", lane="reasoning", runs=10, cost_nanousd=1_000),
    ]
    small, reasoning = sorted(
        (each for each in verified(rows) if each.by == "lane"), key=lambda each: each.cost_nanousd
    )
    assert (small.cost_per_additional_nanousd, small.cost_per_proven_nanousd) == (None, 17)
    assert reasoning.cost_per_additional_nanousd == 300  # 90 more for 0.3 more of an answer


def test_a_dearer_lane_that_proves_no_more_has_no_such_price() -> None:
    rows = [row("accept", "proof"), row("accept", "proof", lane="reasoning", cost_nanousd=900)]
    assert all(each.cost_per_additional_nanousd is None for each in verified(rows))


def test_every_grouping_has_its_own_rows_and_what_is_not_named_is_left_out_but_of_lanes() -> None:
    rows = [row("accept", "proof", feature="search"), row("reject", "proof", task="sums", tenant="globex")]
    assert [(each.by, each.name, each.runs) for each in verified(rows)] == [
        ("lane", "standard", 2),
        ("tenant", "acme", 1),
        ("tenant", "globex", 1),
        ("feature", "search", 1),
        ("task", "sums", 1),
    ]


WORDS = st.sampled_from(["accept", "reject", "unverifiable", "unchecked"])


@given(st.lists(st.builds(row, WORDS, st.sampled_from(["proof", "evidence", "form"]), lane=st.sampled_from("ab"))))
def test_sums_are_those_of_the_rows(rows: list[dict[str, Any]]) -> None:
    lanes = [each for each in verified(rows) if each.by == "lane"]
    assert sum(each.runs for each in lanes) == len(rows)
    assert sum(each.cost_nanousd for each in lanes) == 100 * len(rows)
    for each in lanes:
        assert each.checked == each.proven + each.evidence + each.form + each.wrong + each.unverifiable


def test_the_error_of_evidence_comes_with_its_interval() -> None:
    found = evidence_error({"proved": 50, "wrong": 5})
    assert found.rate is not None
    assert found.rate.share == pytest.approx(0.1)
    assert found.rate.low < 0.1 < found.rate.high
    assert evidence_error({"proved": 0, "wrong": 0}).rate is None
