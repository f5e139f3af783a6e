from __future__ import annotations

from lanewise.core.intervals import Interval, wilson
from lanewise.operations.checks_told import Climbing, Rescue, VerifierWeek
from lanewise.operations.verified import EvidenceError, verified
from lanewise.operations.verified_view import checks_notes, rescues_table, verified_tables, weeks_table
from operations.screens import shown

ROWS = [
    {
        "tenant": "acme", "lane": lane, "feature": "search", "task": None, "verdict": verdict, "verdict_kind": "proof",
        "runs": runs, "cost_nanousd": runs * 2_000_000, "attempts": runs, "escalated": 0,
    }
    for lane, verdict, runs in (("standard", "accept", 30), ("standard", "reject", 10))
]  # fmt: skip


def test_the_headline_is_a_table_for_each_grouping() -> None:
    text = "".join(shown(table) for table in verified_tables(verified(ROWS)))
    for by in ("lane", "tenant", "feature"):
        assert f"Cost of an answer that is proven right, by {by}" in text
    assert "$0.0027" in text


def test_without_a_check_there_is_no_headline() -> None:
    unchecked = [row | {"verdict": "unchecked", "verdict_kind": ""} for row in ROWS]
    assert list(verified_tables(verified(unchecked))) == []


def test_verifiers_and_rescues_have_tables() -> None:
    week = VerifierWeek(verifier="judge", week="2026-W48", answers=12, rejected=3, down=2, cost_nanousd=1_000_000)
    assert "30.0%" in shown(weeks_table([week]))
    rate = wilson(4, 10)
    assert rate is not None
    rescue = Rescue(verifier="judge", lane="standard", repaired=10, rescued=4, rate=rate)
    assert "40.0%" in shown(rescues_table([rescue]))


def test_notes_say_what_is_wrong_upstream_and_whether_climbing_pays() -> None:
    poor = Rescue(verifier="judge", lane="standard", repaired=20, rescued=2, rate=Interval(0.1, 0.03, 0.3))
    climbs = [
        Climbing(
            lane="standard",
            to="reasoning",
            runs=10,
            climbed=9,
            cost_nanousd=9_000_000_000,
            direct_nanousd=8_000_000_000,
        ),
        Climbing(
            lane="small", to="standard", runs=10, climbed=1, cost_nanousd=1_000_000_000, direct_nanousd=8_000_000_000
        ),
    ]
    evidence = EvidenceError(proved=50, wrong=5, rate=wilson(5, 50))
    error, upstream, dear, cheap = checks_notes(evidence, [poor], climbs)
    assert error.startswith("Evidence: of 50 answers accepted by evidence and proved later, 5 were wrong (10.0%")
    assert upstream.startswith("The problem is upstream: of 20 answers that judge rejected in lane standard")
    assert dear.startswith(
        "Climbing costs more than going direct: 10 runs that began in standard (9 climbed) cost $9.00"
    )
    assert cheap.startswith("Climbing pays")
