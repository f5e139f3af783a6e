"""What a process, or all that it started, got of the processor: whether it ran too long, or did not get to run.

Wall seconds say nothing on a busy machine. Linux tells of each thread how long it ran and how long it waited for a processor while it was
ready to run (`/proc/PID/task/TID/schedstat`); the rest it slept by itself. Of processes that have ended only their CPU seconds are left;
how long they waited is bounded by how long anybody on the machine did (`/proc/pressure/cpu`).
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_WAITED_SHARE = 0.1  # of its wall seconds: who waited longer for a processor might have ended on a quiet machine
_PAUSE_S = 0.1  # in which a thread that is ready gets its turn, else it is kept waiting
_ENDED_S = 0.05  # of CPU, in children that have ended: below it, their waiting is no matter
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_NS_PER_S = 1e9
_US_PER_S = 1e6
_STOPPED = ("T", "t")
_READY = "R"


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """What some processes got. `waited_s` is the most that one thread waited for a processor; None: it cannot be read."""

    ran_s: float
    waited_s: float | None
    stopped: bool = False  # a signal has stopped one of them, so that it neither runs nor waits

    def since(self, before: Share) -> Share:
        """What came after `before`."""
        if self.waited_s is None or before.waited_s is None:
            return UNKNOWN
        return Share(
            ran_s=max(0.0, self.ran_s - before.ran_s),
            waited_s=max(0.0, self.waited_s - before.waited_s),
            stopped=self.stopped,
        )

    def starved(self, *, wall_s: float, cpu_s: float) -> str:
        """Why having used up `wall_s` is no fault of theirs; empty where they ran for `cpu_s`, or slept by themselves."""
        if self.waited_s is None:
            return "what it got of the processor cannot be read here"
        if self.ran_s >= cpu_s:
            return ""
        if self.stopped:
            return f"it was stopped by a signal, after {self.ran_s:.2g} s of CPU"
        if self.waited_s < _WAITED_SHARE * wall_s:
            return ""
        waited_s = min(self.waited_s, wall_s)
        return f"it waited {waited_s:.2g} of {wall_s:g} s for a processor, and had one for {self.ran_s:.2g} s"


UNKNOWN = Share(ran_s=0.0, waited_s=None)


@dataclass(frozen=True, slots=True)
class _Thread:
    state: str
    ran_s: float
    waited_s: float
    turns: int
    age_s: float


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    ran_s: float  # its threads that have ended included
    children_s: float  # CPU seconds of its children that have ended


def own_share(pid: int, *, proc: Path = PROC) -> Share:
    """What the first thread of a process got so far: one short reading, for a process that has no other."""
    try:
        ran_ns, waited_ns, _ = (proc / str(pid) / "schedstat").read_bytes().split()
    except (OSError, ValueError):
        return UNKNOWN
    return Share(ran_s=int(ran_ns) / _NS_PER_S, waited_s=int(waited_ns) / _NS_PER_S)


def pressure_s(*, proc: Path = PROC) -> float | None:
    """Seconds in which somebody on this machine waited for a processor, ever since; None where that is not told."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        some = (proc / "pressure" / "cpu").read_text().splitlines()[0]
        return int(some.rpartition("total=")[2]) / _US_PER_S
    return None


def share_of(
    pid: int, *, family: bool = False, pressed_s: float | None = None, proc: Path = PROC, pause_s: float = _PAUSE_S
) -> Share:
    """What a process got in its life, with `family` all that descend from it too. Blocks for `pause_s` where one of them is ready to run.

    `pressed_s` is what `pressure_s` said when it began.
    """
    try:
        processes = _descendants(pid, proc) if family else {pid: _process(pid, proc)}
        threads = _threads(processes, proc)
        if any(each.state == _READY for each in threads.values()):
            time.sleep(pause_s)
            threads = _waiting(threads, _threads(processes, proc))
    except (OSError, ValueError, IndexError):
        return UNKNOWN
    if not threads:
        return UNKNOWN
    waited_s = max(each.waited_s for each in threads.values())
    if sum(each.children_s for each in processes.values()) > _ENDED_S and pressed_s is not None:
        waited_s = max(waited_s, (pressure_s(proc=proc) or pressed_s) - pressed_s)
    return Share(
        ran_s=sum(each.ran_s + each.children_s for each in processes.values()),
        waited_s=waited_s,
        stopped=any(each.state in _STOPPED for each in threads.values()),
    )


def _waiting(first: dict[int, _Thread], later: dict[int, _Thread]) -> dict[int, _Thread]:
    """The later reading. Waiting is added up when a turn comes: a thread whose turn did not come has waited since it last ran."""
    return {tid: _kept_waiting(first.get(tid), thread) for tid, thread in later.items()}


def _kept_waiting(first: _Thread | None, later: _Thread) -> _Thread:
    if first is None or (first.state, later.state) != (_READY, _READY):
        return later
    if (first.turns, first.ran_s) != (later.turns, later.ran_s):
        return later
    return _Thread(_READY, later.ran_s, max(later.waited_s, later.age_s - later.ran_s), later.turns, later.age_s)


def _descendants(pid: int, proc: Path) -> dict[int, _Process]:
    """A process and all below it. Raises OSError where it is not there."""
    found = {pid: _process(pid, proc)}
    everybody: dict[int, _Process] = {}
    for entry in proc.iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError, IndexError):
                everybody[int(entry.name)] = _process(int(entry.name), proc)
    grown = True
    while grown:
        more = {each: process for each, process in everybody.items() if process.parent in found and each not in found}
        found |= more
        grown = bool(more)
    return found


def _process(pid: int, proc: Path) -> _Process:
    fields = _stat(proc / str(pid))
    own, ended = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return _Process(int(fields[1]), own / _TICKS_PER_S, ended / _TICKS_PER_S)


def _threads(pids: Iterable[int], proc: Path) -> dict[int, _Thread]:
    """Every thread of these processes; whoever has ended meanwhile is left out."""
    found = {}
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for entry in (proc / str(pid) / "task").iterdir():
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    found[int(entry.name)] = _thread(entry, proc)
    return found


def _thread(entry: Path, proc: Path) -> _Thread:
    fields = _stat(entry)
    ran_ns, waited_ns, turns = (entry / "schedstat").read_bytes().split()
    up_s = float((proc / "uptime").read_bytes().split()[0])
    age_s = up_s - int(fields[19]) / _TICKS_PER_S
    return _Thread(fields[0], int(ran_ns) / _NS_PER_S, int(waited_ns) / _NS_PER_S, int(turns), age_s)


def _stat(entry: Path) -> list[str]:
    """The fields behind the name, the state first: the name may hold blanks and braces."""
    return (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
