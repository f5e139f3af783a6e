"""The journal of ordinary requests: nothing is kept, because nothing outlives the process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class TransientJournal:
    """Runs every act as it is asked to."""

    async def step(self, name: str, act: Callable[[], Awaitable[T]]) -> T:  # noqa: ARG002 - durable journals key on it
        """Run `act`."""
        return await act()
