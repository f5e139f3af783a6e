"""`python -m bench`: one run over all systems and cases; ends non-zero on an error, a missing system or a missed goal."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench import cases, checks, install, results, rounds
from bench.cases import Case
from bench.checks import Checks
from bench.figures import Rounds
from bench.report import Screen
from bench.results import Results
from bench.rounds import Bench, Sample, Schedule
from bench.systems import TABLE

MAY_BE_MISSING = ("lanewise-scaled", "litellm", "portkey")
QUICK_ROUNDS = 2  # of turns beside checks
RESULTS = install.ROOT / "bench" / "results.json"


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few cases, short rounds: is everything in place?")
    parser.add_argument("--only", metavar="NAMES", help=f"comma list of systems; known: {', '.join(TABLE)}")
    parser.add_argument("--cases", metavar="PATTERNS", help="comma list, such as plain-*,stream-1k-c16")
    parser.add_argument("--rounds", type=int, help="how often each case is measured on each system")
    parser.add_argument("--seconds", type=float, help="how long one measurement lasts")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures go (default bench/results.json)")
    return parser.parse_args(argv)


def wanted_systems(only: str | None, skip: str) -> list[str]:
    """The systems of this run; `direct` and `bare` are always among them, for all others are measured against these."""
    skipped = [name for name in skip.split(",") if name]
    named = only.split(",") if only else list(TABLE)
    for name in (*named, *skipped):
        if name not in TABLE:
            raise SystemExit(f"Unknown system {name!r}. Known: {', '.join(TABLE)}")
    return [name for name in TABLE if name in ("direct", "bare") or (name in named and name not in skipped)]


def measured(
    console: Console, names: list[str], chosen: Sequence[Case], schedule: Schedule
) -> tuple[list[Sample], dict[str, str]]:
    """Start everything, warm up, run the rounds."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("starting", total=len(names) * (schedule.rounds * len(chosen) + len(rounds.WARM_UP)))
        starters = [TABLE[name] for name in names]
        with Bench(starters, lambda name: progress.update(task, description=f"starting {name}")) as bench:
            samples = []
            for sample in bench.warm_up(schedule.warm_up_s):
                progress.update(task, advance=1, description=f"warming up {sample.system}")
                if sample.errors:
                    raise install.NotInstalledError(
                        f"{sample.system} does not answer {sample.case}: {sample.errors[0]}"
                    )
            for sample in bench.samples(chosen, schedule):
                progress.update(task, advance=1, description=f"{sample.system} {sample.case}")
                samples.append(sample)
            return samples, {system.name: system.version for system, _ in bench.systems if system.version}


def measured_checks(console: Console, *, quick: bool) -> Checks:
    """The same gateway's unverified requests while maths checks run beside them."""
    rounds = QUICK_ROUNDS if quick else checks.ROUNDS
    with console.status("beside maths checks") as status:
        return checks.checks_of(
            checks.measured(rounds=rounds, seconds=checks.SECONDS, tell=lambda now: status.update(f"checks, {now}"))
        )


def verdict(found: Results, *, partial_run: bool) -> int:
    """0 when nothing failed; a goal without figures fails a whole run, not one that was asked to leave systems or cases out."""
    missed = [goal for goal in found.goals if goal["met"] is False or (goal["met"] is None and not partial_run)]
    return 1 if missed or found.errors else 0


def main() -> int:
    asked = arguments()
    console = Console(width=None if sys.stdout.isatty() else 140)
    skip = os.environ.get("BENCH_SKIP", "")
    names = wanted_systems(asked.only, skip)
    base = rounds.QUICK if asked.quick else rounds.DEFAULT
    schedule = Schedule(
        rounds=asked.rounds or base.rounds, seconds=asked.seconds or base.seconds, warm_up_s=base.warm_up_s
    )
    chosen = cases.chosen(asked.cases, cases.QUICK if asked.quick else cases.ALL)
    partial_run = bool(asked.only or asked.cases or asked.quick or skip)
    try:
        samples, versions = measured(console, names, chosen, schedule)
        beside = None if asked.only or asked.cases else measured_checks(console, quick=asked.quick)
    except install.NotInstalledError as error:
        console.print(
            f"{error}\nTo run without these, or some of them: BENCH_SKIP={','.join(MAY_BE_MISSING)}",
            markup=False,
            style="red",
        )
        return 2
    found = results.results(samples, chosen, schedule, versions, checks=beside)
    Screen(console, Rounds(samples), chosen).show()
    if beside is not None:
        checks.show(console, beside)
    for line in found.errors[:20]:
        console.print(f"ERROR {line}", style="red", markup=False)
    results.write(found, asked.out)
    console.print(f"Figures: {asked.out}")
    return verdict(found, partial_run=partial_run)


if __name__ == "__main__":
    sys.exit(main())
