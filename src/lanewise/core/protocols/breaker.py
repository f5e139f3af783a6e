"""Circuit breakers: a deployment that keeps failing in a lane is left alone for a while."""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

from lanewise.core.failure import Failure
from lanewise.core.policy import Deployment, Lane

Position = Literal["closed", "open", "half_open"]
Ticket = tuple[int, float]
"""Says which call a result belongs to; only the breaker that gave it can read it."""


class BreakerState(msgspec.Struct, frozen=True, kw_only=True):
    """One breaker as it stands."""

    lane: str
    deployment: str
    position: Position
    calls: int  # in the window
    failed: int
    opens_in_all: int  # how often it has opened since the process began
    open_s: float  # how long it has been open in all
    retry_after_s: float  # until the next probe


class Breaker(Protocol):
    """One breaker per lane and deployment. Survives a reload of the policy."""

    def rests_s(self, lane: Lane, deployment: Deployment, *, alone: bool) -> float:
        """Seconds for which it is to be left alone; 0 where it may be asked now: closed, or half open with no probe under way.

        `alone`: nobody else could answer, so it rests only where nothing in the window went well.
        """

    def enter(self, lane: Lane, deployment: Deployment) -> Ticket:
        """A call begins. Half open with no probe under way it is the probe, and everybody else keeps away until it is noted."""

    def note(self, lane: Lane, deployment: Deployment, ticket: Ticket, failure: Failure | None) -> None:
        """How a call ended; once for each `enter`, with its ticket.

        A failure that is not the vendor's fault counts for nothing, but ends a probe. What began before the breaker last opened or
        closed counts for nothing either. A call cut short for time is the vendor's fault only where it had a fair share of time.
        """

    def states(self) -> list[BreakerState]:
        """Every breaker that has seen a call."""

    def wake(self, lane: str, deployment: str) -> bool:
        """Close it, whatever it has seen: an operator knows better. False where it is closed."""
