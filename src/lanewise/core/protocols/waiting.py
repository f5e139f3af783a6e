"""Room for requests that can wait."""

from __future__ import annotations

from typing import Protocol


class WaitingRoom(Protocol):
    """A bounded number of places for requests that wait until a vendor is back."""

    def sit_down(self, places: int) -> bool:
        """Take a place, or say that all `places` are taken."""

    def get_up(self) -> None:
        """Give the place back; once for each `sit_down` that was true."""

    def __len__(self) -> int:
        """How many places are taken."""
