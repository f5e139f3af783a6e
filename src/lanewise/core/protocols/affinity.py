"""Conversations stay where they are answered: their prefix is cached there, and thinking is signed there; and begin where theirs is."""

from __future__ import annotations

from random import Random
from typing import Protocol

from lanewise.core.policy import Lane
from lanewise.core.request import Caller, Request


class Affinity(Protocol):
    """Which deployment answered a conversation last, per lane. Bounded; forgetting costs a cache miss, nothing else."""

    def last(self, request: Request, caller: Caller, lane: str) -> str | None:
        """The name of the deployment that answered the earlier turns of this conversation, if there are any and it is known."""

    def keep(self, request: Request, caller: Caller, lane: str, deployment: str | None) -> None:
        """Remember who answered. None is the one that would be asked first anyhow: nothing need be remembered any more."""

    def begin(self, request: Request, lane: Lane, chance: Random) -> int:
        """The place of the deployment that a conversation of a lane with weights begins at.

        Those that share a long prefix begin at the same one, in every process, as far as the weights allow; others where chance says.
        """
