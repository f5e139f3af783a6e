"""How fast a vendor's account may be asked: learned from its 429s and its rate-limit headers."""

from __future__ import annotations

from typing import Protocol

import msgspec

from lanewise.core.failure import Failure
from lanewise.core.policy import Deployment


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor's response headers say is left of its rate limits; None where they say nothing."""

    requests_left: int | None = None
    requests_reset_s: float | None = None  # seconds until the requests are full again
    tokens_left: int | None = None  # of the kind of tokens that is closest to its end
    tokens_reset_s: float | None = None


class PaceState(msgspec.Struct, frozen=True, kw_only=True):
    """One deployment's pace as it stands."""

    deployment: str
    running: int
    limit: int | None  # calls at once; None: no limit was met yet
    held_s: float  # for how long its vendor is to be left alone, from now


class Pace(Protocol):
    """Concurrency per deployment that adapts itself. Survives a reload of the policy."""

    def rests_s(self, deployment: Deployment, *, alone: bool) -> float:
        """Seconds until a call is welcome; 0 where one is now.

        `alone`: nobody else could answer, so only what the vendor said itself holds a call back, not the limit that was guessed from it.
        """

    def begin(self, deployment: Deployment) -> int:
        """A call begins; its number, for `end`."""

    def end(self, deployment: Deployment, number: int, failure: Failure | None, quota: Quota | None) -> None:
        """A call ended, and what was learned from it; once for each `begin`, with its number."""

    def states(self) -> list[PaceState]:
        """Every deployment that has been asked."""

    def wake(self, deployment: str) -> bool:
        """Forget that its vendor asked to be left alone: an operator knows better. False where it is not held."""
