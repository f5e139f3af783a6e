"""From samples to figures: medians over rounds with their spread, ratios taken within a round, and goals met or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import TypeVar

import msgspec

from bench.cases import Case
from bench.rounds import Sample
from bench.upstream import PIECES


class Figure(msgspec.Struct, kw_only=True, frozen=True):
    """A median over rounds, and the least and greatest of them."""

    median: float
    low: float
    high: float


class Goal(msgspec.Struct, kw_only=True, frozen=True):
    """A ratio that must stay at most, or reach at least, `limit`; `measured` is none when the run had no figures for it."""

    name: str
    limit: float
    at_most: bool
    measured: float | None

    @property
    def met(self) -> bool | None:
        if self.measured is None:
            return None
        return self.measured <= self.limit if self.at_most else self.measured >= self.limit


OURS = ("lanewise", "lanewise-scaled")
"""The systems that the goals are for."""

Found = TypeVar("Found")

Table = dict[str, dict[str, Figure]]
"""By system, then by case."""


class Rounds:
    """The samples, found by system, case and round."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self.found = {(sample.system, sample.case, sample.round): sample for sample in samples}
        self.systems = unique(system for system, _, _ in self.found)
        self.numbers = unique(number for _, _, number in self.found)

    def table(self, cases: Sequence[Case], value: Callable[[str, Case, int], float | None]) -> Table:
        """The figure of `value` for each system and case that has one in at least one round."""
        table: Table = {}
        for system in self.systems:
            for case in cases:
                values = [found for number in self.numbers if (found := value(system, case, number)) is not None]
                if values:
                    table.setdefault(system, {})[case.name] = figure(values)
        return table

    def cpu_us(self, system: str, case: Case, number: int) -> float | None:
        sample = self.found.get((system, case.name, number))
        return sample.cpu_us_per_request if sample and sample.cpu_s else None

    def requests(self, system: str, case: Case, number: int) -> float | None:
        sample = self.found.get((system, case.name, number))
        return float(sample.outcome.requests) if sample else None

    def chunk_us(self, system: str, case: Case, number: int) -> float | None:
        """CPU that streaming adds, per piece: the stream's CPU per request less the plain twin's, in the same round."""
        streamed, twin = self.cpu_us(system, case, number), self.found.get((system, case.plain_twin, number))
        if not case.stream or streamed is None or twin is None:
            return None
        return (streamed - twin.cpu_us_per_request) / PIECES

    def chunk_total_us(self, system: str, case: Case, number: int) -> float | None:
        """All CPU of a streamed request, per piece."""
        streamed = self.cpu_us(system, case, number)
        return streamed / PIECES if case.stream and streamed is not None else None

    def added_ms(self, percent: str, system: str, case: Case, number: int) -> float | None:
        """Latency above the direct round's; of a stream to its first byte, for the rest is the upstream's pace."""
        name = f"first_{percent}_ms" if case.stream else f"{percent}_ms"
        return self.above_direct(name, system, case, number)

    def added_whole_ms(self, percent: str, system: str, case: Case, number: int) -> float | None:
        """Latency above the direct round's to the last byte of a stream."""
        return self.above_direct(f"{percent}_ms", system, case, number) if case.stream else None

    def above_direct(self, name: str, system: str, case: Case, number: int) -> float | None:
        sample, direct = (self.found.get((who, case.name, number)) for who in (system, "direct"))
        if sample is None or direct is None or sample is direct:
            return None
        return float(getattr(sample.outcome, name) - getattr(direct.outcome, name))

    def ratio(self, value: Callable[[str, Case, int], float | None], one: str, other: str, case: Case) -> Figure | None:
        """One system's value over another's, taken round by round so that a slow moment of the machine cancels out."""
        ratios = []
        for number in self.numbers:
            upper, lower = value(one, case, number), value(other, case, number)
            if upper is not None and lower is not None and lower > 0:
                ratios.append(upper / lower)
        return figure(ratios) if ratios else None

    def rss_mb(self) -> dict[str, float]:
        """The greatest resident memory seen of each system that has processes."""
        greatest: dict[str, float] = {}
        for (system, _, _), sample in self.found.items():
            if sample.rss_mb:
                greatest[system] = max(greatest.get(system, 0.0), sample.rss_mb)
        return greatest


def unique(values: Iterable[Found]) -> list[Found]:
    return list(dict.fromkeys(values))


def figure(values: Sequence[float]) -> Figure:
    return Figure(median=median(values), low=min(values), high=max(values))


def goals(rounds: Rounds, cases: Sequence[Case]) -> list[Goal]:
    """The design's goals (against LiteLLM that of decision 0021), a line for each case and each kind of store that was measured."""
    found = []
    for case in cases:
        for system in OURS:
            if system == "lanewise" or system in rounds.systems:
                found += _goals_of(rounds, system, case)
    return found


def _goals_of(rounds: Rounds, system: str, case: Case) -> list[Goal]:
    bare = (system, "bare")
    if case.repeated:
        return [goal(rounds, rounds.cpu_us, bare, case, limit=1.2, at_most=True)]
    if case.stream:
        return [goal(rounds, rounds.chunk_us, bare, case, limit=1.5, at_most=True)]
    if case.concurrency == 1:
        return [goal(rounds, rounds.cpu_us, bare, case, limit=2.5, at_most=True)]
    return [
        goal(rounds, rounds.cpu_us, bare, case, limit=1.6, at_most=True),
        goal(rounds, rounds.cpu_us, ("portkey", system), case, limit=3, at_most=False),
        goal(rounds, rounds.cpu_us, ("litellm", system), case, limit=30, at_most=False),
    ]


def goal(
    rounds: Rounds,
    value: Callable[[str, Case, int], float | None],
    pair: tuple[str, str],
    case: Case,
    *,
    limit: float,
    at_most: bool,
) -> Goal:
    measured = rounds.ratio(value, pair[0], pair[1], case)
    what = "CPU per chunk" if case.stream else "CPU per request"
    name = f"{pair[0]} / {pair[1]}, {what}, {case.name}"
    return Goal(name=name, limit=limit, at_most=at_most, measured=measured.median if measured else None)
