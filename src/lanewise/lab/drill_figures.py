"""What a pass of a drill came to, and how a pass with an incident compares with the calm one before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lanewise.core.record import RunRecord
from lanewise.lab.demo_figures import nearest_rank
from lanewise.lab.drill_traffic import Reply

TOGETHER = "together"
Span = tuple[float, float]
"""From and until, in seconds after a pass began."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """One pass over a workload: what callers got, and what the ledger has of it. `began_us` is on the ledger's clock."""

    replies: tuple[Reply, ...]
    runs: Mapping[str, RunRecord]  # by id
    began_us: int

    def calls_to(self, whom: str, times: Sequence[Span] | None = None) -> int:
        """How often a vendor or a deployment was asked, or was tried to be asked; within spans of time, or ever."""
        return sum(
            f"{call.deployment}/".startswith(f"{whom}/")
            for run in self.runs.values()
            for call in run.trace.calls
            if times is None or _within((run.started_us + call.started_us - self.began_us) / 1e6, times)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PassFigures:
    """What one pass added up to. Latencies are of whole answers, as their callers waited."""

    requests: int
    answered: int
    broken: int
    refused: int
    unanswered: int
    degraded: int
    hedged: int
    calls: int
    cost_nanousd: int
    p50_us: int | None
    p95_us: int | None
    longest_us: int | None

    @property
    def availability(self) -> float:
        """The share of requests that were answered in full."""
        return self.answered / self.requests if self.requests else 0.0

    @property
    def degraded_share(self) -> float:
        """The share of answers that are degraded."""
        return self.degraded / self.answered if self.answered else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """How often somebody was asked: while it failed, and in the whole pass; each beside the same time of the calm pass."""

    whom: str
    calls: int
    normal: int
    calls_in_all: int
    normal_in_all: int

    @property
    def ratio(self) -> float | None:
        """Against normal, while it failed; None for one who is not asked then in calm."""
        return self.calls / self.normal if self.normal else None


def pass_figures(done: Pass) -> PassFigures:
    """What a pass added up to."""
    outcomes = Counter(reply.outcome for reply in done.replies)
    answered = [reply.answered for reply in done.replies if reply.outcome == "answered"]
    waits = sorted(each.latency_us for each in answered)
    return PassFigures(
        requests=len(done.replies),
        answered=outcomes["answered"],
        broken=outcomes["broken"],
        refused=outcomes["refused"],
        unanswered=outcomes["unanswered"],
        degraded=sum(each.marked for each in answered),
        hedged=sum(any(call.reason == "hedge" for call in run.trace.calls) for run in done.runs.values()),
        calls=sum(run.calls for run in done.runs.values()),
        cost_nanousd=sum(run.cost_nanousd for run in done.runs.values()),
        p50_us=nearest_rank(waits, 50),
        p95_us=nearest_rank(waits, 95),
        longest_us=waits[-1] if waits else None,
    )


def loads_of(calm: Pass, struck: Pass, failing: Mapping[str, Sequence[Span]]) -> tuple[Load, ...]:
    """The load on each that failed, within the spans in which it did; and of several together, which come last as `together`.

    Together, because what one passes on to another that fails as well is no storm: the others would carry it were they well.
    """
    each = tuple(
        Load(
            whom=whom,
            calls=struck.calls_to(whom, times),
            normal=calm.calls_to(whom, times),
            calls_in_all=struck.calls_to(whom),
            normal_in_all=calm.calls_to(whom),
        )
        for whom, times in failing.items()
    )
    if len(each) == 1:
        return each
    together = Load(
        whom=TOGETHER,
        calls=sum(load.calls for load in each),
        normal=sum(load.normal for load in each),
        calls_in_all=sum(load.calls_in_all for load in each),
        normal_in_all=sum(load.normal_in_all for load in each),
    )
    return (*each, together)


def _within(at_s: float, times: Sequence[Span]) -> bool:
    return any(from_s <= at_s < until_s for from_s, until_s in times)
