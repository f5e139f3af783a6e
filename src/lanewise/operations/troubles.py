"""What went wrong in runs and what was done about it, counted from their traces: was it worth it, and what did it cost?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.failure import FailureKind
from lanewise.core.record import CallRecord, Trace
from lanewise.stores.statements import STATEMENTS

_FIRST, _CLASSIFY = "first", "classify"
_decode_trace = msgspec.json.Decoder(Trace).decode


@dataclass(frozen=True, kw_only=True, slots=True)
class FailureCount:
    """Failures of one cause in one lane on one task."""

    task: str | None
    lane: str
    cause: str
    calls: int  # that failed, whether or not the run was saved by another
    runs: int  # that ended without an answer


@dataclass(frozen=True, kw_only=True, slots=True)
class RepeatCount:
    """Calls that were made because an earlier one did not do."""

    iteration: int
    reason: str
    calls: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtraCalls:
    """Calls for one kind of reason other than that a run began, and what came of them."""

    kind: str  # retry, fallback, hedge, wider, degraded, waited
    calls: int
    rescued: int  # gave their run its answer
    rescue_rate: float
    failed: int
    outrun: int  # cancelled because a twin was faster
    cost_nanousd: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Outrun:
    """Calls that were cancelled because a twin was faster: what hedging costs beyond its answers."""

    calls: int
    cost_nanousd: int
    estimated: int  # of the calls: their vendor told no usage


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlyStops:
    """Calls that were cut off in a loop, or ended once their answer was verified.

    What they were spared is an upper bound: they might have ended by themselves before their caps.
    """

    calls: int
    cost_nanousd: int  # of what had come
    spared_tokens: int
    spared_nanousd: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassifierCalls:
    """What asking a small model for the difficulty took. It is in its runs' cost and time too."""

    calls: int
    failed: int
    time_us: int
    cost_nanousd: int


class DegradationCount(msgspec.Struct, frozen=True, kw_only=True):
    """Runs in which one thing answered instead of another."""

    reason: str
    from_: str = msgspec.field(name="from")  # a deployment or a lane
    to: str
    runs: int


@dataclass(kw_only=True, slots=True)
class _Sum:
    """What calls of one kind add up to."""

    calls: int = 0
    rescued: int = 0
    failed: int = 0
    outrun: int = 0
    estimated: int = 0
    time_us: int = 0
    cost_nanousd: int = 0
    spared_tokens: int = 0
    spared_nanousd: int = 0

    def add(self, call: CallRecord, *, rescued: bool = False) -> None:
        self.calls += 1
        self.rescued += rescued
        self.outrun += call.failure == FailureKind.OUTRUN
        self.failed += call.failure not in (None, FailureKind.OUTRUN, FailureKind.CANCELLED)
        self.estimated += call.estimated
        self.time_us += call.latency_us
        self.cost_nanousd += call.cost.total_nanousd
        self.spared_tokens += call.spared_tokens
        self.spared_nanousd += call.spared_nanousd


@dataclass(kw_only=True, slots=True)
class Troubles:
    """What traces add up to."""

    missing_traces: int = 0
    _failed: Counter[tuple[str | None, str, str]] = field(default_factory=Counter)
    _repeated: Counter[tuple[int, str]] = field(default_factory=Counter)
    _extra: defaultdict[str, _Sum] = field(default_factory=lambda: defaultdict(_Sum))
    _outrun: _Sum = field(default_factory=_Sum)
    _stopped: _Sum = field(default_factory=_Sum)
    _verified: _Sum = field(default_factory=_Sum)
    _asked: _Sum = field(default_factory=_Sum)
    _degraded: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, task: str | None, trace: Trace, answered_by: CallRecord | None) -> None:
        """Count one run."""
        for call in trace.calls:
            if call.failure == FailureKind.OUTRUN:
                self._outrun.add(call)  # it was not needed: nothing has failed
            elif call.failure is not None:
                self._failed[task, call.lane, call.failure] += 1
            if call.failure == FailureKind.LOOPING:
                self._stopped.add(call)
            if call.ended_early:
                self._verified.add(call)
            if call.kind == _CLASSIFY:
                self._asked.add(call)
            elif call.kind != _FIRST:
                self._extra[call.kind].add(call, rescued=call is answered_by)
                if call.iteration > 0:
                    self._repeated[call.iteration, call.reason] += 1
        for reason, from_, to in {(each.reason, each.from_, each.to) for each in trace.degraded}:
            self._degraded[reason, from_, to] += 1

    def failures(self, failed_runs: Iterable[Mapping[str, Any]]) -> tuple[FailureCount, ...]:
        """Failures by task, lane and cause; `failed_runs` has how many runs ended with each."""
        runs = Counter({(row["task"], row["lane"], row["cause"]): row["runs"] for row in failed_runs})
        places = sorted(self._failed.keys() | runs.keys(), key=lambda place: (place[0] or "", *place[1:]))
        return tuple(
            FailureCount(
                task=task,
                lane=lane,
                cause=cause,
                calls=self._failed[task, lane, cause],
                runs=runs[task, lane, cause],
            )
            for task, lane, cause in places
        )

    def repeats(self) -> tuple[RepeatCount, ...]:
        """Calls after others of their run, in order."""
        return tuple(
            RepeatCount(iteration=iteration, reason=reason, calls=calls)
            for (iteration, reason), calls in sorted(self._repeated.items())
        )

    def extra_calls(self) -> tuple[ExtraCalls, ...]:
        """By kind, the most frequent first."""
        found = sorted(self._extra.items(), key=lambda each: (-each[1].calls, each[0]))
        return tuple(
            ExtraCalls(
                kind=kind,
                calls=extra.calls,
                rescued=extra.rescued,
                rescue_rate=extra.rescued / extra.calls,
                failed=extra.failed,
                outrun=extra.outrun,
                cost_nanousd=extra.cost_nanousd,
            )
            for kind, extra in found
        )

    def outrun(self) -> Outrun:
        """Both kinds of loser: hedges that were too late, and slow calls whose hedge was not."""
        found = self._outrun
        return Outrun(calls=found.calls, cost_nanousd=found.cost_nanousd, estimated=found.estimated)

    def early_stops(self) -> EarlyStops:
        """Loops that were cut off, and what they were spared at most."""
        return _early_stops(self._stopped)

    def verified_stops(self) -> EarlyStops:
        """Streams that were ended once their answers were verified, and what they were spared at most."""
        return _early_stops(self._verified)

    def classifier(self) -> ClassifierCalls:
        """What was asked beside the callers' own questions."""
        found = self._asked
        return ClassifierCalls(
            calls=found.calls, failed=found.failed, time_us=found.time_us, cost_nanousd=found.cost_nanousd
        )

    def degradations(self) -> tuple[DegradationCount, ...]:
        """The most frequent first."""
        found = sorted(self._degraded.items(), key=lambda each: (-each[1], each[0]))
        return tuple(
            DegradationCount(reason=reason, from_=from_, to=to, runs=runs) for (reason, from_, to), runs in found
        )


async def troubles_since(connection: AsyncConnection, bound: dict[str, Any]) -> Troubles:
    """Read every trace in which something can have happened; `bound` has `since` and `tenant`."""
    found = Troubles()
    rows = await connection.stream(STATEMENTS["report_troubled_traces"], bound)
    async for task, lane, failure, stored in rows:
        if stored is None:
            found.missing_traces += 1
            continue
        trace = _decode_trace(stored)
        found.add(task, trace, trace.last_whole(lane) if failure is None else None)
    return found


def _early_stops(found: _Sum) -> EarlyStops:
    return EarlyStops(
        calls=found.calls,
        cost_nanousd=found.cost_nanousd,
        spared_tokens=found.spared_tokens,
        spared_nanousd=found.spared_nanousd,
    )
