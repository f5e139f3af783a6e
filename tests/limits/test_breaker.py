"""What is special about breakers in memory: their bounds, whom they tell, and whom they ask what is slow."""

from __future__ import annotations

import dataclasses

import pytest

from lanewise.core.failure import Failure, FailureKind
from lanewise.core.plan import Timing
from lanewise.core.policy import BreakerPolicy
from lanewise.core.record import RunRecord
from lanewise.limits import breaker as module
from lanewise.limits.breaker import MemoryBreaker
from walking import SetClock, deployment, lane

LANE = lane("standard", "alpha/small", breaker=BreakerPolicy(min_calls=4, open_s=30.0), timeout_s=60.0)
SMALL = LANE.deployments[0]
DOWN = Failure(kind=FailureKind.SERVER_ERROR, message="down")
LATE = Failure(kind=FailureKind.DEADLINE, message="too late")


class UsualTimes:
    """A history that knows one P95."""

    def __init__(self, p95_s: float | None) -> None:
        self.timing = None if p95_s is None else Timing(p50_s=p95_s / 2, p95_s=p95_s)

    def observe(self, record: RunRecord) -> None:
        raise AssertionError("a breaker learns from its own calls")

    def lane(self, lane: str) -> Timing | None:
        raise AssertionError("what is slow differs by deployment")

    def deployment(self, lane: str, deployment: str) -> Timing | None:
        return self.timing if (lane, deployment) == ("standard", "alpha/small") else None


def test_every_change_of_position_is_told_once() -> None:
    clock, moves = SetClock(), list[tuple[str, str, str]]()
    breaker = MemoryBreaker(clock, moved=lambda *move: moves.append(move))
    for _ in range(6):
        breaker.note(LANE, SMALL, breaker.enter(LANE, SMALL), DOWN)
    clock.time_s += 30
    breaker.note(LANE, SMALL, breaker.enter(LANE, SMALL), DOWN)
    clock.time_s += 30
    breaker.note(LANE, SMALL, breaker.enter(LANE, SMALL), None)
    breaker.note(LANE, SMALL, breaker.enter(LANE, SMALL), None)

    assert {move[:2] for move in moves} == {("standard", "alpha/small")}
    assert [move[2] for move in moves] == ["open", "half_open", "open", "half_open", "closed"]


@pytest.mark.parametrize(
    ("p95_s", "took_s", "blamed"),
    [(5.0, 4.9, False), (5.0, 5.0, True), (None, 5.0, False), (None, 30.0, True), (50.0, 30.0, True)],
)
def test_a_call_cut_short_is_held_against_the_vendor_where_it_was_slower_than_usual_or_had_half_of_the_lane_s_time(
    p95_s: float | None, took_s: float, blamed: bool
) -> None:
    clock = SetClock()
    breaker = MemoryBreaker(clock, history=UsualTimes(p95_s))
    tickets = [breaker.enter(LANE, SMALL) for _ in range(4)]
    clock.time_s += took_s
    for ticket in tickets:
        breaker.note(LANE, SMALL, ticket, LATE)
    assert (breaker.rests_s(LANE, SMALL, alone=False) > 0) is blamed


def test_names_of_many_reloads_do_not_fill_the_memory_and_open_breakers_are_kept_longest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MOST", 3)
    breaker = MemoryBreaker(SetClock())
    for _ in range(4):
        breaker.note(LANE, SMALL, breaker.enter(LANE, SMALL), DOWN)
    for number in range(50):
        each = deployment(f"alpha/model-{number}")
        ticket = breaker.enter(LANE, each)
        if number < 49:
            breaker.note(LANE, each, ticket, None)
    states = breaker.states()
    assert len(states) == 3
    assert states[0].deployment == "alpha/small"
    assert breaker.rests_s(LANE, SMALL, alone=False) > 0


def test_where_all_are_open_the_oldest_is_forgotten_and_a_late_result_of_it_is_no_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MOST", 1)
    breaker, other = MemoryBreaker(SetClock()), deployment("alpha/large")
    late = breaker.enter(LANE, SMALL)
    for each in (SMALL, other):
        for _ in range(4):
            breaker.note(LANE, each, breaker.enter(LANE, each), DOWN)
    breaker.note(LANE, SMALL, late, None)
    assert [state.deployment for state in breaker.states()] == ["alpha/large"]


def test_a_reload_that_leaves_the_window_as_it_was_forgets_nothing() -> None:
    breaker = MemoryBreaker(SetClock())
    for _ in range(3):
        breaker.note(LANE, SMALL, breaker.enter(LANE, SMALL), DOWN)
    stricter = dataclasses.replace(LANE, breaker=dataclasses.replace(LANE.breaker, open_s=5.0))
    breaker.note(stricter, SMALL, breaker.enter(stricter, SMALL), DOWN)
    assert breaker.rests_s(stricter, SMALL, alone=False) == 5.0
