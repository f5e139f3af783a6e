"""Real processes that spend from one cap, what happens to them, and what all of it came to."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from end_to_end.shared_cap import Orders
from lanewise.stores.address import Store
from patience import PATIENCE_S
from processes import Process
from stores.opening import spelled, sql

CAP = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a cap came to, in shares of it."""

    really: float  # by the vendors' books
    settled: float
    unaccounted: float
    in_rows: float
    calls: int
    lost: int  # calls whose process saw their rows durable, and that have none
    doubled: int


class Fleet:
    """Processes on one store."""

    def __init__(self, store: Store, folder: Path, zygote: Process, term_s: float) -> None:
        self.store = store
        self.term_s = term_s
        self._folder = folder
        self._zygote = zygote
        self._begun_at = len(zygote.lines)
        self._pids: dict[str, int] = {}
        self._dead: set[str] = set()

    def begin(self, process: str, **orders: Any) -> None:
        """Start one."""
        given = Orders(
            store=spelled(self.store),
            folder=str(self._folder),
            process=process,
            cap=CAP,
            seed=len(self._pids),
            term_s=self.term_s,
            **orders,
        )
        assert self._zygote.child.stdin is not None
        self._zygote.child.stdin.write(msgspec.json.encode(given).decode() + "\n")
        self._zygote.child.stdin.flush()
        self._pids[process] = int(self.wait_for("born", process).split()[2])

    def send(self, process: str, number: signal.Signals) -> None:
        """Kill, stop or continue one."""
        with suppress(ProcessLookupError):  # it has finished
            os.kill(self._pids[process], number)
        if number == signal.SIGKILL:
            self._dead.add(process)

    def end(self) -> None:
        """Kill whatever is left."""
        for process in self._pids.keys() - self._dead:
            if not self._has_ended(process):
                self.send(process, signal.SIGKILL)

    def wait_for(self, word: str, process: str) -> str:
        """The line in which a process says so."""
        said = f"{word} {process} "
        self.until(lambda: any(line.startswith(said) for line in self._said()))
        return next(line for line in self._said() if line.startswith(said))

    def all_gone(self) -> None:
        """Until every process has ended that was not killed."""
        for process in self._pids.keys() - self._dead:
            self.wait_for("gone", process)

    def spent(self, share: float) -> None:
        """Until so much of the cap is spent, or everybody has ended."""
        alive = self._pids.keys() - self._dead
        self.until(lambda: self.really_spent() >= share * CAP or all(self._has_ended(each) for each in alive))

    def spent_by(self, process: str, share: float) -> None:
        """Until so much of the cap is spent, or this process has ended."""
        self.until(lambda: self.really_spent() >= share * CAP or self._has_ended(process))

    def until(self, holds: Callable[[], bool]) -> None:
        """Look again and again."""
        ends_s = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < ends_s, f"it never came to that: {''.join(self._said())}"
            time.sleep(0.005)

    def really_spent(self) -> int:
        """By the vendors' books."""
        return sum(int(cost) for word, _, _, cost in self._lines() if word == "spent")

    def refusals(self, word: str = "refused") -> int:
        """How many calls were refused, or could not be decided on."""
        return sum(said == word for said, *_ in self._lines())

    def is_reclaimed(self, process: str) -> bool:
        """Whether a dead process's leases are reclaimed."""
        with sql(self.store) as connection:
            found = connection.execute(
                "SELECT count(*) FROM leases WHERE process = ? AND amount > 0", (process,)
            ).fetchone()
        return not found[0]

    def outcome(self) -> Outcome:
        """What it came to."""
        durable = {f"run_{process}_{int(number):06}" for word, process, number, _ in self._lines() if word == "durable"}
        with sql(self.store) as connection:
            rows = connection.execute("SELECT run_id, cost_nanousd FROM runs").fetchall()
            ((settled, unaccounted),) = connection.execute("SELECT settled, unaccounted FROM budget_books").fetchall()
        kept = Counter(run_id for run_id, _ in rows)
        return Outcome(
            really=self.really_spent() / CAP,
            settled=settled / CAP,
            unaccounted=unaccounted / CAP,
            in_rows=sum(cost for _, cost in rows) / CAP,
            calls=sum(word == "spent" for word, *_ in self._lines()),
            lost=len(durable - kept.keys()),
            doubled=sum(count > 1 for count in kept.values()),
        )

    def _has_ended(self, process: str) -> bool:
        return any(line.startswith(f"gone {process} ") for line in self._said())

    def _said(self) -> list[str]:
        return self._zygote.lines[self._begun_at :]

    def _lines(self) -> Iterator[tuple[str, str, str, str]]:
        for book in self._folder.glob("*.book"):
            for line in book.read_text().splitlines(keepends=True):
                if line.endswith("\n"):
                    word, number, cost = line.split()
                    yield word, book.stem, number, cost


@contextmanager
def fleet_on(store: Store, folder: Path, zygote: Process, term_s: float) -> Iterator[Fleet]:
    """Processes on a store; whatever is left of them at the end is killed."""
    fleet = Fleet(store, folder, zygote, term_s)
    try:
        yield fleet
    finally:
        fleet.end()


@contextmanager
def zygote_in(folder: Path) -> Iterator[Process]:
    """What forks them."""
    process = Process(cwd=folder, env={"PYTHONPATH": str(Path(__file__).parents[1])}, module="end_to_end.shared_cap")
    try:
        yield process
    finally:
        process.stop(signal.SIGKILL)
