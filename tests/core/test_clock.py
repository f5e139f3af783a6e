"""The machine's clocks, each for what it is for."""

from __future__ import annotations

import time

from lanewise.core.clock import Leaps, SystemClock


def test_records_are_dated_by_the_wall_clock() -> None:
    before = time.time()
    now_s = SystemClock().now_s()
    assert before <= now_s <= time.time()


def test_durations_are_measured_by_a_clock_that_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.monotonic_s() for _ in range(1_000)]
    assert readings == sorted(readings)


class ApartClock:
    """Two clocks that go together until the wall's is set."""

    wall_s, passed_s = 1_790_000_000.0, 50.0

    def now_s(self) -> float:
        return self.wall_s

    def monotonic_s(self) -> float:
        return self.passed_s


def test_a_clock_that_is_set_leaps_and_one_that_goes_does_not() -> None:
    clock = ApartClock()
    leaps = Leaps(clock)
    clock.wall_s, clock.passed_s = clock.wall_s + 60, clock.passed_s + 60
    assert leaps.since_last_s() == 0
    clock.wall_s -= 3_600
    assert (leaps.since_last_s(), leaps.since_last_s()) == (-3_600, 0)
