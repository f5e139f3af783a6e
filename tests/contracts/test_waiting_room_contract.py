"""What every WaitingRoom must do. A new implementation adds one line to `ROOMS`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.protocols.waiting import WaitingRoom
from lanewise.limits.waiting import MemoryWaitingRoom

Make = Callable[[], WaitingRoom]
ROOMS: dict[str, Make] = {MemoryWaitingRoom.__name__: MemoryWaitingRoom}


@pytest.mark.parametrize("room_of", ROOMS.values(), ids=ROOMS)
class TestWaitingRoom:
    """One run of it per room."""

    @given(st.lists(st.tuples(st.booleans(), st.integers(0, 4)), max_size=60))
    def test_a_place_is_refused_exactly_while_all_are_taken_however_many_a_reload_leaves(
        self, room_of: Make, comings_and_goings: list[tuple[bool, int]]
    ) -> None:
        room, waiting = room_of(), 0
        for comes, places in comings_and_goings:
            if comes:
                seated = room.sit_down(places)
                assert seated is (waiting < places)
                waiting += seated
            elif waiting:
                room.get_up()
                waiting -= 1
            assert len(room) == waiting
