"""Prometheus metrics: one registry per gateway, fed by finished runs. Every name is in docs/reference/metrics.md."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics import MetricWrapperBase

from lanewise.core.record import RunRecord

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


class Metrics:
    """Counts what happened. Label children are kept, so that a finished run costs a few additions."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._runs = Counter(
            "lanewise_runs", "Finished runs by lane and outcome.", ("lane", "outcome"), registry=self.registry
        )
        self._seconds = Histogram(
            "lanewise_run_seconds",
            "Time from admission to the durable record.",
            ("lane",),
            registry=self.registry,
            buckets=_SECONDS,
        )
        self._cost = Counter(
            "lanewise_cost_nanousd",
            "Nano-dollars charged, by lane and tenant.",
            ("lane", "tenant"),
            registry=self.registry,
        )
        self._calls = Counter(
            "lanewise_calls",
            "Provider calls by deployment and failure kind (`none` for a whole answer).",
            ("deployment", "failure"),
            registry=self.registry,
        )
        self.in_flight = Gauge("lanewise_requests_in_flight", "Requests being answered now.", registry=self.registry)
        self.rejected = Counter(
            "lanewise_rejected", "Requests refused before a run began, by kind.", ("kind",), registry=self.registry
        )
        self.ledger_healthy = Gauge(
            "lanewise_ledger_healthy", "1 while the store of record takes writes.", registry=self.registry
        )
        self._children: dict[tuple[str, ...], MetricWrapperBase] = {}

    def observe(self, record: RunRecord) -> None:
        """Count one finished run."""
        self._count("runs", self._runs, record.lane, record.outcome).inc()
        seconds = self._children.get(("seconds", record.lane))
        if seconds is None:
            seconds = self._children["seconds", record.lane] = self._seconds.labels(record.lane)
        assert isinstance(seconds, Histogram)
        seconds.observe(record.latency_us / 1e6)
        self._count("cost", self._cost, record.lane, record.tenant).inc(record.cost_nanousd)
        for call in record.trace.calls:
            self._count("calls", self._calls, call.deployment, call.failure or "none").inc()

    def render(self) -> bytes:
        """The registry in Prometheus' text format."""
        return generate_latest(self.registry)

    def _count(self, name: str, counter: Counter, *labels: str) -> Counter:
        child = self._children.get((name, *labels))
        if child is None:
            child = self._children[name, *labels] = counter.labels(*labels)
        assert isinstance(child, Counter)
        return child
