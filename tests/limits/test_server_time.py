"""The server's time, as far as a process knows."""

from __future__ import annotations

import pytest

from lanewise.limits.server_time import ServerTime
from walking import SetClock


def test_it_is_set_by_each_answer_and_says_by_how_much_where_that_is_more_than_a_bucket() -> None:
    clock = SetClock(1_000.0)
    time = ServerTime(clock)
    assert time.learn(1_700_000_000.0) == round((1_700_000_000.0 - 1_000.0) / 0.6)
    clock.time_s += 1.0
    assert time.monotonic_s() == pytest.approx(1_700_000_001.0)
    assert time.learn(1_700_000_000.9) == 0  # an answer that came later than others
    assert time.monotonic_s() == pytest.approx(1_700_000_000.9)
    assert time.now_s() == clock.now_s()
