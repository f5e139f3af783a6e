"""Rates hold in every minute, and who is gone is forgotten."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.protocols.hot_state import Taken
from lanewise.limits.hot_memory import MemoryHotState
from lanewise.limits.sliding import PER_S
from limiting import claim
from walking import SetClock


@given(
    st.lists(st.tuples(st.floats(0, 20), st.integers(1, 400)), min_size=1, max_size=150),
    st.integers(1, 120),
    st.sampled_from([0.01, 0.1, 0.5, 1.0]),
)
def test_in_any_minute_no_more_come_than_the_rate_and_of_a_smaller_burst_no_more_at_once(
    comings: list[tuple[float, int]], rate: int, burst: float
) -> None:
    clock = SetClock(0.0)
    state, of = MemoryHotState(clock), claim(rate=rate, tokens=rate * 100, burst=burst)
    let_in: list[tuple[float, int]] = []
    for gap_s, tokens in comings:
        clock.time_s += gap_s
        if isinstance(state.take_now((of,), tokens), Taken):
            let_in.append((clock.time_s, min(tokens, of.limits.tokens_at_once)))
    for start_s, _ in let_in:
        inside = [tokens for at_s, tokens in let_in if start_s <= at_s <= start_s + 60]
        assert len(inside) <= rate
        assert sum(inside) <= rate * 100
        at_once = sum(at_s <= start_s + 1 for at_s, _ in let_in if at_s >= start_s)
        assert at_once <= max(rate * burst, 1) + rate / 60 + 1e-6


@given(st.lists(st.floats(0, 30), min_size=1, max_size=60), st.integers(1, 20))
def test_who_comes_back_when_it_was_told_to_is_let_in_and_no_sooner(gaps_s: list[float], rate: int) -> None:
    clock = SetClock(0.0)
    state, of = MemoryHotState(clock), claim(rate=rate)
    let_in: list[float] = []
    for gap_s in gaps_s:
        clock.time_s += gap_s
        told = state.take_now((of,), 0)
        if not isinstance(told, Taken):
            assert told.retry_after_s <= let_in[-rate] + 60.61 - clock.time_s  # at most a hundredth late
            clock.time_s += told.retry_after_s
            told = state.take_now((of,), 0)
        assert isinstance(told, Taken)
        let_in.append(clock.time_s)


@given(st.integers(1, 300), st.integers(1, 8), st.integers(0, 300))
def test_processes_that_cannot_ask_one_another_let_in_no_more_than_was_left_but_one_each(
    rate: int, processes: int, before: int
) -> None:
    states, of = [MemoryHotState(SetClock()) for _ in range(processes)], claim(rate=rate)
    for state in states:  # each knows what all have taken before
        state.subject("acme").agree(min(before, rate), 0, 0, requests_at=int(SetClock().monotonic_s() * PER_S))
    let_in = sum(
        isinstance(state.take_now((of,), 0, weight=processes), Taken) for state in states for _ in range(rate + 1)
    )
    assert let_in <= max(rate - before, processes)


@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 4_000)), min_size=5, max_size=60))
def test_however_wrong_estimates_are_in_the_long_run_no_more_tokens_come_than_the_rate(
    requests: list[tuple[int, int]],
) -> None:
    clock = SetClock(0.0)
    state, of = MemoryHotState(clock), claim(tokens=6_000)
    used = 0
    for estimate, truth in requests:
        while not isinstance(taken := state.take_now((of,), estimate), Taken):
            clock.time_s += taken.retry_after_s + 1e-6
        assert used <= 6_000 + clock.time_s * 100 + 1e-3  # before each that is let in: a burst, and the rate since then
        state.give_back(taken, truth)
        used += truth


def test_whoever_has_nothing_running_and_took_nothing_lately_is_forgotten() -> None:
    clock = SetClock()
    state = MemoryHotState(clock)
    stays = state.take_now((claim("stays", at_once=1),), 0)
    for number in range(10_000):
        clock.time_s += 0.1
        taken = state.take_now((claim(f"tenant-{number}", rate=60),), 0)
        assert isinstance(taken, Taken)
        state.give_back(taken, 0)
    assert len(state._subjects) < 2_100
    assert isinstance(stays, Taken)
    assert state.subject("stays").running == 1
