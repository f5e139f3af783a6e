"""Every metric by its exact name, labels and text: dashboards and alarms are written against these."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from lanewise.core.cached_answer import CacheState
from lanewise.core.events import Degraded, Escalated
from lanewise.core.protocols.breaker import BreakerState, Position
from lanewise.core.protocols.pace import PaceState
from lanewise.core.record import CheckRecord
from lanewise.core.similar import Looked, SimilarState
from lanewise.telemetry.metrics import Metrics
from lanewise.telemetry.metrics_of_copies import of_copies
from stores.samples import a_call, a_record, a_trace
from telemetry.budget_figures import Figures
from telemetry.crowded import CROWD
from telemetry.test_similar_metrics import STANDING

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "metrics.md"

#: One run of 1.0 s that fell back, one of 0.04 s that was refused, and a request that never became a run.
EXPOSITION = """\
# HELP lanewise_runs_total Finished runs by lane and outcome.
# TYPE lanewise_runs_total counter
lanewise_runs_total{lane="standard",outcome="fallback"} 1.0
lanewise_runs_total{lane="reasoning",outcome="refused"} 1.0
# HELP lanewise_cost_nanousd_total Nano-dollars charged, by lane and tenant.
# TYPE lanewise_cost_nanousd_total counter
lanewise_cost_nanousd_total{lane="standard",tenant="acme"} 300000.0
lanewise_cost_nanousd_total{lane="reasoning",tenant="globex"} 0.0
# HELP lanewise_calls_total Provider calls by deployment and failure kind (`none` for a whole answer).
# TYPE lanewise_calls_total counter
lanewise_calls_total{deployment="alpha/small",failure="overloaded"} 1.0
lanewise_calls_total{deployment="gamma/small",failure="outrun"} 1.0
lanewise_calls_total{deployment="beta/large",failure="none"} 1.0
# HELP lanewise_extra_calls_total Calls made for another reason than that a run began, by reason and result.
# TYPE lanewise_extra_calls_total counter
lanewise_extra_calls_total{reason="hedge",result="outrun"} 1.0
lanewise_extra_calls_total{reason="fallback",result="answered"} 1.0
# HELP lanewise_degradations_total What answered instead of what was asked for, by reason.
# TYPE lanewise_degradations_total counter
lanewise_degradations_total{from="alpha/small",reason="fallback: overloaded",to="beta/large"} 1.0
# HELP lanewise_verdicts_total Runs whose answer was checked, by lane, verdict and its kind.
# TYPE lanewise_verdicts_total counter
lanewise_verdicts_total{kind="proof",lane="standard",verdict="accept"} 1.0
# HELP lanewise_late_verdicts_total Verdicts that came after their run was over, by what they say.
# TYPE lanewise_late_verdicts_total counter
lanewise_late_verdicts_total{verdict="reject"} 1.0
# HELP lanewise_checks_total Verifiers' words on answers, `down` where one gave none.
# TYPE lanewise_checks_total counter
lanewise_checks_total{verdict="reject",verifier="math_answer"} 1.0
lanewise_checks_total{verdict="accept",verifier="math_answer"} 1.0
# HELP lanewise_escalations_total Climbs from one lane to the next, by reason.
# TYPE lanewise_escalations_total counter
lanewise_escalations_total{from="small",reason="reject",to="standard"} 1.0
# HELP lanewise_rejected_total Requests refused before a run began, by kind.
# TYPE lanewise_rejected_total counter
lanewise_rejected_total{kind="rate_limit_error"} 2.0
# HELP lanewise_idempotent_requests_total Requests with an idempotency key, by result.
# TYPE lanewise_idempotent_requests_total counter
lanewise_idempotent_requests_total{result="first"} 5.0
lanewise_idempotent_requests_total{result="replayed"} 2.0
# HELP lanewise_cache_events_total What came of requests and answers in the cache.
# TYPE lanewise_cache_events_total counter
lanewise_cache_events_total{event="hit"} 4.0
lanewise_cache_events_total{event="miss"} 9.0
# HELP lanewise_cache_answers Answers that may be given again.
# TYPE lanewise_cache_answers gauge
lanewise_cache_answers{where="memory"} 6.0
lanewise_cache_answers{where="store"} 8.0
# HELP lanewise_cache_memory_bytes What they take in memory.
# TYPE lanewise_cache_memory_bytes gauge
lanewise_cache_memory_bytes 12000.0
# HELP lanewise_cache_saved_nanousd_total What answers had cost that were given again, by how they were found, and tenant.
# TYPE lanewise_cache_saved_nanousd_total counter
lanewise_cache_saved_nanousd_total{found="exact",tenant="globex"} 41.0
# HELP lanewise_run_seconds Time from admission to the handed-over record.
# TYPE lanewise_run_seconds histogram
lanewise_run_seconds_bucket{lane="standard",le="0.05"} 0.0
lanewise_run_seconds_bucket{lane="standard",le="0.1"} 0.0
lanewise_run_seconds_bucket{lane="standard",le="0.25"} 0.0
lanewise_run_seconds_bucket{lane="standard",le="0.5"} 0.0
lanewise_run_seconds_bucket{lane="standard",le="1.0"} 1.0
lanewise_run_seconds_bucket{lane="standard",le="2.5"} 1.0
lanewise_run_seconds_bucket{lane="standard",le="5.0"} 1.0
lanewise_run_seconds_bucket{lane="standard",le="10.0"} 1.0
lanewise_run_seconds_bucket{lane="standard",le="30.0"} 1.0
lanewise_run_seconds_bucket{lane="standard",le="60.0"} 1.0
lanewise_run_seconds_bucket{lane="standard",le="120.0"} 1.0
lanewise_run_seconds_bucket{lane="standard",le="300.0"} 1.0
lanewise_run_seconds_bucket{lane="standard",le="600.0"} 1.0
lanewise_run_seconds_bucket{lane="standard",le="+Inf"} 1.0
lanewise_run_seconds_count{lane="standard"} 1.0
lanewise_run_seconds_sum{lane="standard"} 1.0
"""
GAUGES = """\
# HELP lanewise_breaker_position Circuit breakers: 0 closed, 1 half open, 2 open.
# TYPE lanewise_breaker_position gauge
lanewise_breaker_position{deployment="alpha/small",lane="standard"} 2.0
lanewise_breaker_position{deployment="alpha/small",lane="fast"} 1.0
lanewise_breaker_position{deployment="beta/large",lane="standard"} 0.0
# HELP lanewise_breaker_opens_total How often a breaker has opened.
# TYPE lanewise_breaker_opens_total counter
lanewise_breaker_opens_total{deployment="alpha/small",lane="standard"} 3.0
lanewise_breaker_opens_total{deployment="alpha/small",lane="fast"} 1.0
lanewise_breaker_opens_total{deployment="beta/large",lane="standard"} 0.0
# HELP lanewise_breaker_open_seconds_total Seconds for which a breaker was not closed.
# TYPE lanewise_breaker_open_seconds_total counter
lanewise_breaker_open_seconds_total{deployment="alpha/small",lane="standard"} 90.5
lanewise_breaker_open_seconds_total{deployment="alpha/small",lane="fast"} 30.0
lanewise_breaker_open_seconds_total{deployment="beta/large",lane="standard"} 0.0
# HELP lanewise_pace_running Calls under way at a deployment, all lanes together.
# TYPE lanewise_pace_running gauge
lanewise_pace_running{deployment="alpha/small"} 2.0
lanewise_pace_running{deployment="beta/large"} 5.0
# HELP lanewise_pace_limit Calls at once that a deployment was found to take.
# TYPE lanewise_pace_limit gauge
lanewise_pace_limit{deployment="alpha/small"} 4.0
# HELP lanewise_pace_held_seconds For how long from now a deployment is left alone because its vendor said so.
# TYPE lanewise_pace_held_seconds gauge
lanewise_pace_held_seconds{deployment="alpha/small"} 12.5
lanewise_pace_held_seconds{deployment="beta/large"} 0.0
# HELP lanewise_requests_waiting Requests that wait until a vendor may be back.
# TYPE lanewise_requests_waiting gauge
lanewise_requests_waiting 7.0
# HELP lanewise_requests_in_flight Requests being answered now.
# TYPE lanewise_requests_in_flight gauge
lanewise_requests_in_flight 3.0
# HELP lanewise_ledger_healthy 1 while the store of record takes writes.
# TYPE lanewise_ledger_healthy gauge
lanewise_ledger_healthy 0.0
"""


def breaker(name: str, lane: str, position: Position, opens: int, open_s: float) -> BreakerState:
    return BreakerState(
        lane=lane,
        deployment=name,
        position=position,
        calls=10,
        failed=5,
        opens_in_all=opens,
        open_s=open_s,
        retry_after_s=0.0,
    )


BREAKERS = [
    breaker("alpha/small", "standard", "open", 3, 90.5),
    breaker("alpha/small", "fast", "half_open", 1, 30.0),
    breaker("beta/large", "standard", "closed", 0, 0.0),
]
PACES = [
    PaceState(deployment="alpha/small", running=2, limit=4, held_s=12.5),
    PaceState(deployment="beta/large", running=5, limit=None, held_s=0.0),
]


SIMILAR = SimilarState(
    events={("acme", "hit"): 7}, questions=9, standings=(STANDING,), lookups={("index", Looked.LATE): 3}
)


def counted() -> Metrics:
    metrics = Metrics(
        ledger_healthy=lambda: False,
        breakers=lambda: BREAKERS,
        paces=lambda: PACES,
        waiting=lambda: 7,
        idempotent=lambda: {"first": 5, "replayed": 2},
        cache=lambda: CacheState(events={"hit": 4, "miss": 9}, memory_answers=6, memory_bytes=12_000, stored_answers=8),
    )
    calls = (
        a_call(deployment="alpha/small", failure="overloaded"),
        a_call(deployment="gamma/small", reason="hedge", failure="outrun"),
        a_call(deployment="beta/large", reason="fallback: overloaded"),
    )
    switched = Degraded(reason="fallback: overloaded", from_="alpha/small", to="beta/large")
    checks = tuple(CheckRecord(verifier="math_answer", kind="proof", verdict=word) for word in ("reject", "accept"))
    climbed = (Escalated(reason="reject: math_answer", from_="small", to="standard"),)
    trace = a_trace(*calls, degraded=(switched,), checks=checks, escalated=climbed)
    metrics.observe(
        a_record(outcome="fallback", degraded=True, trace=trace, escalated=True, verdict="accept", verdict_kind="proof")
    )
    refused = a_record(lane="reasoning", tenant="globex", outcome="refused", cost_nanousd=0, latency_us=40_000)
    refused = msgspec.structs.replace(refused, recalled="exact", saved_nanousd=41)
    metrics.observe(msgspec.structs.replace(refused, trace=msgspec.structs.replace(refused.trace, calls=())))
    metrics.late_verdict("reject")
    metrics.reject("rate_limit_error")
    metrics.reject("rate_limit_error")
    metrics.in_flight = 3
    metrics.budget = Figures()
    metrics.crowd = lambda: CROWD
    metrics.similar = lambda: SIMILAR
    return metrics


def test_the_whole_exposition() -> None:
    text = counted().render().decode()
    lines = [line for line in text.splitlines(keepends=True) if 'run_seconds_bucket{lane="reasoning"' not in line]
    assert "".join(lines).startswith(EXPOSITION)
    assert text.endswith(GAUGES)


def test_a_run_s_time_is_in_its_bucket_and_in_all_that_are_longer() -> None:
    metrics = Metrics()
    for latency_us in (50_000, 50_001, 700_000_000):
        metrics.observe(a_record(latency_us=latency_us))

    text = metrics.render().decode()
    buckets = dict(re.findall(r'run_seconds_bucket\{lane="standard",le="([^"]+)"\} (\S+)', text))
    assert (buckets["0.05"], buckets["0.1"], buckets["600.0"], buckets["+Inf"]) == ("1.0", "2.0", "2.0", "3.0")
    assert 'lanewise_run_seconds_sum{lane="standard"} 700.100001' in text


@pytest.mark.parametrize(
    ("reason", "failure", "shown"),
    [
        ("retry: server_error", None, 'reason="retry",result="answered"'),
        ("wider: length", "deadline", 'reason="wider",result="failed"'),
        ("degraded: slow", "cancelled", 'reason="degraded",result="cancelled"'),
        ("waited: overloaded", None, 'reason="waited",result="answered"'),
        ("hedge", "outrun", 'reason="hedge",result="outrun"'),
        ("classify", "deadline", 'reason="classify",result="failed"'),
    ],
)
def test_why_a_call_was_made_is_counted_with_what_came_of_it(reason: str, failure: str | None, shown: str) -> None:
    metrics = Metrics()
    metrics.observe(a_record(trace=a_trace(a_call(), a_call(reason=reason, failure=failure))))
    assert re.findall(r"extra_calls_total\{(.*)\} 1.0", metrics.render().decode()) == [shown]


def test_names_that_policies_and_callers_choose_cannot_break_the_text() -> None:
    metrics = Metrics()
    odd = 'a"b\\c\nd'
    metrics.observe(a_record(lane=odd, tenant=odd))

    families = list(text_string_to_metric_families(metrics.render().decode()))
    assert {sample.labels["lane"] for family in families for sample in family.samples if "lane" in sample.labels} == {
        odd
    }


def test_the_reference_names_every_metric_with_its_kind_and_labels_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|([^|]*)\|", REFERENCE.read_text(), re.MULTILINE)
    written = {name: (kind, frozenset(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}

    shown = {}
    of_all = of_copies({0: None}).decode()  # what the port of several copies tells besides
    for family in text_string_to_metric_families(counted().render().decode() + of_all):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = frozenset(label for sample in family.samples for label in sample.labels if label != "le")
        shown[name] = (family.type, labels)
    assert written == shown
