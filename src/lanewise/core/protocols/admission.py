"""Limits on how much at once and how much in a minute: who is let in, who waits, and who is told to come back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import msgspec

from lanewise.core.policy import Policy, TenantPolicy
from lanewise.core.protocols.hot_state import HotStanding, Standing


class Entrant(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who wants to come in, and what is known of the request beforehand."""

    tenant: TenantPolicy
    key_id: str = ""
    can_wait: bool = False
    deadline_s: float | None = None  # the caller's own: it waits no longer
    input_tokens: int = 0  # estimated
    most_output_tokens: int | None = None  # the caller's own cap


class Place(msgspec.Struct, frozen=True, gc=False):
    """A request that was let in; the limiter keeps in it what it has to give back."""

    entrant: Entrant
    standing: Standing | None = None
    waited_s: float = 0.0
    held: object = None


class CrowdState(NamedTuple):
    """The door of a process as it stands."""

    running: int
    queued: int
    refused: Mapping[str, int]  # by the limit's name
    waited: Mapping[str, int]  # who waited, by what came of it: entered, refused
    hot: HotStanding


class Limiter(Protocol):
    """Rates and concurrency of tenants, keys and the process."""

    async def enter(self, entrant: Entrant, policy: Policy) -> Place:
        """Take a place, after a wait where that is allowed. Raises LimitReached, with when to come back: then nothing was taken."""

    def leave(self, place: Place, tokens: int) -> None:
        """Give the place back, having taken so many tokens in truth; once for each `enter` that did not raise."""

    def state(self) -> CrowdState:
        """Who is in, who waits, and who was refused."""
