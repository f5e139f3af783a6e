"""A run's figures on the screen: ratios to bare first, then absolute figures, then the goals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from rich.console import Console
from rich.table import Table as Grid

from bench.cases import Case
from bench.figures import Figure, Goal, Rounds, goals

Cell = Callable[[str, Case, int], float | None]


class Screen:
    """Draws one table a measure: cases down, systems across, median and spread over rounds in each cell."""

    def __init__(self, console: Console, rounds: Rounds, cases: Sequence[Case]) -> None:
        self.console = console
        self.rounds = rounds
        self.plain = [case for case in cases if not case.stream]
        self.streams = [case for case in cases if case.stream]
        self.all = cases

    def show(self) -> None:
        self.figures()
        self.goals(goals(self.rounds, self.all))

    def figures(self) -> None:
        rounds = self.rounds
        self.ratios("CPU per request, ratio to bare: median (least-greatest round)", rounds.cpu_us, self.plain)
        self.ratios("CPU per chunk, ratio to bare", rounds.chunk_us, self.streams)
        self.ratios("All CPU of a stream, ratio to bare", rounds.chunk_total_us, self.streams)
        self.values("CPU per request, µs", rounds.cpu_us, self.all)
        self.values("CPU per chunk, µs: stream less the same request unstreamed", rounds.chunk_us, self.streams)
        self.values("CPU per chunk, µs: all CPU of a stream", rounds.chunk_total_us, self.streams)
        self.values("Added latency P50, ms (streams: to the first byte)", partial(rounds.added_ms, "p50"), self.all)
        self.values("Added latency P99, ms (streams: to the first byte)", partial(rounds.added_ms, "p99"), self.all)
        self.values("Added P99, ms, to a stream's last byte", partial(rounds.added_whole_ms, "p99"), self.streams)
        self.values("Requests in a round", rounds.requests, self.all)
        memory = ", ".join(f"{name} {mb:.0f}" for name, mb in rounds.rss_mb().items())
        self.console.print(f"Resident memory at most, MB: {memory}")

    def ratios(self, title: str, value: Cell, cases: Sequence[Case]) -> None:
        self.grid(title, cases, lambda system, case: self.rounds.ratio(value, system, "bare", case))

    def values(self, title: str, value: Cell, cases: Sequence[Case]) -> None:
        table = self.rounds.table(cases, value)
        self.grid(title, cases, lambda system, case: table.get(system, {}).get(case.name))

    def grid(self, title: str, cases: Sequence[Case], cell: Callable[[str, Case], Figure | None]) -> None:
        systems = [system for system in self.rounds.systems if any(cell(system, case) for case in cases)]
        if not systems:
            return
        drawn = Grid(title=title, title_justify="left")
        drawn.add_column("")
        for system in systems:
            drawn.add_column(system, justify="right", no_wrap=True)
        for case in cases:
            drawn.add_row(case.name, *(worded(cell(system, case)) for system in systems))
        self.console.print(drawn)

    def goals(self, found: Sequence[Goal]) -> None:
        drawn = Grid("goal", "limit", "measured", "", title="Goals", title_justify="left")
        words = {True: "[green]PASS[/]", False: "[red]FAIL[/]", None: "not measured"}
        for goal in found:
            measured = "-" if goal.measured is None else f"{goal.measured:.2f}"
            drawn.add_row(goal.name, f"{'≤' if goal.at_most else '≥'} {goal.limit:g}", measured, words[goal.met])
        self.console.print(drawn)


def worded(found: Figure | None) -> str:
    if found is None:
        return "-"
    digits = 0 if abs(found.median) >= 100 else 2
    return f"{found.median:.{digits}f} ({found.low:.{digits}f}-{found.high:.{digits}f})"
