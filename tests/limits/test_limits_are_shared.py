"""Limits that real processes share hold for all together, whoever is killed; and without Redis nobody is turned away for it."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from limits.doors import doors_at, held_when_killed, most_at_once, over_the_rate
from redis_server import own_redis

RATE, BURST, PLACES, LEASE_S = 9_000, 0.01, 12, 1.0


def test_limits_hold_whoever_is_killed_and_redis_standing_still_is_no_error(tmp_path: Path) -> None:
    with (
        own_redis() as redis,
        doors_at(
            tmp_path, redis.url, for_s=5.5, rate=RATE, burst=BURST, places=PLACES, lease_s=LEASE_S, tasks=10
        ) as doors,
    ):
        doors.begin("a", "b", "c")
        begun_s = time.monotonic()
        time.sleep(1.0)
        killed_s = doors.kill("c")
        time.sleep(1.5)
        gone_s = time.monotonic()
        redis.send(signal.SIGSTOP)
        time.sleep(0.8)
        back_s = time.monotonic()
        redis.send(signal.SIGCONT)
        doors.all_gone()  # each to its end, without an error
        rated, placed = doors.let_in("rated"), doors.let_in("placed")

    before = [each for each in rated if each.in_s < gone_s]
    for window_s in (0.2, 0.5, 1.0, 2.0):
        assert over_the_rate(before, RATE, BURST, window_s) <= 0.01
    assert len(before) >= 0.9 * (gone_s - begun_s) * RATE / 60  # and nearly all of it can be had
    # Those of the killed one count until its lease is over, and then no longer.
    assert most_at_once(placed, begun_s, gone_s) == PLACES
    assert most_at_once(placed, killed_s, killed_s + LEASE_S / 2) <= PLACES - held_when_killed(placed, killed_s)
    assert most_at_once(placed, killed_s + LEASE_S * 1.2, gone_s) == PLACES

    for each in (rated, placed):
        meanwhile = [request for request in each if gone_s + 0.5 < request.asked_s < request.in_s < back_s]
        assert meanwhile
        assert all(request.alone for request in meanwhile)
        assert not any(request.alone for request in each if request.in_s < gone_s)
        after = [request for request in each if request.asked_s > back_s + 1.9]
        assert after
        assert not any(request.alone for request in after)
    assert most_at_once(placed, gone_s + 0.5, back_s + 60) <= PLACES
    # Around the time without Redis a burst more may have come: who took less than its share of it takes the rest alone.
    assert over_the_rate(rated, RATE, BURST, 4.0) * (RATE * BURST + RATE * 4 / 60) <= RATE * BURST
