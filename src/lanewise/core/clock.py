"""Time, as something that is passed in: so that a test decides what time it is."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Wall time for records, monotonic time for durations."""

    def now_s(self) -> float:
        """Seconds since the Unix epoch."""

    def monotonic_s(self) -> float:
        """Seconds that never go backwards; only differences mean something."""


class SystemClock:
    """The machine's own clocks."""

    now_s = staticmethod(time.time)
    monotonic_s = staticmethod(time.monotonic)


class Leaps:
    """Notices that wall time was set while a process runs, or that its machine slept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._apart_s = clock.now_s() - clock.monotonic_s()

    def since_last_s(self) -> float:
        """Seconds by which wall time has leapt since it was asked before; less than nothing where it went back."""
        before_s, self._apart_s = self._apart_s, self._clock.now_s() - self._clock.monotonic_s()
        return self._apart_s - before_s
