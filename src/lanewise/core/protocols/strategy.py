"""A strategy makes one answer of several generations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from lanewise.core.judged import Judged
from lanewise.core.policy import Lane


class Draw(msgspec.Struct, frozen=True, kw_only=True):
    """How one sample is asked for. Its place names what it costs in the trace; `words` are said after the caller's own."""

    place: int = 0
    words: str = ""
    shows: bool = True  # an answer for the caller; else a step on the way to one, which only the strategy sees


Sample = Callable[[Draw], Awaitable[Judged]]
"""Asks the lane once, repairs included. A failure is a value; cancelling it ends the call, which is billed for what it had done."""


class Strategy(Protocol):
    """From samples to one of them."""

    async def choose(self, lane: Lane, sample: Sample) -> Judged:
        """Draw at most `lane.samples`, and give back one that was drawn; its confidence where it is only now known.

        Nothing that was begun goes on afterwards, however it is left.
        """
