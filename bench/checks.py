"""`python -m bench.checks`: what maths checks cost those who asked for none; ends non-zero where that is too much.

The same load of unverified requests in turns: beside a gateway whose maths workers never rest, and beside one with as many idle-priority
processes that only burn CPU. What its maths costs others is then what the gateway adds to their P99 in the one case and in the other; on
two cores the burning alone costs something, and that is not the checks' doing. How late the event loop wakes is measured inside.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from bench import install
from bench.cases import Case, plain
from bench.checks_server import Seen
from bench.load import Load
from bench.running import LoadProcess, SystemProcess, UpstreamProcess, free_port
from bench.systems import CHAT, MODEL, System, lanewise

MOST_TIMES, MOST_LAG_MS = 1.2, 5.0
MODES = ("burner", "checks")
CASE = plain(1, 4)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One round: the P99 of unverified requests through the gateway and without it, and what the gateway saw of itself."""

    mode: str
    p99_ms: float
    direct_p99_ms: float
    lag_p99_ms: float
    checks: int

    @property
    def added_ms(self) -> float:
        return self.p99_ms - self.direct_p99_ms


def round_of(mode: str, upstream: UpstreamProcess, load: LoadProcess, seconds: float) -> Figure:
    """A fresh gateway, a warm-up, the load through it, and the same load without it while what runs beside it still runs."""
    seen = install.HOME / "state" / f"checks-{mode}.json"
    seen.unlink(missing_ok=True)
    port = free_port()
    system = lanewise(upstream.url, port)
    argv = [sys.executable, "-m", "bench.checks_server", mode, system.argv[3], str(port), str(seen)]
    system = System(name="lanewise-checks", argv=argv, env=system.env, keys=system.keys)
    with SystemProcess(system, port) as process:
        process.wait_until_ready()
        load.run(asked(system.keys, port, CASE, 1.0, first_number=0))
        through = load.run(asked(system.keys, port, CASE, seconds, first_number=1_000_000))
        direct = load.run(asked(["none"], upstream.port, CASE, seconds, first_number=2_000_000))
        if through.errors or direct.errors:
            raise RuntimeError(f"{mode}: {(through.errors or direct.errors)[0]}. The log: {process.last_words()}")
    told = msgspec.json.decode(seen.read_bytes(), type=Seen)
    return Figure(
        mode=mode, p99_ms=through.p99_ms, direct_p99_ms=direct.p99_ms, lag_p99_ms=told.lag_p99_ms, checks=told.checks
    )


def asked(keys: list[str], port: int, case: Case, seconds: float, *, first_number: int) -> Load:
    return Load(
        port=port,
        path=CHAT,
        model=MODEL,
        body_bytes=case.body_bytes,
        stream=case.stream,
        concurrency=case.concurrency,
        seconds=seconds,
        keys=keys,
        first_number=first_number,
    )


def measured(*, rounds: int, seconds: float, tell: Callable[[str], None]) -> list[Figure]:
    """Both modes in turns."""
    figures = []
    with UpstreamProcess() as upstream, LoadProcess() as load:
        for number in range(rounds):
            for mode in MODES if number % 2 == 0 else MODES[::-1]:
                tell(f"round {number + 1} of {rounds}, {mode}")
                figures.append(round_of(mode, upstream, load, seconds))
    return figures


def table(figures: list[Figure]) -> Table:
    drawn = Table(
        "beside", "P99, ms", "direct", "added", "loop lag P99, ms", "checks", title="Unverified requests, medians"
    )
    for mode in MODES:
        of = [each for each in figures if each.mode == mode]
        cells = [middle(of, each) for each in ("p99_ms", "direct_p99_ms", "added_ms", "lag_p99_ms", "checks")]
        drawn.add_row(mode, *(f"{cell:.2f}" for cell in cells[:4]), f"{cells[4]:.0f}")
    return drawn


def middle(figures: list[Figure], name: str) -> float:
    return float(statistics.median(getattr(each, name) for each in figures))


def verdict(figures: list[Figure]) -> tuple[bool, str]:
    """Whether both goals are met; in words too."""
    burner, checks = ([each for each in figures if each.mode == mode] for mode in MODES)
    times = middle(checks, "added_ms") / max(middle(burner, "added_ms"), 0.01)
    lag_ms = middle(checks, "lag_p99_ms")
    met = times <= MOST_TIMES and lag_ms <= MOST_LAG_MS and all(each.checks > 0 for each in checks)
    words = (
        f"added P99 {times:.2f} times (goal ≤ {MOST_TIMES}), loop lag P99 {lag_ms:.2f} ms (goal ≤ {MOST_LAG_MS:.0f})"
    )
    return met, f"{words}: {'met' if met else 'MISSED'}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.checks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each case is measured")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long one measurement lasts")
    wanted = parser.parse_args()
    Path(install.HOME / "state").mkdir(parents=True, exist_ok=True)
    console = Console(width=None if sys.stdout.isatty() else 110)
    with console.status("measuring") as status:
        figures = measured(rounds=wanted.rounds, seconds=wanted.seconds, tell=status.update)
    met, words = verdict(figures)
    console.print(table(figures))
    console.print(words, style="green" if met else "red")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
