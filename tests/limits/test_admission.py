"""Rate and concurrency, to the request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.errors import LimitReached
from lanewise.core.policy import TenantPolicy
from lanewise.limits.admission import MemoryLimiter
from walking import SetClock


def tenant(**limits: int) -> TenantPolicy:
    return TenantPolicy(name="acme", daily_cap_nanousd=None, **limits)  # type: ignore[arg-type]


def test_the_third_of_two_at_once_is_refused_until_one_leaves() -> None:
    limiter, acme = MemoryLimiter(SetClock()), tenant(concurrency=2)
    limiter.enter(acme)
    limiter.enter(acme)

    with pytest.raises(LimitReached, match=r"tenants\.acme\.concurrency") as refused:
        limiter.enter(acme)
    assert refused.value.limit == "tenant.concurrency"

    limiter.leave(acme)
    limiter.enter(acme)


def test_a_rate_says_when_to_come_back() -> None:
    clock = SetClock()
    limiter, acme = MemoryLimiter(clock), tenant(rate_per_minute=6)
    for _ in range(6):
        limiter.enter(acme)

    with pytest.raises(LimitReached, match="6 requests a minute") as refused:
        limiter.enter(acme)

    assert refused.value.retry_after_s == pytest.approx(10.0)
    clock.time_s += 10.0
    limiter.enter(acme)


def test_a_refused_request_takes_no_place() -> None:
    limiter, acme = MemoryLimiter(SetClock()), tenant(rate_per_minute=1, concurrency=5)
    limiter.enter(acme)
    with pytest.raises(LimitReached):
        limiter.enter(acme)
    limiter.leave(acme)

    with pytest.raises(KeyError):
        limiter.leave(acme)


@given(st.lists(st.floats(0, 30), min_size=1, max_size=200), st.integers(1, 120))
def test_no_minute_holds_more_than_twice_a_full_bucket_and_the_long_run_keeps_the_rate(
    gaps_s: list[float], per_minute: int
) -> None:
    clock = SetClock(0.0)
    limiter, acme = MemoryLimiter(clock), tenant(rate_per_minute=per_minute)
    granted = 0
    for gap_s in gaps_s:
        clock.time_s += gap_s
        try:
            limiter.enter(acme)
        except LimitReached:
            continue
        granted += 1

    assert granted <= per_minute + clock.time_s * per_minute / 60 + 1e-6
