"""Runs the rounds: every system is started once, then each case is measured on all of them in turn, again and again.

Systems alternate within each case and the order turns with each round, so that the machine's noise hits all alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

import msgspec

from bench.cases import Case, plain, stream
from bench.load import Load, Outcome
from bench.running import LoadProcess, SystemProcess, UpstreamProcess, free_port
from bench.systems import CHAT, MODEL, System

NUMBERS_PER_ROUND = 1_000_000
REPEATED_NUMBER = 1  # before the first round's
WARM_UP = (plain(1, 16), plain(100, 16), stream(1, 16))


class Sample(msgspec.Struct, kw_only=True, frozen=True):
    """One system in one case in one round."""

    system: str
    case: str
    round: int
    cpu_s: float
    rss_mb: float
    outcome: Outcome
    errors: list[str]

    @property
    def cpu_us_per_request(self) -> float:
        return self.cpu_s * 1e6 / max(1, self.outcome.requests)


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """How long and how often; one round of one case on one system takes `seconds` and the wait for the last answers."""

    rounds: int
    seconds: float
    warm_up_s: float


DEFAULT = Schedule(rounds=5, seconds=1.2, warm_up_s=2.0)
QUICK = Schedule(rounds=2, seconds=0.5, warm_up_s=0.5)


def misasked(system: System, case: Case, answers: int, served: int) -> str | None:
    """What is wrong with how often the upstream was asked: once an answer, and a cache only while nobody had the first one."""
    if case.repeated and system.caches:
        return None if served <= case.concurrency else f"{answers} answers, and the cache asked {served} times"
    return None if served == answers else f"{answers} answers, but the upstream was asked {served} times"


Starter = Callable[[str, int], System]


class Bench:
    """The processes of one run."""

    def __init__(self, starters: Sequence[Starter], on_start: Callable[[str], None]) -> None:
        self.starters = starters
        self.on_start = on_start
        self.stack = ExitStack()
        self.numbers = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.upstream = stack.enter_context(UpstreamProcess())
            self.load = stack.enter_context(LoadProcess())
            self.systems: list[tuple[System, SystemProcess | None]] = []
            for starter in self.starters:
                port = free_port()
                system = starter(self.upstream.url, port)
                process = stack.enter_context(SystemProcess(system, port)) if system.argv else None
                self.systems.append((system, process))
            for system, process in self.systems:
                self.on_start(system.name)
                if process:
                    process.wait_until_ready()
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def measure(self, system: System, process: SystemProcess | None, case: Case, seconds: float) -> Sample:
        """One round of one case on one system; the upstream's own count shows answers that did not come from it."""
        self.upstream.set_pace(case.pace_ms)
        load = self.load_of(system, process, case, seconds)
        served_before, cpu_before = self.upstream.served(), process.tree.cpu_s() if process else 0.0
        outcome = self.load.run(load)
        cpu_s = process.tree.cpu_s() - cpu_before if process else 0.0
        served = self.upstream.served() - served_before
        errors = list(outcome.errors)
        if not errors and (fault := misasked(system, case, outcome.requests, served)):
            errors.append(fault)
        return Sample(
            system=system.name,
            case=case.name,
            round=0,
            cpu_s=cpu_s,
            rss_mb=process.tree.rss_mb() if process else 0.0,
            outcome=outcome,
            errors=errors,
        )

    def load_of(self, system: System, process: SystemProcess | None, case: Case, seconds: float) -> Load:
        self.numbers += NUMBERS_PER_ROUND
        return Load(
            port=process.port if process else self.upstream.port,
            path=CHAT,
            model=MODEL,
            body_bytes=case.body_bytes,
            stream=case.stream,
            concurrency=case.concurrency,
            seconds=seconds,
            headers=system.headers,
            keys=system.keys,
            first_number=REPEATED_NUMBER if case.repeated else self.numbers,
            repeated=case.repeated,
        )

    def warm_up(self, seconds: float) -> Iterator[Sample]:
        """Let every system fill its pools and compile what it compiles, before anything counts."""
        for system, process in self.systems:
            for case in WARM_UP:
                yield self.measure(system, process, case, seconds)

    def samples(self, cases: Sequence[Case], schedule: Schedule) -> Iterator[Sample]:
        for number in range(schedule.rounds):
            turn = number % len(self.systems)
            turned = self.systems[turn:] + self.systems[:turn]
            order = [(system, process) for system, process in turned if number < system.most_rounds]
            for case in cases:
                for system, process in order:
                    sample = self.measure(system, process, case, schedule.seconds)
                    yield msgspec.structs.replace(sample, round=number)
