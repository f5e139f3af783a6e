"""Real processes that share limits on one Redis, what happens to them and to it, and what all of it came to."""

from __future__ import annotations

import signal
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from limits.shared_door import Orders
from patience import PATIENCE_S
from processes import Process
from redis_server import new_prefix


class Request(NamedTuple):
    """One that was let in; it is out no sooner than `out_s`."""

    tenant: str
    asked_s: float
    in_s: float
    out_s: float
    alone: bool


class Doors:
    """Processes at one Redis."""

    def __init__(self, folder: Path, url: str, **orders: Any) -> None:
        self._folder = folder
        self._orders = {"url": url, "prefix": new_prefix(), **orders}
        self._processes: dict[str, Process] = {}
        self._killed_s: dict[str, float] = {}

    def begin(self, *names: str) -> None:
        """Start these, and have them begin together."""
        for name in names:
            orders = Orders(book=str(self._book(name)), process=name, **self._orders)
            file = self._folder / f"{name}.json"
            file.write_bytes(msgspec.json.encode(orders))
            path = {"PYTHONPATH": str(Path(__file__).parents[1])}
            self._processes[name] = Process(str(file), cwd=self._folder, env=path, module="limits.shared_door")
        for name in names:
            self._processes[name].wait_for("begun")
        for name in names:
            to = self._processes[name].child.stdin
            assert to is not None
            to.write("\n")
            to.flush()

    def kill(self, name: str) -> float:
        """Kill one; when that was."""
        self._processes[name].child.send_signal(signal.SIGKILL)
        self._processes[name].child.wait(PATIENCE_S)
        self._killed_s[name] = time.monotonic()
        return self._killed_s[name]

    def all_gone(self) -> None:
        """Until every process has ended that was not killed; each must have come to its end."""
        for name, process in self._processes.items():
            if name not in self._killed_s:
                code = process.child.wait(self._orders["for_s"] + PATIENCE_S)
                assert code == 0, "".join(process.lines)
                assert self._book(name).read_text().endswith("done\n")

    def end(self) -> None:
        """Kill whatever is left."""
        for process in self._processes.values():
            process.stop(signal.SIGKILL)

    def let_in(self, tenant: str) -> list[Request]:
        """All requests of a tenant that were let in, whoever did it; those of a killed process end with it."""
        found = []
        for name in self._processes:
            outs: dict[str, float] = {}
            ins: list[tuple[str, float, float, bool]] = []
            for line in self._book(name).read_text().splitlines():
                match line.split():
                    case ["in", of, number, asked_s, in_s, alone] if of == tenant:
                        ins.append((number, float(asked_s), float(in_s), alone == "1"))
                    case ["out", of, number, at_s] if of == tenant:
                        outs[number] = float(at_s)
            end_s = self._killed_s.get(name, 0.0)
            found += [
                Request(tenant, asked_s, in_s, outs.get(number, end_s), alone) for number, asked_s, in_s, alone in ins
            ]
        return sorted(found, key=lambda each: each.in_s)

    def _book(self, name: str) -> Path:
        return self._folder / f"{name}.book"


def most_at_once(requests: list[Request], from_s: float, to_s: float) -> int:
    """How many were in at one time at most, of all times between these."""
    moves = sorted(
        [(max(each.in_s, from_s), 1) for each in requests if each.out_s > from_s and each.in_s < to_s]
        + [(each.out_s, -1) for each in requests if each.out_s > from_s and each.in_s < to_s]
    )
    running = most = 0
    for _, move in moves:
        running += move
        most = max(most, running)
    return most


def held_when_killed(requests: list[Request], killed_s: float) -> int:
    """How many places a killed process had, by its book."""
    return sum(each.out_s == killed_s for each in requests)


def most_in_a_window(requests: list[Request], window_s: float) -> int:
    """How many were let in within a window of this length at most.

    Only requests count that were asked for and let in within the window, since a process may be late to write down.
    """
    ins = [each.in_s for each in requests]
    most = 0
    for first, each in enumerate(requests):
        last = bisect_left(ins, each.asked_s + window_s)
        most = max(most, sum(other.asked_s >= each.asked_s for other in requests[first:last]))
    return most


@contextmanager
def doors_at(folder: Path, url: str, **orders: Any) -> Iterator[Doors]:
    """Processes at a Redis; whatever is left of them at the end is killed."""
    doors = Doors(folder, url, **orders)
    try:
        yield doors
    finally:
        doors.end()
