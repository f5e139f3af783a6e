"""What an operator reads of a drill: in 80 columns, with every figure, and with what failed."""

from __future__ import annotations

import io
import json

from rich.console import Console

from lab.drilled import an_incident
from lanewise.lab.checks import Check
from lanewise.lab.drill import DrillResult, IncidentResult
from lanewise.lab.drill_books import Compared
from lanewise.lab.drill_figures import Load, PassFigures
from lanewise.lab.drill_operator import BreakerStory, Readiness
from lanewise.lab.drill_stage import Happened
from lanewise.lab.drill_view import Setting, drill_json, drill_view
from lanewise.operations.breaker_times import BreakerTime
from lanewise.operations.report import Report, Waits
from lanewise.operations.troubles import ClassifierCalls, DegradationCount, EarlyStops, ExtraCalls, Outrun
from lanewise.operations.verified import EvidenceError

CALM = PassFigures(
    requests=4,
    answered=4,
    broken=0,
    refused=0,
    unanswered=0,
    degraded=0,
    hedged=0,
    calls=4,
    cost_nanousd=100_000_000,
    p50_us=50_000,
    p95_us=400_000,
    longest_us=900_000,
)
STRUCK = PassFigures(
    requests=4,
    answered=1,
    broken=1,
    refused=1,
    unanswered=1,
    degraded=1,
    hedged=1,
    calls=9,
    cost_nanousd=125_000_000,
    p50_us=60_000,
    p95_us=2_400_000,
    longest_us=3_700_000,
)
REPORT = Report(
    since_us=0,
    tenant=None,
    requests=4,
    time_us=1,
    cost_nanousd=1,
    lanes=(),
    verified=(),
    evidence=EvidenceError(proved=0, wrong=0, rate=None),
    verifiers=(),
    rescues=(),
    climbs=(),
    failures=(),
    repeats=(),
    extra_calls=(
        ExtraCalls(kind="fallback", calls=4, rescued=3, rescue_rate=0.75, failed=1, outrun=0, cost_nanousd=5),
    ),
    outrun=Outrun(calls=0, cost_nanousd=0, estimated=0),
    early_stops=EarlyStops(calls=0, cost_nanousd=0, spared_tokens=0, spared_nanousd=0),
    verified_stops=EarlyStops(calls=0, cost_nanousd=0, spared_tokens=0, spared_nanousd=0),
    classifier=ClassifierCalls(calls=0, failed=0, time_us=0, cost_nanousd=0),
    degradations=(
        DegradationCount(reason="fallback: overloaded", from_="simopen/x", to="simdeep/y", runs=2),
        DegradationCount(reason="fallback: overloaded", from_="simopen/z", to="simdeep/y", runs=1),
    ),
    waits=Waits(runs=2, answered=2, time_us=4_000_000, longest_us=2_500_000),
    breakers=(
        BreakerTime(lane="small", deployment="simopen/sim-small", openings=1, open_us=1_500_000, open_now=False),
    ),
    missing_traces=0,
)
GOOD = Check(name="it holds", passed=True, said="4 of 4")
BAD = Check(name="it does not", passed=False, said="0 of 4")
SETTING = Setting(time_scale=0.03, stretch=1.0, seed=0, kept=None)


def a_result(*checks: Check) -> DrillResult:
    one = IncidentResult(
        incident=an_incident(),
        calm=CALM,
        struck=STRUCK,
        loads=(Load(whom="simopen", calls=3, normal=4, calls_in_all=9, normal_in_all=9),),
        happened=(
            Happened(at_s=1.02, says="simopen answers 503 [not markup]", hits={"status": 3, "stall": 0}),
            Happened(at_s=2.0, says="simopen works again", hits={}),
        ),
        breakers=(
            BreakerStory(
                lane="small", deployment="simopen/sim-small", opened_s=1.1, probes=1, closed_s=2.5, open_in_all_s=1.4
            ),
            BreakerStory(
                lane="deep", deployment="simopen/sim-reasoner", opened_s=1.2, probes=2, closed_s=None, open_in_all_s=1.8
            ),
        ),
        ready=(
            Readiness(at_s=0.0, status="ready", degraded=(), resting=(), held=()),
            Readiness(
                at_s=1.2, status="degraded", degraded=("small",), resting=("small: x open",), held=("simdeep/y",)
            ),
            Readiness(at_s=1.4, status="degraded", degraded=("small",), resting=(), held=("simdeep/y",)),
        ),
        report=REPORT,
        compared=Compared(
            calls=13, whole=9, cut_short=2, lost=0, estimated_nanousd=4_000_000, charged_nanousd=5_000_000, wrong=()
        ),
        checks=checks,
        elapsed_s=8.0,
    )
    return DrillResult(incidents=(one,), elapsed_s=9.0)


def shown(*checks: Check) -> str:
    console = Console(file=io.StringIO(), width=80)
    console.print(drill_view(a_result(*checks), SETTING))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_it_fits_80_columns_with_nothing_cut() -> None:
    text = shown(GOOD)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text


def test_both_passes_stand_beside_each_other() -> None:
    rows = {
        line.split("  ")[0]: line.split() for line in shown(GOOD).splitlines() if line.startswith(("in calm", "struck"))
    }
    assert rows["in calm"][2:] == ["4", "100.0%", "0", "0", "0", "0.0%", "50", "ms", "400", "ms", "900", "ms", "$0.10"]
    assert rows["struck"][1:7] == ["4", "25.0%", "1", "1", "1", "100.0%"]
    words = " ".join(shown(GOOD).split())
    assert "Beside calm: +25.0% cost, P50 +10 ms, P95 +2000 ms, +5 calls, 1 answer hedged." in words


def test_what_happened_and_what_the_operator_saw_is_told() -> None:
    words = " ".join(shown(GOOD).split())
    assert "1.02 s simopen answers 503 [not markup] (hit: status 3)" in words
    assert "- log: small, simopen/sim-small: breaker opened at 1.10 s, 1 probe, closed at 2.50 s" in words
    assert "- log: deep, simopen/sim-reasoner: breaker opened at 1.20 s, 2 probes, still open at the end" in words
    assert "- /ready: status ready, degraded" in words
    assert "- /ready: could not answer by itself: small from 1.2 s" in words
    assert "- /ready: held, as its vendor asked: simdeep/y from 1.2 s" in words
    assert "- report: fallback calls: 4, 3 gave the answer (75.0%)" in words
    assert "- report: degradations: fallback: overloaded 3" in words
    assert "- report: waited for a vendor: 2 runs, 2 answered, the longest 2.5 s" in words
    assert "- report: breakers: 1 openings, open for 1.5 s in all" in words
    assert "- report: calls cut short: 2, billed as $0.0040 where their vendors charge $0.0050" in words


def test_what_does_not_hold_stands_out() -> None:
    words = " ".join(shown(GOOD, BAD).split())
    assert "FAILED it does not: 0 of 4" in words
    assert "0.75 x FAILED" in words
    assert "0.75 x ok" in " ".join(shown(GOOD).split())


def test_the_same_is_there_as_data() -> None:
    told = json.loads(json.dumps(drill_json(a_result(GOOD, BAD), SETTING)))
    assert (told["passed"], told["simulated"], told["time_scale"]) == (False, True, 0.03)
    (incident,) = told["incidents"]
    assert incident["name"] == "it"
    assert (incident["struck"]["availability"], incident["extra_cost_nanousd"]) == (0.25, 25_000_000)
    assert incident["loads"][0]["ratio"] == 0.75
    assert incident["happened"][0]["hits"] == {"status": 3, "stall": 0}
    assert incident["operator"]["breakers"][0]["deployment"] == "simopen/sim-small"
    assert incident["operator"]["ready"][1]["degraded"] == ["small"]
    assert incident["operator"]["report"]["degradations"][0]["from"] == "simopen/x"
    assert incident["books"]["cut_short"] == 2
    assert [check["passed"] for check in incident["checks"]] == [True, False]
