"""Daily caps in memory, restored from the ledger at start. One process owns them: a second one on the same store is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from lanewise.core.clock import Clock
from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.budget import Refused, Reservation

Alarm = Callable[[str, int, int], None]  # tenant, spent and cap in nano-dollars


class MemoryBudget:
    """Money spent and money set aside, per tenant and UTC day. What is set aside counts as spent until it is settled."""

    def __init__(self, clock: Clock, spent_today: Mapping[str, int], *, alarm: Alarm | None = None) -> None:
        """`spent_today` is what the ledger says each tenant has spent since midnight UTC, in nano-dollars."""
        self._clock = clock
        self._period, self._period_ends_s = _day(clock.now_s())
        self._committed: dict[str, int] = dict(spent_today)
        self._alarmed: set[str] = set()
        self._alarm = alarm

    def reserve(self, tenant: TenantPolicy, amount_nanousd: int) -> Reservation | Refused:
        """Set the worst case of one call aside, or say which cap refuses it."""
        now_s = self._clock.now_s()
        if now_s >= self._period_ends_s:
            self._period, self._period_ends_s = _day(now_s)
            self._committed.clear()
            self._alarmed.clear()
        committed = self._committed.get(tenant.name, 0)
        cap = tenant.daily_cap_nanousd
        if cap is not None and committed + amount_nanousd > cap:
            return Refused(
                limit="tenant.daily",
                cap_nanousd=cap,
                left_nanousd=max(0, cap - committed),
                retry_after_s=self._period_ends_s - now_s,
            )
        self._committed[tenant.name] = committed + amount_nanousd
        return Reservation(tenant=tenant.name, period=self._period, amount_nanousd=amount_nanousd)

    def charge(self, reservation: Reservation, tenant: TenantPolicy, spent_nanousd: int) -> None:
        """Settle a reservation. A call that ends after midnight counts against the day it was reserved on, which is over."""
        if reservation.period != self._period:
            return
        committed = self._committed[reservation.tenant] - reservation.amount_nanousd + spent_nanousd
        self._committed[reservation.tenant] = committed
        cap = tenant.daily_cap_nanousd
        if cap is not None and committed >= cap * tenant.alarm_at and tenant.name not in self._alarmed:
            self._alarmed.add(tenant.name)
            if self._alarm is not None:
                self._alarm(tenant.name, committed, cap)


def _day(now_s: float) -> tuple[str, float]:
    """The UTC day that holds this moment, and when it ends."""
    day = dt.datetime.fromtimestamp(now_s, dt.UTC).date()
    ends = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
    return day.isoformat(), ends.timestamp()
