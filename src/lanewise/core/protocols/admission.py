"""Limits on how much at once: rate and concurrency."""

from __future__ import annotations

from typing import Protocol

from lanewise.core.policy import TenantPolicy


class Limiter(Protocol):
    """Rate and concurrency of each tenant."""

    def enter(self, tenant: TenantPolicy) -> None:
        """Take a place. Raises LimitReached, with when to come back; then no place was taken."""

    def leave(self, tenant: TenantPolicy) -> None:
        """Give the place back; once for each `enter` that did not raise."""
