"""`python -m bench.checks`: what maths checks cost those who asked for none; ends non-zero where that is too much.

One gateway under the same load of unverified requests, in turns: nothing runs beside it, its maths verifier never rests, or as many
processes only burn CPU, which begin as the workers do and which the scheduler treats alike. What checks cost others is then what the
gateway adds to their P99 in the second case and in the third; on two cores the burning alone costs something, and that is not the
checks' doing. How late the gateway's event loop wakes is measured inside, and beside it how late a loop wakes that has nothing to do:
that much is the machine's.

Turns are short and many, their order alternates, and what counts is the median: a burst of noise spoils a few turns of both.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from collections.abc import Callable, Sequence

import msgspec
from rich.console import Console
from rich.table import Table

from bench.cases import Case, plain
from bench.checks_server import Seen
from bench.figures import Goal
from bench.lag import Lag
from bench.load import Load
from bench.running import IdleLoop, LoadProcess, SystemProcess, UpstreamProcess, free_port
from bench.systems import CHAT, MODEL, System, lanewise

MOST_TIMES, MOST_LAG_MS = 1.2, 5.0
MODES = ("rest", "burner", "checks")
CASE = plain(1, 4)
ROUNDS, SECONDS = 16, 1.5
PAUSE_MS = 8.0  # some 400 requests a second, a fifth of what a core takes: a loop that is saturated is late with or without checks
_ERROR = 0.05  # of the interval of the median
_DIRECT = 0.5  # of a turn: the load without the gateway


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One turn: the P99 of unverified requests through the gateway and without it, and how late loops woke."""

    mode: str
    p99_ms: float
    direct_p99_ms: float
    lag_p99_ms: float
    idle_lag_p99_ms: float
    checks: int
    beside_cpu_s: float

    @property
    def added_ms(self) -> float:
        return self.p99_ms - self.direct_p99_ms


class Checks(msgspec.Struct, frozen=True, kw_only=True):
    """What a run found: medians over its turns, by mode, and both goals."""

    medians: dict[str, dict[str, float]]
    turns: int
    goals: list[Goal]
    times_interval: tuple[float, float] | None = (
        None  # of the first goal's median, at 95 % or more; None: too few turns
    )


class Stage:
    """The processes of a run."""

    def __init__(self, upstream: UpstreamProcess, load: LoadProcess, idle: IdleLoop, gateway: SystemProcess) -> None:
        self.upstream = upstream
        self.load = load
        self.idle = idle
        self.gateway = gateway
        self.keys: list[str] = []
        self.numbers = 0

    def enter(self, mode: str) -> Seen:
        return msgspec.json.decode(self.gateway.ask(mode.encode()), type=Seen)

    def turn(self, mode: str, seconds: float) -> Figure:
        """The load through the gateway, and the same load without it while what runs beside it still runs."""
        self.enter(mode)
        self.idle.lag()
        through = self.load.run(self.asked(self.gateway.port, self.keys, seconds))
        idle, seen = self.idle.lag(), self.enter(mode)
        direct = self.load.run(self.asked(self.upstream.port, ["none"], seconds * _DIRECT))
        self.enter("rest")
        if through.errors or direct.errors:
            raise RuntimeError(f"{mode}: {(through.errors or direct.errors)[0]}. The log: {self.gateway.last_words()}")
        return figure_of(mode, (through.p99_ms, direct.p99_ms), seen, idle)

    def asked(self, port: int, keys: list[str], seconds: float) -> Load:
        """The next load: no request of it was sent before."""
        self.numbers += 1_000_000
        return asked(keys, port, CASE, seconds, first_number=self.numbers)


def figure_of(mode: str, p99_ms: tuple[float, float], seen: Seen, idle: Lag) -> Figure:
    return Figure(
        mode=mode,
        p99_ms=p99_ms[0],
        direct_p99_ms=p99_ms[1],
        lag_p99_ms=seen.lag.p99_ms,
        idle_lag_p99_ms=idle.p99_ms,
        checks=seen.checks,
        beside_cpu_s=seen.beside_cpu_s,
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
        pause_ms=PAUSE_MS,
    )


def measured(
    *, rounds: int = ROUNDS, seconds: float = SECONDS, tell: Callable[[str], None], modes: Sequence[str] = MODES
) -> list[Figure]:
    """The modes in turns, beside one another in each round."""
    figures = []
    with UpstreamProcess() as upstream, LoadProcess() as load, IdleLoop() as idle:
        port = free_port()
        system = lanewise(upstream.url, port)
        argv = [sys.executable, "-m", "bench.checks_server", system.argv[3], str(port)]
        served = System(name="lanewise-checks", argv=argv, env=system.env)
        with SystemProcess(served, port, piped=True) as gateway:
            gateway.wait_until_ready()
            gateway.port = port
            stage = Stage(upstream, load, idle, gateway)
            stage.keys = system.keys
            stage.turn("rest", seconds)
            for number in range(rounds):
                tell(f"round {number + 1} of {rounds}")
                figures += [stage.turn(mode, seconds) for mode in (modes if number % 2 == 0 else modes[::-1])]
    return figures


def checks_of(figures: list[Figure]) -> Checks:
    """Medians and goals."""
    of = {mode: [each for each in figures if each.mode == mode] for mode in MODES}
    burner, checks = of["burner"], of["checks"]
    names = ("p99_ms", "direct_p99_ms", "added_ms", "lag_p99_ms", "idle_lag_p99_ms", "beside_cpu_s", "checks")
    worked = bool(checks) and all(each.checks > 0 for each in checks)
    return Checks(
        medians={mode: {name: round(middle(found, name), 3) for name in names} for mode, found in of.items()},
        turns=len(checks),
        times_interval=interval(ratios(burner, checks)) if worked else None,
        goals=[
            Goal(
                name="P99 added to unverified requests, maths checks / as many burners",
                limit=MOST_TIMES,
                at_most=True,
                measured=round(times(burner, checks), 3) if worked else None,
            ),
            Goal(
                name="event loop's lag P99 beside maths checks, ms",
                limit=MOST_LAG_MS,
                at_most=True,
                measured=round(middle(checks, "lag_p99_ms"), 3) if worked else None,
            ),
        ],
    )


def times(burner: list[Figure], checks: list[Figure]) -> float:
    """What is added beside checks over what is added beside burners, turn by turn, and of these the median."""
    return statistics.median(ratios(burner, checks))


def ratios(burner: list[Figure], checks: list[Figure]) -> list[float]:
    return [one.added_ms / max(other.added_ms, 0.01) for other, one in zip(burner, checks, strict=True)]


def interval(values: list[float]) -> tuple[float, float] | None:
    """In which the median lies with 95 % at least, whatever the distribution: between two order statistics, by the sign test."""
    many, below, rank = len(values), 0.0, 0
    while (below := below + math.comb(many, rank) / 2**many) <= _ERROR / 2:
        rank += 1
    ordered = sorted(values)
    return (ordered[rank - 1], ordered[many - rank]) if rank else None


def middle(figures: list[Figure], name: str) -> float:
    return float(statistics.median(getattr(each, name) for each in figures))


def table(found: Checks) -> Table:
    drawn = Table(
        *("beside", "P99, ms", "direct", "added", "loop's lag P99, ms", "an idle loop's", "CPU beside, s", "checks"),
        title=f"Unverified requests beside maths checks, medians of {found.turns} turns",
    )
    for mode, cells in found.medians.items():
        *ms, checks = cells.values()
        drawn.add_row(mode, *(f"{cell:.2f}" for cell in ms), f"{checks:.0f}")
    return drawn


def show(console: Console, found: Checks) -> bool:
    """Draw it; whether both goals are met."""
    console.print(table(found))
    for goal in found.goals:
        said = "no figures" if goal.measured is None else f"{goal.measured:.2f}"
        console.print(
            f"{goal.name}: {said} (goal ≤ {goal.limit:g}): {'met' if goal.met else 'MISSED'}",
            style="green" if goal.met else "red",
        )
    if found.times_interval is not None:
        low, high = found.times_interval
        console.print(f"The median of the {found.turns} turns lies between {low:.2f} and {high:.2f} (95 %).")
    return all(goal.met for goal in found.goals)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.checks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how many turns each mode has")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long one turn lasts")
    wanted = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 110)
    with console.status("measuring") as status:
        figures = measured(rounds=wanted.rounds, seconds=wanted.seconds, tell=status.update)
    return 0 if show(console, checks_of(figures)) else 1


if __name__ == "__main__":
    sys.exit(main())
