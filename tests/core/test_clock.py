"""The machine's clocks, each for what it is for."""

from __future__ import annotations

import time

from lanewise.core.clock import SystemClock


def test_records_are_dated_by_the_wall_clock() -> None:
    before = time.time()
    now_s = SystemClock().now_s()
    assert before <= now_s <= time.time()


def test_durations_are_measured_by_a_clock_that_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.monotonic_s() for _ in range(1_000)]
    assert readings == sorted(readings)
