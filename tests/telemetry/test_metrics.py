"""Every metric by its exact name, labels and text: dashboards and alarms are written against these."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from lanewise.telemetry.metrics import Metrics
from stores.samples import a_call, a_record, a_trace

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
lanewise_calls_total{deployment="beta/large",failure="none"} 1.0
# HELP lanewise_rejected_total Requests refused before a run began, by kind.
# TYPE lanewise_rejected_total counter
lanewise_rejected_total{kind="rate_limit_error"} 2.0
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
# HELP lanewise_requests_in_flight Requests being answered now.
# TYPE lanewise_requests_in_flight gauge
lanewise_requests_in_flight 3.0
# HELP lanewise_ledger_healthy 1 while the store of record takes writes.
# TYPE lanewise_ledger_healthy gauge
lanewise_ledger_healthy 0.0
"""


def counted() -> Metrics:
    metrics = Metrics(ledger_healthy=lambda: False)
    calls = a_call(deployment="alpha/small", failure="overloaded"), a_call(deployment="beta/large")
    metrics.observe(a_record(outcome="fallback", trace=a_trace(*calls)))
    refused = a_record(lane="reasoning", tenant="globex", outcome="refused", cost_nanousd=0, latency_us=40_000)
    metrics.observe(msgspec.structs.replace(refused, trace=msgspec.structs.replace(refused.trace, calls=())))
    metrics.reject("rate_limit_error")
    metrics.reject("rate_limit_error")
    metrics.in_flight = 3
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
    for family in text_string_to_metric_families(counted().render().decode()):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = frozenset(label for sample in family.samples for label in sample.labels if label != "le")
        shown[name] = (family.type, labels)
    assert written == shown
