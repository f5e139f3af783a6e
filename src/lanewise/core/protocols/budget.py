"""Budgets: money and tokens are set aside before they can be spent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from lanewise.core.caps import Cap, Spend, Tally
from lanewise.core.periods import Span
from lanewise.core.policy import Lane, Policy, TenantPolicy


class Payer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Whose caps a call draws on: all that apply to these, together."""

    tenant: TenantPolicy
    key_id: str = ""
    user: str | None = None
    feature: str | None = None
    lane: Lane | None = None  # None until a request is routed


def caps_of(tenant: TenantPolicy) -> tuple[Cap, ...]:
    """Every cap that is written for a tenant, its keys, users and features; its dollars of a day first."""
    if tenant.daily_cap_nanousd is None:
        return tenant.caps
    daily = Cap(scope="tenant", period="daily", amount=tenant.daily_cap_nanousd, terms=tenant.daily_terms)
    return (daily, *tenant.caps)


def caps_of_policy(policy: Policy) -> Iterator[Cap]:
    """Every cap that a policy can hold anybody to."""
    for tenant in (*policy.tenants.values(), policy.default_tenant):
        yield from caps_of(tenant)
    for lane in policy.lanes.values():
        yield from lane.caps


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """What is set aside for one call in every cap that applies."""

    worst: Spend
    held: object = None  # where: the budget's own


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A cap does not hold this call; nothing was set aside in any other."""

    cap: Cap
    subject: str  # the key, user, feature or lane it was reached for; the tenant's name for its own
    amount: int  # the cap, with what was carried over to this period; in the cap's unit
    left: int
    asked: int
    retry_after_s: float  # until the period ends; infinite where it never does
    unknown: bool = False  # what is left cannot be found out now: a shared cap whose store does not answer
    short: bool = False  # this process's own share is used up; `replenish` may bring more


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """So much of a cap is spent or set aside."""

    cap: Cap
    tally: Tally
    span: Span
    share: float  # of the cap, as it is written; 1 where a call was refused
    taken: int
    amount: int  # with what was carried over


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a cap stands in its present period, in its unit."""

    cap: Cap
    tally: Tally
    span: Span
    amount: int  # with what was carried over
    carried: int
    spent: int
    held: int  # set aside for calls that are under way
    leased: int = 0  # what processes hold beside that: who holds it can spend it at once
    unaccounted: int = 0  # of what is spent: what may have been, by processes that are gone, and no ledger row tells

    @property
    def left(self) -> int:
        """What can still be set aside."""
        return max(0, self.amount - self.spent - self.held)


class Budget(Protocol):
    """Caps on spending. Reserve the worst case, then charge what it really was; charging returns the rest."""

    def reserve(self, payer: Payer, worst: Spend) -> Reservation | Refused:
        """Set the worst case of one call aside in every cap that applies, or in none: then say which refuses it."""

    async def replenish(self, payer: Payer, worst: Spend) -> bool:
        """Try to bring what a refusal calls `short`; whether trying again is worth it. Waits a few seconds at most."""

    def charge(self, reservation: Reservation, spent: Spend) -> None:
        """Settle a reservation with what the call really took; exactly once per reservation."""

    def standings(self) -> Sequence[Standing]:
        """How every cap stands that something was spent of in its present period."""
