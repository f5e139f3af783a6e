"""Hot state: what tenants and keys have taken of their limits, in this process or shared by several."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import msgspec

from lanewise.core.limiting import Limits


class Claim(NamedTuple):
    """One request's claim on the limits of its tenant, or of its key."""

    tenant: str
    key_id: str  # empty for the tenant itself
    limits: Limits


class Allowed(NamedTuple):
    """A rate as it stands after a request."""

    limit: int  # a minute
    remaining: int  # that may come now
    reset_s: float  # until nothing of what was taken counts any more


class Standing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a request leaves of the narrower of its limits; None where there is no rate."""

    requests: Allowed | None = None
    tokens: Allowed | None = None
    alone: bool = False  # the shared state is out of reach: this process holds its share of each limit by itself


class Taken(msgspec.Struct, frozen=True, gc=False):
    """A request was let in: a place and a request of each claim, and so many tokens."""

    claims: tuple[Claim, ...]
    tokens: int
    standing: Standing | None = None  # None where nothing is bounded
    at: int = 0  # when it is counted: the bucket of the windows, by the clock of whoever counts
    weight: int = 1  # as how many it was counted: alone, a process counts for all that it cannot ask
    prepaid: bool = False  # from what this process had taken before, so that nobody else was asked


class Short(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A limit does not hold this request; nothing was taken of any other."""

    claim: Claim
    kind: str  # concurrency, rate, token_rate
    retry_after_s: float
    standing: Standing | None = None


class HotStanding(NamedTuple):
    """How the hot state itself stands."""

    shared: bool  # several processes may hold the same limits
    alone: bool  # it is shared and out of reach
    processes: int  # that share it, as far as is known


class HotState(Protocol):
    """Counts of what was taken. Survives a reload of the policy."""

    async def take(self, claims: tuple[Claim, ...], tokens: int, *, sparing: bool = False) -> Taken | Short:
        """Take a place and a request of every claim, and these tokens; or nothing, and say what is short.

        `sparing` leaves a tenth of each limit to others, where it is so large that a tenth is something.
        """

    def give_back(self, taken: Taken, tokens: int) -> None:
        """The request is over, and took so many tokens in truth; once for each `take` that let one in."""

    def undo(self, taken: Taken) -> None:
        """The request never began: everything is given back; instead of `give_back`."""

    def stands(self) -> HotStanding:
        """Whether other processes are asked, and can be."""
