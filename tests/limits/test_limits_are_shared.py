"""Limits that real processes share hold for all together, whoever is killed; and without Redis nobody is turned away for it."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from limits.doors import doors_at, held_when_killed, most_at_once
from redis_server import own_redis

#: The rate is what the processes ask for in about four seconds.
RATE, GAP_S, PLACES, LEASE_S = 1_500, 0.06, 12, 1.0


def test_limits_hold_whoever_is_killed_and_redis_standing_still_is_no_error(tmp_path: Path) -> None:
    with (
        own_redis() as redis,
        doors_at(
            tmp_path, redis.url, for_s=5.5, rate=RATE, gap_s=GAP_S, places=PLACES, lease_s=LEASE_S, tasks=10
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

    # Those of the killed one count until its lease is over, and then no longer.
    assert most_at_once(placed, begun_s, gone_s) == PLACES
    assert most_at_once(placed, killed_s, killed_s + LEASE_S / 2) <= PLACES - held_when_killed(placed, killed_s)
    assert most_at_once(placed, killed_s + LEASE_S * 1.2, gone_s) == PLACES

    for each in (rated, placed):
        meanwhile = [request for request in each if gone_s + 0.5 < request.asked_s < request.in_s < back_s]
        assert meanwhile
        assert all(request.alone for request in meanwhile)
        assert not any(request.alone for request in each if request.in_s < gone_s)
    after = [request for request in placed if request.asked_s > back_s + 1.9]
    assert after
    assert not any(request.alone for request in after)
    assert most_at_once(placed, gone_s + 0.5, back_s + 60) <= PLACES
    # All of it is in one minute: whoever was killed, and with Redis gone and back, no more came than its rate, and nearly all of it.
    assert 0.9 * RATE <= len(rated) <= RATE * 1.01
    assert rated[-1].in_s - rated[0].asked_s < 60.0
