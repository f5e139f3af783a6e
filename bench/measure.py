"""What a system's processes use: CPU of the whole tree, children and threads included, and resident memory."""

from __future__ import annotations

import platform
import time

import psutil


def cpu_clock_s(process: psutil.Process) -> float:
    """User and system time of one living process.

    Linux's per-process clock counts nanoseconds, `/proc/*/stat` only ticks of 10 ms: too coarse for a round of a second.
    """
    if platform.system() == "Linux":
        return time.clock_gettime((~process.pid << 3) | 2)  # what clock_getcpuclockid(3) answers
    times = process.cpu_times()
    return float(times.user + times.system)


class Tree:
    """A server's process and all that descend from it."""

    def __init__(self, pid: int) -> None:
        self.root = psutil.Process(pid)

    def living(self) -> list[psutil.Process]:
        return [self.root, *self.root.children(recursive=True)]

    def cpu_s(self) -> float:
        """CPU used so far, by the living and by children already reaped."""
        total = 0.0
        for process in self.living():
            try:
                times = process.cpu_times()
                total += cpu_clock_s(process)
            except (psutil.NoSuchProcess, OSError):
                continue  # it ended in between; its parent counts it from now on
            total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        return total

    def rss_mb(self) -> float:
        return float(sum(process.memory_info().rss for process in self.living())) / 1e6
