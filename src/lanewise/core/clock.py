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
