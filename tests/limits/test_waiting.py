"""A place that was given back can be taken at once."""

from __future__ import annotations

from lanewise.limits.waiting import MemoryWaitingRoom


def test_a_place_that_was_given_back_can_be_taken_at_once() -> None:
    room = MemoryWaitingRoom()
    assert [room.sit_down(2) for _ in range(3)] == [True, True, False]
    room.get_up()
    assert [room.sit_down(2) for _ in range(2)] == [True, False]
    assert len(room) == 2
