"""What every Limiter must do. A new implementation adds one line to `LIMITERS`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.clock import Clock
from lanewise.core.limiting import KeyLimits
from lanewise.core.protocols.admission import Limiter, Place
from lanewise.limits.admission import FairLimiter
from lanewise.limits.hot_memory import MemoryHotState
from limiting import comes_in, entrant, limits, refused, tenant
from virtual_time import in_virtual_time
from walking import SetClock

LIMITERS: dict[str, Callable[[Clock], Limiter]] = {
    FairLimiter.__name__: lambda clock: FairLimiter(clock, MemoryHotState(clock))
}


@pytest.mark.parametrize("limiter_of", LIMITERS.values(), ids=LIMITERS)
class TestLimiter:
    """One run of it per limiter."""

    @given(st.lists(st.booleans(), max_size=60), st.integers(1, 5))
    @in_virtual_time
    async def test_a_place_is_refused_exactly_while_all_are_taken(
        self, limiter_of: Callable[[Clock], Limiter], comings_and_goings: list[bool], places: int
    ) -> None:
        limiter, acme = limiter_of(SetClock()), entrant(tenant(at_once=places))
        running: list[Place] = []
        for comes in comings_and_goings:
            if comes:
                place = await comes_in(limiter, acme)
                assert (place is not None) is (len(running) < places)
                running += [] if place is None else [place]
            elif running:
                limiter.leave(running.pop(), 0)

    @given(st.integers(1, 600), st.integers(0, 5))
    @in_virtual_time
    async def test_who_comes_back_when_it_was_told_to_is_let_in_and_nobody_before(
        self, limiter_of: Callable[[Clock], Limiter], rate: int, times: int
    ) -> None:
        clock = SetClock(1_000.0)
        limiter, acme = limiter_of(clock), entrant(tenant(rate=rate))
        for _ in range(times + 1):
            told = await refused(limiter, acme)
            assert told.retry_after_s > 0
            clock.time_s += told.retry_after_s / 2
            assert not await comes_in(limiter, acme)
            clock.time_s += told.retry_after_s / 2 + 1e-6  # a clock's own grain
            assert await comes_in(limiter, acme)

    async def test_a_refusal_by_rate_takes_no_place(self, limiter_of: Callable[[Clock], Limiter]) -> None:
        clock = SetClock()
        limiter, acme = limiter_of(clock), entrant(tenant(rate=1, at_once=2))
        assert await comes_in(limiter, acme)
        for _ in range(5):
            assert not await comes_in(limiter, acme)
        clock.time_s += 60.6

        assert await comes_in(limiter, acme)  # the second of two places: the five refusals took none

    async def test_not_even_when_nobody_is_running(self, limiter_of: Callable[[Clock], Limiter]) -> None:
        clock = SetClock()
        limiter, acme = limiter_of(clock), entrant(tenant(rate=1, at_once=1))
        first = await comes_in(limiter, acme)
        assert first is not None
        limiter.leave(first, 0)
        assert not await comes_in(limiter, acme)
        clock.time_s += 60.6

        assert await comes_in(limiter, acme)

    async def test_a_refusal_by_concurrency_takes_no_rate(self, limiter_of: Callable[[Clock], Limiter]) -> None:
        limiter, acme = limiter_of(SetClock()), entrant(tenant(rate=2, at_once=1))
        first = await comes_in(limiter, acme)
        assert first is not None
        for _ in range(5):
            assert not await comes_in(limiter, acme)
        limiter.leave(first, 0)

        assert await comes_in(limiter, acme)

    async def test_a_refusal_says_which_limit_in_words_and_for_programs(
        self, limiter_of: Callable[[Clock], Limiter]
    ) -> None:
        of_each_key = KeyLimits(each=limits(rate=1, at_once=9))
        for of, limit, key in (
            (tenant(rate=1), "tenant.rate", "tenants.acme.rate"),
            (tenant(at_once=1), "tenant.concurrency", "tenants.acme.concurrency"),
            (tenant(tokens=10), "tenant.token_rate", "tenants.acme.token_rate"),
            (tenant(keys=of_each_key), "key.rate", "tenants.acme.per_key.rate"),
        ):
            told = await refused(limiter_of(SetClock()), entrant(of, key_id="key-1", input_tokens=5))
            assert told.limit == limit
            assert key in told.message

    async def test_tenants_do_not_take_each_other_s_places(self, limiter_of: Callable[[Clock], Limiter]) -> None:
        limiter = limiter_of(SetClock())
        assert await comes_in(limiter, entrant(tenant("acme", rate=1, at_once=1)))

        assert await comes_in(limiter, entrant(tenant("globex", rate=1, at_once=1)))

    async def test_keys_have_their_own_within_their_tenant_s(self, limiter_of: Callable[[Clock], Limiter]) -> None:
        limiter, acme = limiter_of(SetClock()), tenant(at_once=3, keys=KeyLimits(each=limits(at_once=2)))
        came = [bool(await comes_in(limiter, entrant(acme, key_id=key))) for key in ("a", "a", "a", "b", "b", "c")]
        assert came == [True, True, False, True, False, False]

    async def test_who_has_no_limits_is_never_refused(self, limiter_of: Callable[[Clock], Limiter]) -> None:
        limiter = limiter_of(SetClock())
        assert all([await comes_in(limiter, entrant(tenant("free"))) for _ in range(1_000)])

    async def test_limits_that_a_reload_changes_hold_from_the_next_request_on(
        self, limiter_of: Callable[[Clock], Limiter]
    ) -> None:
        limiter = limiter_of(SetClock())
        assert await comes_in(limiter, entrant(tenant("free")))
        assert await comes_in(limiter, entrant(tenant("free")))

        assert not await comes_in(limiter, entrant(tenant("free", at_once=2)))
        assert await comes_in(limiter, entrant(tenant("free", at_once=3)))
