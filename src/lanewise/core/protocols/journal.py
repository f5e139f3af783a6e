"""The one seam for billable and irreversible acts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Journal(Protocol):
    """Runs an act under a name that is unique in its run, so that a durable run can find its result again after a crash."""

    async def step(self, name: str, act: Callable[[], Awaitable[T]]) -> T:
        """Run `act`, or return what it returned before under this name in this run."""
