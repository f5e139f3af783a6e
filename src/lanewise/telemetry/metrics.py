"""Prometheus metrics: plain counts while requests run, made into metric families when they are asked for.

Every name is in docs/reference/metrics.md. A finished run costs a few dict additions; prometheus-client's own counters cost ten times that.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from lanewise.core.cached_answer import CacheState
from lanewise.core.failure import FailureKind
from lanewise.core.protocols.admission import CrowdState
from lanewise.core.protocols.breaker import BreakerState, Position
from lanewise.core.protocols.pace import PaceState
from lanewise.core.record import RunRecord
from lanewise.core.similar import SimilarState
from lanewise.telemetry.budget_metrics import NO_BUDGETS, BudgetFigures, budget_families
from lanewise.telemetry.limit_metrics import NOBODY, limit_families
from lanewise.telemetry.similar_metrics import similar_families

_Labels = TypeVar("_Labels", bound=tuple[str, ...])
_POSITIONS: dict[Position, int] = {"closed": 0, "half_open": 1, "open": 2}
_RESULTS: dict[str, str] = {FailureKind.OUTRUN: "outrun", FailureKind.CANCELLED: "cancelled"}
_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)


class _Latency:
    """One lane's run times."""

    __slots__ = ("counts", "total_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(_BUCKETS_S) + 1)
        self.total_s = 0.0


class Metrics(Collector):
    """Counts what happened."""

    def __init__(
        self,
        *,
        ledger_healthy: Callable[[], bool] = lambda: True,
        breakers: Callable[[], Sequence[BreakerState]] = tuple,
        paces: Callable[[], Sequence[PaceState]] = tuple,
        waiting: Callable[[], int] = lambda: 0,
        idempotent: Callable[[], Mapping[str, int]] = dict,
        cache: Callable[[], CacheState] = CacheState,
    ) -> None:
        """All of these are asked when the metrics are."""
        self.in_flight = 0  # requests being answered now
        self._ledger_healthy = ledger_healthy
        self._breakers = breakers
        self._paces = paces
        self._waiting = waiting
        self._idempotent = idempotent
        self._cache = cache
        self.budget: BudgetFigures = NO_BUDGETS
        self.crowd: Callable[[], CrowdState] = lambda: NOBODY
        self.similar: Callable[[], SimilarState] = SimilarState
        self._runs: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._cost_nanousd: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._saved_nanousd: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._calls: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._extra_calls: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._degradations: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self._rejected: defaultdict[str, int] = defaultdict(int)
        self._verdicts: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self._late_verdicts: defaultdict[tuple[str], int] = defaultdict(int)
        self._checks: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._escalations: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self._latency: defaultdict[str, _Latency] = defaultdict(_Latency)
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def observe(self, record: RunRecord) -> None:
        """Count one finished run."""
        lane = record.lane
        self._runs[lane, record.outcome] += 1
        self._cost_nanousd[lane, record.tenant] += record.cost_nanousd
        if record.saved_nanousd:
            self._saved_nanousd[record.recalled, record.tenant] += record.saved_nanousd
        latency, seconds = self._latency[lane], record.latency_us / 1e6
        latency.counts[bisect_left(_BUCKETS_S, seconds)] += 1
        latency.total_s += seconds
        for call in record.trace.calls:
            self._calls[call.deployment, call.failure or "none"] += 1
            if call.reason != "first":
                result = "answered" if call.failure is None else _RESULTS.get(call.failure, "failed")
                self._extra_calls[call.kind, result] += 1
        if record.trace.checks or record.escalated:
            self._weigh(record)
        if record.degraded:
            for step in record.trace.degraded:
                self._degradations[step.reason, step.from_, step.to] += 1

    def _weigh(self, record: RunRecord) -> None:
        self._verdicts[record.lane, record.verdict, record.verdict_kind or "none"] += 1
        for check in record.trace.checks:
            if not check.partial:
                self._checks[check.verifier, check.verdict] += 1
        for step in record.trace.escalated:
            self._escalations[step.from_, step.to, step.reason.partition(":")[0]] += 1

    def reject(self, kind: str) -> None:
        """Count a request that was refused before a run began."""
        self._rejected[kind] += 1

    def late_verdict(self, word: str) -> None:
        """Count a verdict that came after its run was over."""
        self._late_verdicts[(word,)] += 1

    def render(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily]:
        """The families, as prometheus-client asks for them."""
        yield _counter("lanewise_runs", "Finished runs by lane and outcome.", ("lane", "outcome"), self._runs)
        yield _counter(
            "lanewise_cost_nanousd", "Nano-dollars charged, by lane and tenant.", ("lane", "tenant"), self._cost_nanousd
        )
        yield _counter(
            "lanewise_calls",
            "Provider calls by deployment and failure kind (`none` for a whole answer).",
            ("deployment", "failure"),
            self._calls,
        )
        yield _counter(
            "lanewise_extra_calls",
            "Calls made for another reason than that a run began, by reason and result.",
            ("reason", "result"),
            self._extra_calls,
        )
        yield _counter(
            "lanewise_degradations",
            "What answered instead of what was asked for, by reason.",
            ("reason", "from", "to"),
            self._degradations,
        )
        yield from self._of_checks()
        rejected = {(kind,): count for kind, count in self._rejected.items()}
        yield _counter("lanewise_rejected", "Requests refused before a run began, by kind.", ("kind",), rejected)
        idempotent = {(result,): count for result, count in self._idempotent().items()}
        yield _counter(
            "lanewise_idempotent_requests", "Requests with an idempotency key, by result.", ("result",), idempotent
        )
        yield from _cache_families(self._cache(), self._saved_nanousd)
        yield self._seconds()
        yield from chain(budget_families(self.budget), limit_families(self.crowd()), similar_families(self.similar()))
        yield from _breaker_families(self._breakers())
        yield from _pace_families(self._paces())
        yield GaugeMetricFamily(
            "lanewise_requests_waiting", "Requests that wait until a vendor may be back.", value=self._waiting()
        )
        yield GaugeMetricFamily("lanewise_requests_in_flight", "Requests being answered now.", value=self.in_flight)
        yield GaugeMetricFamily(
            "lanewise_ledger_healthy", "1 while the store of record takes writes.", value=self._ledger_healthy()
        )

    def _of_checks(self) -> Iterator[CounterMetricFamily]:
        yield _counter(
            "lanewise_verdicts",
            "Runs whose answer was checked, by lane, verdict and its kind.",
            ("lane", "verdict", "kind"),
            self._verdicts,
        )
        yield _counter(
            "lanewise_late_verdicts",
            "Verdicts that came after their run was over, by what they say.",
            ("verdict",),
            self._late_verdicts,
        )
        yield _counter(
            "lanewise_checks",
            "Verifiers' words on answers, `down` where one gave none.",
            ("verifier", "verdict"),
            self._checks,
        )
        yield _counter(
            "lanewise_escalations",
            "Climbs from one lane to the next, by reason.",
            ("from", "to", "reason"),
            self._escalations,
        )

    def _seconds(self) -> HistogramMetricFamily:
        family = HistogramMetricFamily(
            "lanewise_run_seconds", "Time from admission to the handed-over record.", labels=("lane",)
        )
        for lane, latency in self._latency.items():
            below, buckets = 0, []
            for bound, count in zip((*map(str, _BUCKETS_S), "+Inf"), latency.counts, strict=True):
                below += count
                buckets.append((bound, below))
            family.add_metric((lane,), buckets, latency.total_s)
        return family


def _cache_families(
    state: CacheState, saved_nanousd: Mapping[tuple[str, str], int]
) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
    events = {(event,): count for event, count in state.events.items()}
    yield _counter("lanewise_cache_events", "What came of requests and answers in the cache.", ("event",), events)
    held = GaugeMetricFamily("lanewise_cache_answers", "Answers that may be given again.", labels=("where",))
    held.add_metric(("memory",), state.memory_answers)
    held.add_metric(("store",), state.stored_answers)
    yield held
    yield GaugeMetricFamily("lanewise_cache_memory_bytes", "What they take in memory.", value=state.memory_bytes)
    yield _counter(
        "lanewise_cache_saved_nanousd",
        "What answers had cost that were given again, by how they were found, and tenant.",
        ("found", "tenant"),
        saved_nanousd,
    )


def _breaker_families(states: Sequence[BreakerState]) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
    labels = ("lane", "deployment")
    position = GaugeMetricFamily(
        "lanewise_breaker_position", "Circuit breakers: 0 closed, 1 half open, 2 open.", labels=labels
    )
    opens = CounterMetricFamily("lanewise_breaker_opens", "How often a breaker has opened.", labels=labels)
    open_s = CounterMetricFamily(
        "lanewise_breaker_open_seconds", "Seconds for which a breaker was not closed.", labels=labels
    )
    for each in states:
        whose = (each.lane, each.deployment)
        position.add_metric(whose, _POSITIONS[each.position])
        opens.add_metric(whose, each.opens_in_all)
        open_s.add_metric(whose, each.open_s)
    yield from (position, opens, open_s)


def _pace_families(states: Sequence[PaceState]) -> Iterator[GaugeMetricFamily]:
    running = GaugeMetricFamily(
        "lanewise_pace_running", "Calls under way at a deployment, all lanes together.", labels=("deployment",)
    )
    limit = GaugeMetricFamily(
        "lanewise_pace_limit", "Calls at once that a deployment was found to take.", labels=("deployment",)
    )
    held = GaugeMetricFamily(
        "lanewise_pace_held_seconds",
        "For how long from now a deployment is left alone because its vendor said so.",
        labels=("deployment",),
    )
    for each in states:
        running.add_metric((each.deployment,), each.running)
        if each.limit is not None:
            limit.add_metric((each.deployment,), each.limit)
        held.add_metric((each.deployment,), each.held_s)
    yield from (running, limit, held)


def _counter(
    name: str, documentation: str, labels: tuple[str, ...], counts: Mapping[_Labels, int]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, documentation, labels=labels)
    for values, count in counts.items():
        family.add_metric(values, count)
    return family
