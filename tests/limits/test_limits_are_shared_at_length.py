"""The same at length, for `make proof`: four processes, two of them killed, Redis standing still and killed, each more than once."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from limits.doors import doors_at, most_at_once, most_in_a_window
from redis_server import own_redis

#: Twice the rate is asked for, and on a busy machine still more than it.
RATE, GAP_S, PLACES, LEASE_S = 6_000, 0.2, 16, 1.0
FOR_S, SHARED_S = 80.0, 8.0

pytestmark = pytest.mark.data


@pytest.fixture(autouse=True)
def at_length(request: pytest.FixtureRequest) -> None:
    """They take a minute and a half."""
    if request.config.getoption("markexpr") != "data":
        pytest.skip("`make proof` runs it; test_limits_are_shared.py has the short one")


def test_limits_hold_for_four_processes_and_without_redis_nobody_is_lost(tmp_path: Path) -> None:
    away: list[tuple[float, float]] = []
    with (
        own_redis() as redis,
        doors_at(
            tmp_path, redis.url, for_s=FOR_S, rate=RATE, gap_s=GAP_S, places=PLACES, lease_s=LEASE_S, tasks=16
        ) as doors,
    ):
        doors.begin("a", "b", "c", "d")
        begun_s = time.monotonic()
        time.sleep(SHARED_S / 2)
        killed_s = [doors.kill("c")]
        time.sleep(SHARED_S / 2)
        for how in (signal.SIGSTOP, signal.SIGKILL, signal.SIGSTOP, signal.SIGKILL):
            gone_s = time.monotonic()
            redis.send(how)
            time.sleep(1.2)
            away.append((gone_s, time.monotonic()))
            if how is signal.SIGSTOP:
                redis.send(signal.SIGCONT)
            else:
                redis.stop()
                redis.start()
            time.sleep(3.0)
            if len(away) == 2:
                killed_s.append(doors.kill("d"))
        doors.all_gone()
        rated, placed = doors.let_in("rated"), doors.let_in("placed")

    most = most_in_a_window(rated, 60.0)
    print(f"let in {len(rated)} and {len(placed)}; in a minute at most {most} of {RATE}")
    assert most <= 1.01 * RATE
    # What was taken ahead when Redis went away, or by who was killed, is missing for a minute.
    assert most >= 0.8 * RATE
    assert most_at_once(placed, begun_s, away[0][0]) == PLACES
    for at_s in killed_s:
        assert most_at_once(placed, at_s + LEASE_S * 1.2, at_s + LEASE_S * 2) <= PLACES
    marked = 0
    for gone_s, back_s in away:
        for each in (rated, placed):
            meanwhile = [request for request in each if gone_s + 0.5 < request.asked_s < request.in_s < back_s]
            assert all(request.alone for request in meanwhile)
            marked += len(meanwhile)
        assert most_at_once(placed, gone_s + 0.5, back_s + 2.0) <= PLACES
    assert marked > 100
    assert not any(each.alone for each in placed if each.asked_s > away[-1][1] + 2.2)
