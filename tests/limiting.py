"""Small words for tests of limits: tenants, who enters, and a policy that only says who waits."""

from __future__ import annotations

from typing import Any

from lanewise.core.errors import LimitReached
from lanewise.core.limiting import Crowd, KeyLimits, Limits
from lanewise.core.policy import Policy, TenantPolicy, Waiting
from lanewise.core.protocols.admission import Entrant, Limiter, Place
from lanewise.core.protocols.hot_state import Claim
from walking import lane, policy


def limits(
    *, rate: int | None = None, tokens: int | None = None, at_once: int | None = None, burst: float = 1.0
) -> Limits:
    return Limits(requests_per_minute=rate, tokens_per_minute=tokens, concurrency=at_once, burst=burst)


def tenant(name: str = "acme", *, weight: float = 1.0, keys: KeyLimits | None = None, **of: Any) -> TenantPolicy:
    return TenantPolicy(
        name=name, daily_cap_nanousd=None, limits=limits(**of), weight=weight, key_limits=keys or KeyLimits()
    )


def claim(tenant: str = "acme", key_id: str = "", **of: Any) -> Claim:
    return Claim(tenant, key_id, limits(**of))


def entrant(of: TenantPolicy, **settings: Any) -> Entrant:
    return Entrant(tenant=of, **settings)


def door(
    *, places: int | None = None, interactive_wait_s: float = 5.0, max_wait_s: float = 60.0, room: int = 100
) -> Policy:
    """A policy that says how many are answered at once, and who waits for how long."""
    return policy(
        lane("standard", "alpha/small"),
        crowd=Crowd(places=places, interactive_wait_s=interactive_wait_s),
        waiting=Waiting(max_wait_s=max_wait_s, places=room),
    )


OPEN = door()


async def comes_in(limiter: Limiter, who: Entrant, at: Policy = OPEN) -> Place | None:
    """Its place, or None where it is refused."""
    try:
        return await limiter.enter(who, at)
    except LimitReached:
        return None


async def refused(limiter: Limiter, who: Entrant, at: Policy = OPEN) -> LimitReached:
    """The refusal that comes once everything is used up."""
    for _ in range(10_000):
        try:
            await limiter.enter(who, at)
        except LimitReached as told:
            return told
    raise AssertionError("nobody was ever refused")
