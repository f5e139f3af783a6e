"""The line to the state that processes share: how a batch gets there, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class LineLost(Exception):
    """The shared state did not answer in time, or not in its own words. What was asked may have been done."""


class HotLine(Protocol):
    """Carries one batch at a time."""

    async def carry_out(self, subjects: Sequence[str], batch: bytes) -> bytes:
        """Have a batch carried out at once as a whole, on these subjects. Both ways msgpack: see `stores/hot_limits.lua`.

        Raises LineLost.
        """
