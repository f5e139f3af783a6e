"""What is known of how long things take."""

from __future__ import annotations

from typing import Protocol

from lanewise.core.plan import Timing
from lanewise.core.record import RunRecord


class History(Protocol):
    """Timings of the latest calls. Survives a reload of the policy."""

    def observe(self, record: RunRecord) -> None:
        """Learn from a finished run: its answered calls, and those that were given up after they had taken longer than most."""

    def lane(self, lane: str) -> Timing | None:
        """How long a call of a lane takes; None until enough were seen. May be behind by a few calls in a hundred."""

    def deployment(self, lane: str, deployment: str) -> Timing | None:
        """How long a call to one deployment of a lane takes; None until enough were seen."""
