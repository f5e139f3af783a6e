"""`python -m bench.hotspots [lanewise]`: where a system spends its CPU in one case, sampled by py-spy from outside.

A sampling profiler leaves the costs as they are; cProfile would charge every Python call and make small functions look dear.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench import cases, install
from bench.rounds import Bench
from bench.systems import TABLE


def shares(folded: str) -> tuple[Counter[str], Counter[str], int]:
    """Samples of each function itself, samples of it with all it calls, and all samples, from py-spy's folded stacks."""
    own: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    total = 0
    for line in folded.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        own[frames[-1]] += int(count)
        for frame in set(frames):
            whole[frame] += int(count)
        total += int(count)
    return own, whole, total


def drawn_table(title: str, counted: Counter[str], total: int, top: int) -> Table:
    drawn = Table("share", "function", title=title, title_justify="left")
    for frame, count in counted.most_common(top):
        drawn.add_row(f"{100 * count / max(1, total):.1f} %", escape(frame))
    return drawn


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.hotspots", description=__doc__)
    parser.add_argument("system", nargs="?", default="lanewise", choices=[name for name in TABLE if name != "direct"])
    parser.add_argument("--case", default="plain-1k-c16")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--top", type=int, default=40)
    parser.add_argument("--lines", action="store_true", help="count lines instead of functions")
    asked = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 150)
    case, *_ = cases.chosen(asked.case, cases.ALL)
    folded = install.HOME / f"{asked.system}-{case.name}.folded"
    with Bench([TABLE[asked.system]], lambda name: console.print(f"starting {name}")) as bench:
        list(bench.warm_up(1.0))
        ((system, process),) = bench.systems
        assert process
        with subprocess.Popen(spy(process.popen.pid, asked.seconds, folded, lines=asked.lines)) as spying:
            sample = bench.measure(system, process, case, asked.seconds + 1)
            spying.wait()
    own, whole, total = shares(folded.read_text())
    console.print(f"{system.name}, {case.name}: {sample.cpu_us_per_request:.0f} µs of CPU per request while watched")
    console.print(drawn_table("Itself", own, total, asked.top))
    console.print(drawn_table("With what it calls", whole, total, asked.top))
    console.print(f"Folded stacks: {folded}")
    return 1 if sample.errors else 0


def spy(pid: int, seconds: float, folded: Path, *, lines: bool) -> list[str]:
    command = [
        str(install.pyspy() / "bin" / "py-spy"),
        "record",
        "--pid",
        str(pid),
        "--subprocesses",
        "--format",
        "raw",
    ]
    command += ["--output", str(folded), "--duration", str(max(1, int(seconds))), "--rate", "250"]
    return command if lines else [*command, "--function"]


if __name__ == "__main__":
    sys.exit(main())
