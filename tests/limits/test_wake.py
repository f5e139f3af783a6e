"""What an operator does when a vendor says that it is back: breakers close and holds are lifted, without waiting for a probe."""

from __future__ import annotations

from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import BreakerPolicy
from lanewise.limits.breaker import MemoryBreaker
from lanewise.limits.pace import MemoryPace
from lanewise.limits.waiting import MemoryWaitingRoom
from walking import SetClock, deployment, lane

LARGE = deployment("alpha/large")
LANE = lane("reasoning", LARGE.name, breaker=BreakerPolicy(min_calls=2))
DOWN = Failure(kind=FailureKind.SERVER_ERROR, message="down")
BUSY = Failure(kind=FailureKind.RATE_LIMITED, message="busy", retry_after_s=20.0)


def opened(moves: list[str]) -> MemoryBreaker:
    breaker = MemoryBreaker(SetClock(), moved=lambda _lane, _deployment, position: moves.append(position))
    for _ in range(2):
        breaker.note(LANE, LARGE, breaker.enter(LANE, LARGE), DOWN)
    return breaker


def test_a_breaker_that_is_woken_is_closed_and_has_forgotten_why_it_opened() -> None:
    moves: list[str] = []
    breaker = opened(moves)
    assert breaker.rests_s(LANE, LARGE, alone=False) > 0

    assert breaker.wake("reasoning", "alpha/large")

    assert breaker.rests_s(LANE, LARGE, alone=False) == 0
    assert moves == ["open", "closed"]
    (state,) = breaker.states()
    assert (state.position, state.calls, state.failed, state.opens_in_all) == ("closed", 0, 0, 1)


def test_a_breaker_that_is_closed_or_unknown_is_left_alone() -> None:
    moves: list[str] = []
    breaker = opened(moves)
    assert breaker.wake("reasoning", "alpha/large")
    assert not breaker.wake("reasoning", "alpha/large")
    assert not breaker.wake("standard", "alpha/large")
    assert moves == ["open", "closed"]


def test_a_vendor_s_hold_is_lifted_and_its_learned_limit_stays() -> None:
    pace = MemoryPace(SetClock())
    calls = [pace.begin(LARGE) for _ in range(4)]
    pace.end(LARGE, calls[0], BUSY, None)
    assert pace.rests_s(LARGE, alone=False) == 20.0

    assert pace.wake("alpha/large")

    (state,) = pace.states()
    assert (state.held_s, state.limit) == (0.0, 2)
    assert not pace.wake("alpha/large")
    assert not pace.wake("beta/large")


def test_the_waiting_room_knows_how_many_wait() -> None:
    room = MemoryWaitingRoom()
    assert room.sit_down(2)
    assert room.sit_down(2)
    assert not room.sit_down(2)
    room.get_up()
    assert len(room) == 1
