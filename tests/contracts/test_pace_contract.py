"""What every Pace must do. A new implementation adds one line to `PACES`."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.clock import Clock
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.protocols.pace import Pace, PaceState, Quota
from lanewise.limits.pace import MemoryPace
from walking import SetClock, deployment

Make = Callable[[Clock], Pace]
PACES: dict[str, Make] = {MemoryPace.__name__: MemoryPace}

SMALL, OTHER = deployment("alpha/small"), deployment("beta/small")
DOWN = Failure(kind=FailureKind.SERVER_ERROR, message="down")


def busy(retry_after_s: float | None = None) -> Failure:
    return Failure(kind=FailureKind.RATE_LIMITED, message="too many requests", retry_after_s=retry_after_s)


@dataclass
class Road:
    """One deployment's pace, its clock, and the calls under way in the order in which they began."""

    pace: Pace
    clock: SetClock
    running: list[int] = field(default_factory=list)

    def begin(self, calls: int = 1) -> None:
        self.running += [self.pace.begin(SMALL) for _ in range(calls)]

    def end(self, failure: Failure | None = None, quota: Quota | None = None) -> None:
        self.pace.end(SMALL, self.running.pop(0), failure, quota)

    def goes_well(self, calls: int, quota: Quota | None = None) -> None:
        """So many calls after each other, beside those under way."""
        for _ in range(calls):
            self.pace.end(SMALL, self.pace.begin(SMALL), None, quota)

    def rests_s(self, *, alone: bool = False) -> float:
        return self.pace.rests_s(SMALL, alone=alone)

    def wait(self, seconds: float) -> None:
        self.clock.time_s += seconds

    def state(self) -> PaceState:
        (state,) = self.pace.states()
        return state


def road(pace_of: Make) -> Road:
    clock = SetClock(1_000.0)
    return Road(pace_of(clock), clock)


OUTCOMES = st.one_of(
    st.sampled_from([None, None, DOWN, busy(), busy(0.0), busy(2.0), busy(1e9)]),
    st.builds(Quota, requests_left=st.integers(0, 5), requests_reset_s=st.none() | st.floats(0, 1e6)),
    st.builds(Quota, tokens_left=st.integers(0, 5), tokens_reset_s=st.none() | st.floats(0, 1e6)),
)
EVENTS = st.lists(st.one_of(st.just("begins"), OUTCOMES, st.sampled_from([0.1, 1.0, 61.0, 400.0])), max_size=80)


@pytest.mark.parametrize("pace_of", PACES.values(), ids=PACES)
class TestPace:
    """One run of it per pace."""

    def test_who_was_never_asked_may_be(self, pace_of: Make) -> None:
        pace = pace_of(SetClock())
        assert pace.rests_s(SMALL, alone=False) == 0
        assert pace.states() == []

    @given(st.integers(1, 200))
    def test_without_a_refusal_there_is_no_limit(self, pace_of: Make, calls: int) -> None:
        at = road(pace_of)
        at.begin(calls)
        assert at.rests_s() == 0
        for number in range(calls):
            at.end(DOWN if number % 2 else None)
        assert at.state() == PaceState(deployment="alpha/small", running=0, limit=None, held_s=0.0)

    @given(EVENTS)
    def test_whatever_happens_calls_are_counted_right_and_nobody_is_shut_out_for_good(
        self, pace_of: Make, events: list[str | float | Failure | Quota | None]
    ) -> None:
        at = road(pace_of)
        for event in ["begins", *events]:
            if event == "begins":
                at.begin()
            elif isinstance(event, float):
                at.wait(event)
            elif at.running and isinstance(event, Quota):
                at.end(None, event)
            elif at.running and (event is None or isinstance(event, Failure)):
                at.end(event)
            state = at.state()
            assert state.running == len(at.running)
            assert state.limit is None or state.limit >= 1
            assert 0 <= state.held_s <= 60.0 + 1e-6  # a clock is a float
            full = state.limit is not None and state.running >= state.limit
            assert at.rests_s(alone=True) == state.held_s
            assert (at.rests_s() > 0) is (state.held_s > 0 or (full and at.state().limit is not None))
        at.wait(61.0)
        while at.running:
            at.end()
        assert at.rests_s() == 0

    def test_a_refusal_halves_what_ran_and_good_rounds_bring_it_back_one_by_one(self, pace_of: Make) -> None:
        at = road(pace_of)
        at.begin(8)
        at.end(busy())
        assert at.state().limit == 4
        assert at.rests_s() > 0  # seven still run

        at.begin(0)
        for _ in range(4):
            at.end()
        assert (at.state().limit, at.rests_s()) == (5, 0)
        at.goes_well(5)
        assert at.state().limit == 6

    @given(st.integers(2, 64))
    def test_a_burst_of_refusals_tells_the_same_thing_once(self, pace_of: Make, calls: int) -> None:
        at = road(pace_of)
        at.begin(calls)
        for _ in range(calls):
            at.end(busy())
            at.wait(3.0)
        assert at.state().limit == calls // 2

    def test_a_refusal_of_a_call_that_began_after_the_cut_cuts_again(self, pace_of: Make) -> None:
        at = road(pace_of)
        at.begin(8)
        at.end(busy())
        at.running.append(at.pace.begin(SMALL))
        at.running.reverse()
        at.end(busy())
        assert at.state().limit == 4  # eight ran again, whatever was hoped for
        at.running.append(at.pace.begin(SMALL))
        for _ in range(7):
            at.end()
        at.end(busy())
        assert at.state().limit == 1

    def test_a_limit_that_is_not_used_does_not_grow(self, pace_of: Make) -> None:
        at = road(pace_of)
        at.begin(20)
        at.end(busy())
        for _ in range(19):
            at.end()
        limit = at.state().limit
        at.goes_well(100)
        assert at.state().limit == limit

    def test_a_limit_that_nothing_confirmed_for_long_is_forgotten(self, pace_of: Make) -> None:
        at = road(pace_of)
        at.begin(8)
        at.end(busy())
        at.wait(299.0)
        assert at.rests_s() > 0
        at.wait(2.0)
        assert at.rests_s() == 0
        assert at.state().limit is None

    def test_a_limit_that_was_only_guessed_never_holds_back_who_is_alone(self, pace_of: Make) -> None:
        at = road(pace_of)
        at.begin(8)
        at.end(busy())
        assert (at.rests_s() > 0, at.rests_s(alone=True)) == (True, 0)

    @given(st.floats(0.001, 60.0))
    def test_retry_after_is_kept_to_by_everybody(self, pace_of: Make, retry_after_s: float) -> None:
        at = road(pace_of)
        at.begin(1)
        at.end(busy(retry_after_s))
        for alone in (True, False):
            assert at.rests_s(alone=alone) == pytest.approx(retry_after_s)
        at.wait(retry_after_s / 2)
        assert at.rests_s() == pytest.approx(retry_after_s / 2)
        at.wait(retry_after_s / 2 + 1e-6)
        assert at.rests_s() == 0

    def test_the_longest_of_several_holds_counts(self, pace_of: Make) -> None:
        at = road(pace_of)
        at.begin(3)
        for retry_after_s in (1.0, 20.0, 5.0):
            at.end(busy(retry_after_s))
        assert at.rests_s() == 20.0

    def test_a_vendor_that_refuses_again_and_again_without_a_word_is_left_alone_for_longer_each_time(
        self, pace_of: Make
    ) -> None:
        at, held = road(pace_of), []
        for _ in range(12):
            at.begin()
            at.end(busy())
            held.append(at.rests_s(alone=True))
            at.wait(held[-1])
        assert held[0] == 0  # once may be chance
        assert all(later == min(60.0, 2 * sooner) for sooner, later in itertools.pairwise(held[1:]))
        assert held[-1] == 60.0

        at.goes_well(1)
        at.begin()
        at.end(busy())
        assert at.rests_s(alone=True) == 0

    @pytest.mark.parametrize(
        ("reset_s", "held_s"), [(0.02, 0.02), (1.0, 1.0), (20.0, 1.0), (60.0, 3.0), (360.0, 18.0), (86_400.0, 60.0)]
    )
    def test_where_nothing_is_left_it_waits_until_some_of_it_is_back(
        self, pace_of: Make, reset_s: float, held_s: float
    ) -> None:
        for quota in (
            Quota(requests_left=0, requests_reset_s=reset_s),
            Quota(tokens_left=0, tokens_reset_s=reset_s),
        ):
            at = road(pace_of)
            at.begin()
            at.end(None, quota)
            assert at.rests_s(alone=True) == pytest.approx(held_s)

    def test_where_less_is_left_than_runs_only_so_many_run_at_once(self, pace_of: Make) -> None:
        at = road(pace_of)
        at.begin(20)
        at.end(None, Quota(requests_left=30, requests_reset_s=40.0))
        assert at.state().limit is None
        at.end(None, Quota(requests_left=5, requests_reset_s=40.0))
        assert (at.state().limit, at.rests_s() > 0, at.rests_s(alone=True)) == (5, True, 0)

    def test_what_is_full_again_at_once_limits_nobody(self, pace_of: Make) -> None:
        at = road(pace_of)
        at.begin(20)
        at.end(None, Quota(requests_left=5, requests_reset_s=0.2))
        at.end(None, Quota(requests_left=5))
        at.end(None, Quota(tokens_left=5, tokens_reset_s=40.0))
        at.end(None, Quota(tokens_left=0, requests_left=0))
        assert (at.state().limit, at.rests_s()) == (None, 0)

    def test_what_a_refused_call_says_is_left_counts_too(self, pace_of: Make) -> None:
        at = road(pace_of)
        at.begin()
        at.end(busy(), Quota(tokens_left=0, tokens_reset_s=40.0))
        assert at.rests_s() == 2.0

    def test_deployments_have_paces_of_their_own(self, pace_of: Make) -> None:
        at = road(pace_of)
        at.begin(4)
        at.end(busy(20.0))
        assert at.pace.rests_s(OTHER, alone=False) == 0

    def test_an_operator_s_word_lifts_a_hold_and_leaves_what_was_learned(self, pace_of: Make) -> None:
        at = road(pace_of)
        at.begin(4)
        at.end(busy(20.0))
        assert at.pace.wake("alpha/small")
        assert (at.state().held_s, at.state().limit) == (0.0, 2)
        assert not at.pace.wake("alpha/small")
        assert not at.pace.wake("beta/small")
