"""Rate and concurrency per tenant, in memory."""

from __future__ import annotations

from lanewise.core.clock import Clock
from lanewise.core.errors import LimitReached
from lanewise.core.policy import TenantPolicy

_BURST_S = 60.0  # a tenant that was silent may use a whole minute's rate at once


class MemoryLimiter:
    """The generic cell rate algorithm (GCRA, ITU-T I.371) for rates, a count for concurrency. One float and one int per tenant."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._arrival_s: dict[str, float] = {}  # the theoretical arrival time of each tenant's next request
        self._running: dict[str, int] = {}

    def enter(self, tenant: TenantPolicy) -> None:
        """Take a place. Raises LimitReached; then no place and no rate was taken."""
        running = self._running.get(tenant.name, 0)
        if tenant.concurrency is not None and running >= tenant.concurrency:
            raise LimitReached(
                f"{running} requests of tenant {tenant.name!r} are running, which is its limit "
                f"(tenants.{tenant.name}.concurrency)",
                retry_after_s=1.0,
                limit="tenant.concurrency",
            )
        if tenant.rate_per_minute is not None:
            self._spend_rate(tenant.name, tenant.rate_per_minute)
        self._running[tenant.name] = running + 1

    def leave(self, tenant: TenantPolicy) -> None:
        """Give the place back."""
        left = self._running[tenant.name] - 1
        if left:
            self._running[tenant.name] = left
        else:
            del self._running[tenant.name]

    def _spend_rate(self, tenant: str, per_minute: int) -> None:
        now_s = self._clock.monotonic_s()
        interval_s = 60.0 / per_minute
        arrival_s = max(self._arrival_s.get(tenant, 0.0), now_s)
        wait_s = arrival_s + interval_s - _BURST_S - now_s
        if wait_s > 1e-9:
            raise LimitReached(
                f"Tenant {tenant!r} is over its rate of {per_minute} requests a minute (tenants.{tenant}.rate)",
                retry_after_s=wait_s,
                limit="tenant.rate",
            )
        self._arrival_s[tenant] = arrival_s + interval_s
