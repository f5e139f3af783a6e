"""What every Breaker must do. A new implementation adds one line to `BREAKERS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.clock import Clock
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import BreakerPolicy
from lanewise.core.protocols.breaker import Breaker, Position, Ticket
from lanewise.limits.breaker import MemoryBreaker
from walking import SetClock, lane

Make = Callable[[Clock], Breaker]
BREAKERS: dict[str, Make] = {MemoryBreaker.__name__: MemoryBreaker}

WINDOW_S, OPEN_S, MIN_CALLS = 60.0, 30.0, 4
POLICY = BreakerPolicy(error_rate=0.5, window_s=WINDOW_S, min_calls=MIN_CALLS, open_s=OPEN_S)
LANE = lane("standard", "alpha/small", breaker=POLICY, timeout_s=60.0)
SMALL = LANE.deployments[0]
DOWN = Failure(kind=FailureKind.SERVER_ERROR, message="down")
LEFT = Failure(kind=FailureKind.CANCELLED, message="the caller left")
NOBODY_S_FAULT = [
    FailureKind.RATE_LIMITED,
    FailureKind.BAD_REQUEST,
    FailureKind.CONTENT_FILTER,
    FailureKind.UNTRANSLATABLE,
    FailureKind.CANCELLED,
    FailureKind.OUTRUN,
    FailureKind.SHUTDOWN,
    FailureKind.BUDGET,
    FailureKind.BUDGET_UNKNOWN,
    FailureKind.AMPLIFICATION,
    FailureKind.OUTSIDE,
    FailureKind.INTERNAL,
    FailureKind.UNSOLVED,
    FailureKind.REVIEW,
    FailureKind.WITHHELD,
    FailureKind.LOOPING,  # its vendor answers well; what the model says is no reason to leave the vendor alone
]


@dataclass
class Bench:
    """A breaker, its clock, and the calls under way in the order in which they began."""

    breaker: Breaker
    clock: SetClock
    running: list[Ticket] = field(default_factory=list)

    def begin(self) -> Ticket:
        ticket = self.breaker.enter(LANE, SMALL)
        self.running.append(ticket)
        return ticket

    def end(self, ticket: Ticket, failure: Failure | None = None) -> None:
        self.running.remove(ticket)
        self.breaker.note(LANE, SMALL, ticket, failure)

    def calls(self, *outcomes: Failure | None) -> None:
        for outcome in outcomes:
            self.end(self.begin(), outcome)

    def rests_s(self, *, alone: bool = False) -> float:
        return self.breaker.rests_s(LANE, SMALL, alone=alone)

    def wait(self, seconds: float) -> None:
        self.clock.time_s += seconds

    def position(self) -> Position:
        (state,) = self.breaker.states()
        return state.position

    def opened(self) -> Bench:
        self.calls(*[DOWN] * MIN_CALLS)
        assert self.position() == "open"
        return self

    def half_opened(self) -> Bench:
        self.opened().wait(OPEN_S)
        assert self.position() == "half_open"
        return self


def bench(breaker_of: Make) -> Bench:
    clock = SetClock(1_000.0)
    return Bench(breaker_of(clock), clock)


#: What happens next: a call is asked for, one under way ends (which, and how), or time passes.
EVENTS = st.lists(
    st.one_of(
        st.just("ask"),
        st.tuples(st.integers(0, 9), st.sampled_from([None, DOWN, DOWN, LEFT])),
        st.sampled_from([0.1, 5.0, OPEN_S, WINDOW_S]),
    ),
    max_size=80,
)


@pytest.mark.parametrize("breaker_of", BREAKERS.values(), ids=BREAKERS)
class TestBreaker:
    """One run of it per breaker."""

    def test_who_was_never_asked_may_be(self, breaker_of: Make) -> None:
        breaker = breaker_of(SetClock())
        assert breaker.rests_s(LANE, SMALL, alone=False) == 0
        assert breaker.states() == []

    @given(EVENTS)
    def test_no_two_probes_ever_run_at_once_and_only_the_probe_decides(
        self, breaker_of: Make, events: list[str | tuple[int, Failure | None] | float]
    ) -> None:
        at = bench(breaker_of)
        probe: Ticket | None = None
        for event in events:
            if isinstance(event, float):
                at.wait(event)
            elif event == "ask" and at.rests_s() == 0:
                tried = bool(at.running) or bool(at.breaker.states())
                half_open = tried and at.position() == "half_open"
                assert not (half_open and probe is not None)
                ticket = at.begin()
                probe = ticket if half_open else probe
            elif isinstance(event, tuple) and at.running:
                place, outcome = event
                ticket = at.running[place % len(at.running)]
                before = at.position()
                at.end(ticket, outcome)
                if ticket is probe:
                    probe = None
                    assert at.position() == (
                        "closed" if outcome is None else "open" if outcome is DOWN else "half_open"
                    )
                elif before != "closed":
                    assert at.position() == before
            if probe is not None:
                assert at.position() == "half_open"
                assert at.rests_s() > 0

    @given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 7.0, 31.0]), st.booleans()), max_size=60))
    def test_it_opens_only_at_its_error_rate_over_enough_calls_of_the_window(
        self, breaker_of: Make, calls: list[tuple[float, bool]]
    ) -> None:
        at, seen = bench(breaker_of), []
        for wait_s, failed in calls:
            at.wait(wait_s)
            at.calls(DOWN if failed else None)
            seen.append((at.clock.time_s, failed))
            if at.position() == "open":
                # A window that slides in steps may have forgotten up to a step's worth of the oldest calls.
                whole = [failed for when, failed in seen if when > at.clock.time_s - WINDOW_S]
                assert len(whole) >= MIN_CALLS
                assert any(
                    sum(whole[start:]) >= 0.5 * len(whole[start:]) for start in range(len(whole) - MIN_CALLS + 1)
                )
                return

    @given(st.integers(1, 20), st.floats(1.0, 600.0))
    def test_it_opens_with_the_call_that_makes_them_enough(
        self, breaker_of: Make, min_calls: int, window_s: float
    ) -> None:
        of = lane("standard", SMALL.name, breaker=BreakerPolicy(min_calls=min_calls, window_s=window_s))
        clock = SetClock(5.0)
        breaker = breaker_of(clock)
        for number in range(1, min_calls + 1):
            breaker.note(of, SMALL, breaker.enter(of, SMALL), DOWN)
            assert (breaker.rests_s(of, SMALL, alone=False) > 0) is (number == min_calls)
            clock.time_s += 0.8 * window_s / min_calls

    def test_what_left_the_window_counts_no_more(self, breaker_of: Make) -> None:
        at = bench(breaker_of)
        at.calls(*[DOWN] * (MIN_CALLS - 1))
        at.wait(WINDOW_S)
        at.calls(*[DOWN] * (MIN_CALLS - 1))
        assert at.position() == "closed"
        at.calls(DOWN)
        assert at.position() == "open"

    @pytest.mark.parametrize("kind", NOBODY_S_FAULT)
    def test_what_is_not_the_vendor_s_fault_opens_nothing_and_frees_the_probe_s_place(
        self, breaker_of: Make, kind: FailureKind
    ) -> None:
        innocent = Failure(kind=kind, message="not the vendor's fault")
        at = bench(breaker_of)
        at.calls(*[innocent] * 10 * MIN_CALLS)
        assert at.position() == "closed"

        at.half_opened().calls(innocent)
        assert at.position() == "half_open"
        assert at.rests_s() == 0

    @pytest.mark.parametrize("kind", [FailureKind.DEADLINE, FailureKind.SLOW])
    def test_time_that_was_never_enough_is_not_the_vendor_s_fault(self, breaker_of: Make, kind: FailureKind) -> None:
        """Else one caller with deadlines of a millisecond would close a deployment for everybody."""
        at, late = bench(breaker_of), Failure(kind=kind, message="too late")
        for took_s, position in ((1.0, "closed"), (LANE.timeout_s, "open")):
            for _ in range(MIN_CALLS):
                ticket = at.begin()
                at.wait(took_s)
                at.end(ticket, late)
                at.wait(-took_s)
            assert at.position() == position

    def test_open_it_rests_until_a_probe_may_look(self, breaker_of: Make) -> None:
        at = bench(breaker_of).opened()
        assert at.rests_s() == OPEN_S
        at.wait(OPEN_S - 1)
        assert at.rests_s() == pytest.approx(1.0)
        at.wait(1.0)
        assert at.rests_s() == 0

    def test_a_good_probe_closes_it_and_what_opened_it_is_forgotten(self, breaker_of: Make) -> None:
        at = bench(breaker_of).half_opened()
        at.calls(None)
        assert at.rests_s() == 0
        at.calls(*[DOWN] * (MIN_CALLS // 2))
        assert at.position() == "closed"

    def test_a_failed_probe_keeps_it_open_for_as_long_again(self, breaker_of: Make) -> None:
        at = bench(breaker_of).half_opened()
        at.calls(DOWN)
        assert (at.position(), at.rests_s()) == ("open", OPEN_S)
        (state,) = at.breaker.states()
        assert state.opens_in_all == 1

    def test_late_results_of_calls_begun_before_it_opened_neither_end_a_probe_nor_open_it_anew(
        self, breaker_of: Make
    ) -> None:
        at = bench(breaker_of)
        early = [at.begin() for _ in range(3 * MIN_CALLS)]
        at.half_opened()
        probe = at.begin()
        at.end(early.pop(), None)
        at.end(early.pop(), DOWN)
        assert (at.position(), at.rests_s() > 0) == ("half_open", True)

        at.end(probe, None)
        for ticket in early:
            at.end(ticket, DOWN)
        assert at.position() == "closed"

    def test_who_is_alone_rests_only_where_nothing_in_the_window_went_well(self, breaker_of: Make) -> None:
        at = bench(breaker_of)
        at.calls(None, *[DOWN] * MIN_CALLS)
        assert (at.rests_s() > 0, at.rests_s(alone=True)) == (True, 0)

        at.wait(WINDOW_S)
        at.calls(DOWN)  # the probe
        assert at.rests_s(alone=True) == OPEN_S

    @pytest.mark.parametrize("outcome", [None, DOWN, LEFT])
    def test_calls_of_who_is_alone_are_no_probes_beside_one(self, breaker_of: Make, outcome: Failure | None) -> None:
        at = bench(breaker_of)
        at.calls(None, *[DOWN] * MIN_CALLS)
        at.wait(OPEN_S)
        probe = at.begin()
        assert (at.rests_s() > 0, at.rests_s(alone=True)) == (True, 0)
        at.calls(outcome)
        assert (at.position(), at.rests_s() > 0) == ("half_open", True)
        at.end(probe, DOWN)
        assert at.position() == "open"

    def test_what_went_well_while_it_was_open_keeps_it_open_for_who_is_alone(self, breaker_of: Make) -> None:
        at = bench(breaker_of)
        at.calls(None, *[DOWN] * MIN_CALLS)
        at.wait(OPEN_S / 2)
        at.calls(None)
        at.wait(0.8 * WINDOW_S)
        assert (at.position(), at.rests_s(alone=True)) == ("half_open", 0)
        at.calls(DOWN)
        assert at.rests_s(alone=True) == 0
        at.wait(0.2 * WINDOW_S)
        assert at.rests_s(alone=True) > 0

    @pytest.mark.parametrize(("first_s", "then_s"), [(600.0, 1.0), (1.0, 600.0), (60.0, 60.0)])
    def test_a_reloaded_policy_holds_from_the_next_call_on_whatever_its_window(
        self, breaker_of: Make, first_s: float, then_s: float
    ) -> None:
        clock = SetClock(50_000.0)
        breaker = breaker_of(clock)
        before, after = (
            lane("standard", SMALL.name, breaker=BreakerPolicy(min_calls=10, window_s=window_s))
            for window_s in (first_s, then_s)
        )
        breaker.note(before, SMALL, breaker.enter(before, SMALL), DOWN)
        for _ in range(8):
            breaker.note(after, SMALL, breaker.enter(after, SMALL), DOWN)
        clock.time_s += then_s
        for number in range(1, 11):
            (state,) = breaker.states()
            assert (state.position, state.failed) == ("closed", number - 1)
            breaker.note(after, SMALL, breaker.enter(after, SMALL), DOWN)
        assert breaker.rests_s(after, SMALL, alone=False) > 0

    def test_lanes_and_deployments_have_breakers_of_their_own(self, breaker_of: Make) -> None:
        at = bench(breaker_of).opened()
        others = [(lane("reasoning", SMALL.name), SMALL), (LANE, lane("x", "beta/small").deployments[0])]
        assert [at.breaker.rests_s(of, each, alone=False) for of, each in others] == [0, 0]

    def test_its_state_says_what_it_saw_and_how_long_it_was_open(self, breaker_of: Make) -> None:
        at = bench(breaker_of)
        at.calls(None, *[DOWN] * MIN_CALLS)
        at.wait(10.0)
        (state,) = at.breaker.states()
        assert (state.lane, state.deployment, state.position) == ("standard", "alpha/small", "open")
        assert (state.calls, state.failed, state.opens_in_all) == (MIN_CALLS + 1, MIN_CALLS, 1)
        assert (state.open_s, state.retry_after_s) == (10.0, OPEN_S - 10.0)

        at.wait(25.0)
        at.calls(None)
        at.wait(1_000.0)
        (state,) = at.breaker.states()
        assert (state.position, state.open_s, state.retry_after_s) == ("closed", 35.0, 0.0)

    @pytest.mark.parametrize("outcome", [None, DOWN, LEFT])
    def test_an_operator_s_word_closes_it_and_a_probe_under_way_is_heard_no_more(
        self, breaker_of: Make, outcome: Failure | None
    ) -> None:
        at = bench(breaker_of).half_opened()
        probe = at.begin()
        assert at.breaker.wake("standard", "alpha/small")
        assert (at.position(), at.rests_s()) == ("closed", 0)

        at.end(probe, outcome)
        (state,) = at.breaker.states()
        assert (state.position, state.calls) == ("closed", 0)
        assert not at.breaker.wake("standard", "alpha/small")


def test_every_kind_of_failure_is_either_the_vendor_s_fault_or_not() -> None:
    """A new kind must be thought about: it opens breakers, or is listed here."""
    for kind in FailureKind:
        clock = SetClock()
        breaker = MemoryBreaker(clock)
        for _ in range(MIN_CALLS):
            ticket = breaker.enter(LANE, SMALL)
            clock.time_s += LANE.timeout_s
            breaker.note(LANE, SMALL, ticket, Failure(kind=kind, message="it failed"))
            clock.time_s -= LANE.timeout_s
        opened = breaker.rests_s(LANE, SMALL, alone=False) > 0
        assert opened is (kind not in {*NOBODY_S_FAULT, FailureKind.RESTING}), kind
