"""Which tenants have had interactive requests lately. A note costs one look into a set, because it is made for every request."""

from __future__ import annotations

from lanewise.core.clock import Clock

LATELY_S = 60.0
"""For so long at least a tenant counts as having interactive requests after one; longer only where nobody has asked meanwhile."""

_MOST_TENANTS = 10_000


class LatelyInteractive:
    """Two sets of tenants, this span's and the one's before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now: set[str] = set()
        self._before: set[str] = set()
        self._ends_s = clock.monotonic_s() + LATELY_S

    def note(self, tenant: str) -> None:
        """A tenant has an interactive request."""
        if tenant not in self._now:
            if len(self._now) >= _MOST_TENANTS:
                self._now.clear()
            self._now.add(tenant)

    def of(self, tenant: str) -> bool:
        """Whether a tenant had some lately."""
        now_s = self._clock.monotonic_s()
        if now_s >= self._ends_s:
            self._before, self._now = self._now, set()
            self._ends_s = now_s + LATELY_S
        return tenant in self._now or tenant in self._before
