"""Budgets: money is set aside before it can be spent."""

from __future__ import annotations

from typing import Protocol

import msgspec

from lanewise.core.policy import TenantPolicy


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """Money set aside for one call, in nano-dollars."""

    tenant: str
    period: str  # the day it counts against, as an ISO date in UTC
    amount_nanousd: int


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A cap does not hold this call."""

    limit: str  # which cap: `tenant.daily`
    cap_nanousd: int
    left_nanousd: int
    retry_after_s: float  # until the period ends


class Budget(Protocol):
    """Caps on spending. Reserve the worst case, then charge what it really was; charging returns the rest."""

    def reserve(self, tenant: TenantPolicy, amount_nanousd: int) -> Reservation | Refused:
        """Set the worst case of one call aside, or say which cap refuses it."""

    def charge(self, reservation: Reservation, tenant: TenantPolicy, spent_nanousd: int) -> None:
        """Settle a reservation with what the call really cost; exactly once per reservation."""
