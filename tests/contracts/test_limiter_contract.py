"""What every Limiter must do. A new implementation adds one line to `LIMITERS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.clock import Clock
from lanewise.core.errors import LimitReached
from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.admission import Limiter
from lanewise.limits.admission import MemoryLimiter
from walking import SetClock

LIMITERS: dict[str, Callable[[Clock], Limiter]] = {MemoryLimiter.__name__: MemoryLimiter}

NO_LIMITS = TenantPolicy(name="free", daily_cap_nanousd=None)


def tenant(name: str = "acme", *, rate: int | None = None, at_once: int | None = None) -> TenantPolicy:
    return TenantPolicy(name=name, daily_cap_nanousd=None, rate_per_minute=rate, concurrency=at_once)


def enters(limiter: Limiter, of: TenantPolicy) -> bool:
    try:
        limiter.enter(of)
    except LimitReached:
        return False
    return True


def refusals(limiter: Limiter, of: TenantPolicy) -> Iterator[LimitReached]:
    """Every refusal that is left when nobody waits any longer."""
    while True:
        try:
            limiter.enter(of)
        except LimitReached as refused:
            yield refused


@pytest.mark.parametrize("limiter_of", LIMITERS.values(), ids=LIMITERS)
class TestLimiter:
    """One run of it per limiter."""

    @given(st.lists(st.booleans(), max_size=60), st.integers(1, 5))
    def test_a_place_is_refused_exactly_while_all_are_taken(
        self, limiter_of: Callable[[Clock], Limiter], comings_and_goings: list[bool], places: int
    ) -> None:
        limiter, acme, running = limiter_of(SetClock()), tenant(at_once=places), 0
        for comes in comings_and_goings:
            if comes:
                assert enters(limiter, acme) is (running < places)
                running = min(running + 1, places)
            elif running:
                limiter.leave(acme)
                running -= 1

    @given(st.integers(1, 600), st.integers(0, 5))
    def test_who_comes_back_when_it_was_told_to_is_let_in_and_nobody_before(
        self, limiter_of: Callable[[Clock], Limiter], rate: int, times: int
    ) -> None:
        clock = SetClock(1_000.0)
        limiter, acme = limiter_of(clock), tenant(rate=rate)
        for _, refused in zip(range(times + 1), refusals(limiter, acme), strict=False):
            assert refused.retry_after_s > 0
            clock.time_s += refused.retry_after_s / 2
            assert not enters(limiter, acme)
            clock.time_s += refused.retry_after_s / 2 + 1e-6  # a clock's own grain
            limiter.enter(acme)

    def test_a_refusal_by_rate_takes_no_place(self, limiter_of: Callable[[Clock], Limiter]) -> None:
        clock = SetClock()
        limiter, acme = limiter_of(clock), tenant(rate=1, at_once=2)
        limiter.enter(acme)
        for _ in range(5):
            assert not enters(limiter, acme)
        clock.time_s += 60.0

        limiter.enter(acme)  # the second of two places: the five refusals took none

    def test_not_even_when_nobody_is_running(self, limiter_of: Callable[[Clock], Limiter]) -> None:
        clock = SetClock()
        limiter, acme = limiter_of(clock), tenant(rate=1, at_once=1)
        limiter.enter(acme)
        limiter.leave(acme)
        assert not enters(limiter, acme)
        clock.time_s += 60.0

        limiter.enter(acme)

    def test_a_refusal_by_concurrency_takes_no_rate(self, limiter_of: Callable[[Clock], Limiter]) -> None:
        limiter, acme = limiter_of(SetClock()), tenant(rate=2, at_once=1)
        limiter.enter(acme)
        for _ in range(5):
            assert not enters(limiter, acme)
        limiter.leave(acme)

        limiter.enter(acme)

    def test_a_refusal_says_which_limit_in_words_and_for_programs(self, limiter_of: Callable[[Clock], Limiter]) -> None:
        for of, limit, key in (
            (tenant(rate=1), "tenant.rate", "tenants.acme.rate"),
            (tenant(at_once=1), "tenant.concurrency", "tenants.acme.concurrency"),
        ):
            refused = next(refusals(limiter_of(SetClock()), of))
            assert refused.limit == limit
            assert key in refused.message

    def test_tenants_do_not_take_each_other_s_places(self, limiter_of: Callable[[Clock], Limiter]) -> None:
        limiter = limiter_of(SetClock())
        limiter.enter(tenant("acme", rate=1, at_once=1))

        limiter.enter(tenant("globex", rate=1, at_once=1))

    def test_who_has_no_limits_is_never_refused(self, limiter_of: Callable[[Clock], Limiter]) -> None:
        limiter = limiter_of(SetClock())
        assert all(enters(limiter, NO_LIMITS) for _ in range(1_000))

    def test_limits_that_a_reload_changes_hold_from_the_next_request_on(
        self, limiter_of: Callable[[Clock], Limiter]
    ) -> None:
        limiter = limiter_of(SetClock())
        limiter.enter(NO_LIMITS)
        limiter.enter(NO_LIMITS)

        assert not enters(limiter, tenant("free", at_once=2))
        assert enters(limiter, tenant("free", at_once=3))
