"""A strategy makes one answer of several generations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from lanewise.core.judged import Judged
from lanewise.core.policy import Lane


class Draw(msgspec.Struct, frozen=True, kw_only=True):
    """How one sample is asked for. Its place, or its name, names what it costs in the trace; `words` are said after the caller's own."""

    place: int = 0
    name: str = ""  # in place of `sample-PLACE`: its place in a tree, `search-0.2`
    words: str = ""
    built_on: str = ""  # steps that are there already: said as the model's own, before the words
    shows: bool = True  # an answer for the caller; else a step on the way to one, which only the strategy sees


Sample = Callable[[Draw], Awaitable[Judged]]
"""Asks the lane once, repairs included. A failure is a value; cancelling it ends the call, which is billed for what it had done.

A draw that does not show is one step: asked once, and its verdict is of all steps so far, as the lane's search has them judged.
"""


class Strategy(Protocol):
    """From samples to one of them."""

    async def choose(self, lane: Lane, sample: Sample) -> Judged:
        """Draw at most `lane.samples`, and give back one that was drawn; its confidence where it is only now known.

        Nothing that was begun goes on afterwards, however it is left.
        """
