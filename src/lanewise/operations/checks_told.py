"""What traces say of checks: how often each verifier rejects, whether repairs help, and whether climbing pays."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.intervals import Interval, wilson
from lanewise.core.record import CheckRecord, Trace
from lanewise.stores.statements import STATEMENTS

POOR_RESCUE = 0.30
"""Repairs that rescue less than this share mend nothing: the question or the lane is wrong for the work."""
_LEAST_REPAIRED = 10  # fewer say nothing about a rate

_decode_trace = msgspec.json.Decoder(Trace).decode


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifierWeek:
    """One verifier's words in one ISO week, on every answer that was made."""

    verifier: str
    week: str  # 2026-W48
    answers: int
    rejected: int
    down: int
    cost_nanousd: int  # of the questions it put to models

    @property
    def reject_rate(self) -> float:
        """Of the answers that it judged."""
        judged = self.answers - self.down
        return self.rejected / judged if judged else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Rescue:
    """Answers that a verifier rejected in a lane and that were asked for again."""

    verifier: str
    lane: str
    repaired: int
    rescued: int  # in the end nothing rejected them
    rate: Interval

    @property
    def is_upstream(self) -> bool:
        """Whether so few are rescued that the trouble is not in the answers."""
        return self.repaired >= _LEAST_REPAIRED and self.rate.share < POOR_RESCUE


@dataclass(frozen=True, kw_only=True, slots=True)
class Climbing:
    """Runs that began in a lane from which some climbed, beside what it had cost to ask the later lane at once."""

    lane: str
    to: str
    runs: int
    climbed: int
    cost_nanousd: int  # of all these runs
    direct_nanousd: int  # the mean cost of an answer in the later lane, times the runs

    @property
    def dearer(self) -> bool:
        """Whether climbing cost more than going direct."""
        return self.cost_nanousd > self.direct_nanousd


@dataclass(kw_only=True, slots=True)
class ChecksTold:
    """What traces add up to."""

    _weeks: defaultdict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0, 0]))
    _rescues: defaultdict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    _begun: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    _climbed: defaultdict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def add(self, started_us: int, lane: str, cost_nanousd: int, trace: Trace) -> None:
        """Count one run."""
        week = dt.datetime.fromtimestamp(started_us / 1e6, dt.UTC).strftime("%G-W%V")
        for check in trace.checks:
            if check.partial:
                continue
            for place, count in enumerate((1, check.verdict == "reject", check.verdict == "down", check.cost_nanousd)):
                self._weeks[check.verifier, week][place] += int(count)
        self._add_repairs(trace)
        first = trace.escalated[0].from_ if trace.escalated else lane
        self._begun[first][0] += 1
        self._begun[first][1] += cost_nanousd
        for step in trace.escalated:
            calls = [call for call in trace.calls if call.lane == step.to]
            if calls:
                self._climbed[step.from_, step.to][0] += 1
                self._climbed[step.from_, step.to][1] += sum(call.cost.total_nanousd for call in calls)

    def _add_repairs(self, trace: Trace) -> None:
        answers: defaultdict[tuple[str, str], dict[str, list[CheckRecord]]] = defaultdict(dict)
        for check in trace.checks:
            if check.partial:  # a step is never asked for again
                continue
            sample = "".join(part + "/" for part in check.of.split("/") if part and not part.startswith("repair-"))
            answers[check.lane, sample].setdefault(check.of, []).append(check)
        for (lane, _), of in answers.items():
            attempts = list(of.values())
            if len(attempts) < 2:
                continue
            rescued = any(all(check.verdict != "reject" for check in checks) for checks in attempts[1:])
            for verifier in {check.verifier for check in attempts[0] if check.verdict == "reject"}:
                rescue = self._rescues[verifier, lane]
                rescue[0] += 1
                rescue[1] += rescued

    def weeks(self) -> tuple[VerifierWeek, ...]:
        """By verifier, then week."""
        return tuple(
            VerifierWeek(verifier=name, week=week, answers=answers, rejected=rejected, down=down, cost_nanousd=cost)
            for (name, week), (answers, rejected, down, cost) in sorted(self._weeks.items())
        )

    def rescues(self) -> tuple[Rescue, ...]:
        """By verifier, then lane."""
        found = []
        for (verifier, lane), (repaired, rescued) in sorted(self._rescues.items()):
            rate = wilson(rescued, repaired)
            if rate is not None:
                found.append(Rescue(verifier=verifier, lane=lane, repaired=repaired, rescued=rescued, rate=rate))
        return tuple(found)

    def climbs(self) -> tuple[Climbing, ...]:
        """By lane."""
        found = []
        for (lane, to), (climbed, in_later_nanousd) in sorted(self._climbed.items()):
            runs, cost_nanousd = self._begun.get(lane, [0, 0])
            if runs:
                found.append(
                    Climbing(
                        lane=lane,
                        to=to,
                        runs=runs,
                        climbed=climbed,
                        cost_nanousd=cost_nanousd,
                        direct_nanousd=round(in_later_nanousd / climbed * runs),
                    )
                )
        return tuple(found)


async def checks_since(connection: AsyncConnection, bound: dict[str, Any]) -> ChecksTold:
    """Read every trace of a checked run; `bound` has `since` and `tenant`."""
    told = ChecksTold()
    rows = await connection.stream(STATEMENTS["report_checked_traces"], bound)
    async for started_us, lane, cost_nanousd, stored in rows:
        told.add(started_us, lane, cost_nanousd, _decode_trace(stored))
    return told
