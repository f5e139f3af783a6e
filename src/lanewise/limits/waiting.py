"""The waiting room: a count."""

from __future__ import annotations


class MemoryWaitingRoom:
    """How many requests wait in this process."""

    def __init__(self) -> None:
        self._taken = 0

    def sit_down(self, places: int) -> bool:
        """Take a place, or say that all are taken."""
        if self._taken >= places:
            return False
        self._taken += 1
        return True

    def get_up(self) -> None:
        """Give the place back."""
        self._taken -= 1

    def __len__(self) -> int:
        """How many wait."""
        return self._taken
