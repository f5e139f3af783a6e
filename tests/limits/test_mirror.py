"""What a process knows of everybody's windows, and what it makes of that when it can ask nobody."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lanewise.core.protocols.hot_state import Taken
from lanewise.limits.hot_batch import Batch, Figures
from lanewise.limits.mirror import Mirror
from limiting import claim
from walking import SetClock

OF = claim(rate=100, at_once=8)
SERVER_US = 1_700_000_000_000_000


def operations(batch: Batch) -> list[list[Any]]:
    said: list[list[Any]] = msgspec.msgpack.decode(batch.pack("p", 1.0, ("", ""), lambda *_: 0))[5]
    return said


@pytest.fixture
def mirror() -> Mirror:
    """It has been told that 40 requests came in the last minute."""
    mirror = Mirror(SetClock())
    mirror.set_clock(SERVER_US)
    mirror.note((OF,), 0, None)
    mirror.agree(OF[:2], Figures(40, 0, 0.0, 0.0, 3, 0))
    return mirror


def test_alone_it_lets_in_its_share_of_what_was_left(mirror: Mirror) -> None:
    taken = [mirror.take_alone((claim(rate=100),), 0, sparing=False, processes=4) for _ in range(20)]
    assert sum(isinstance(each, Taken) for each in taken) == 15
    standing = mirror.standing((OF,))
    assert standing is not None
    assert standing.requests is not None
    assert standing.requests.remaining == 0


def test_what_it_took_alone_is_told_once_and_again_where_that_did_not_arrive(mirror: Mirror) -> None:
    mirror.take_alone((OF,), 0, sparing=False, processes=4)
    for reached, told in ((False, [0, 1]), (True, [0, 1]), (True, None)):
        batch = Batch()
        mirror.tell(batch)
        mirror.told(reached=reached)
        assert [each[2] for each in operations(batch) if each[0] == 4] == ([told] if told else [])


def test_what_others_took_meanwhile_counts_from_when_it_is_learned(mirror: Mirror) -> None:
    mirror.take_alone((OF,), 0, sparing=False, processes=4)
    subject = mirror.mine.subject(*OF[:2])
    assert subject.requests.total == 44
    mirror.share_again()
    assert subject.requests.total == 41
    mirror.agree(OF[:2], Figures(44, 0, 0.0, 0.0, 3, 0))
    assert subject.requests.at == [mirror.now, mirror.now + 9]
    assert subject.requests.amounts == [1, 43]


def test_a_server_without_memory_is_told_of_the_last_minute_but_what_was_taken_alone_only_by_itself(
    mirror: Mirror,
) -> None:
    mirror.take_alone((OF,), 0, sparing=False, processes=4)
    mirror.tell(Batch())
    batch = Batch()
    mirror.restore(batch)
    ((act, _, requests, tokens, *_),) = operations(batch)
    assert (act, requests, tokens) == (5, [-9, 40], [])


def test_who_has_nothing_running_is_asked_about_a_few_at_a_time_and_forgotten_after_a_minute() -> None:
    clock = SetClock()
    mirror = Mirror(clock)
    for number in range(100):
        of = claim(f"tenant-{number}", rate=10)
        mirror.mine.undo(mirror.note((of,), 0, None))
        mirror.agree(of[:2], Figures(1, 0, 0.0, 0.0, 0, 0))
    asked: list[str] = []
    for _ in range(2):
        batch = Batch()
        mirror.tell(batch)
        asked += batch.subjects
    assert len(asked) == 128
    assert len(set(asked)) == 100
    clock.time_s += 66.0
    mirror.tell(batch := Batch())
    assert not len(batch)


def test_what_was_counted_before_the_server_s_clock_was_known_stays_counted() -> None:
    mirror = Mirror(SetClock())
    mirror.take_alone((OF,), 0, sparing=False, processes=1)
    mirror.set_clock(SERVER_US)
    assert mirror.held(*OF[:2]) == 1
    assert mirror.mine.subject(*OF[:2]).requests.at == [mirror.now]
    batch = Batch()
    mirror.tell(batch)
    assert [each[2] for each in operations(batch) if each[0] == 4] == [[0, 1]]
