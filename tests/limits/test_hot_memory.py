"""Rates hold in every minute, and who is gone is forgotten."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.protocols.hot_state import Taken
from lanewise.limits.hot_memory import MemoryHotState
from limiting import claim
from walking import SetClock


@given(
    st.lists(st.tuples(st.floats(0, 20), st.integers(1, 400)), min_size=1, max_size=150),
    st.integers(1, 120),
    st.sampled_from([0.01, 0.1, 0.5, 1.0]),
)
def test_in_any_minute_no_more_come_than_the_rate_and_its_burst(
    comings: list[tuple[float, int]], rate: int, burst: float
) -> None:
    clock = SetClock(0.0)
    state, of = MemoryHotState(clock), claim(rate=rate, tokens=rate * 100, burst=burst)
    let_in: list[tuple[float, int]] = []
    for gap_s, tokens in comings:
        clock.time_s += gap_s
        if isinstance(state.take_now((of,), tokens), Taken):
            let_in.append((clock.time_s, tokens))
    burst_requests = max(rate * burst, 1)
    most_tokens = rate * 100 * (1 + burst)
    for start_s, _ in let_in:
        inside = [tokens for at_s, tokens in let_in if start_s <= at_s < start_s + 60]
        assert len(inside) <= rate + burst_requests + 1e-6
        assert sum(inside) - max(inside) <= most_tokens + 1e-6  # one request may be larger than all of a burst


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


def test_whoever_has_nothing_running_and_all_of_its_burst_is_forgotten() -> None:
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
    assert state.running("stays") == 1
    assert state.running("nobody") == 0
    assert state.ahead_s("nobody") == (0.0, 0.0)
