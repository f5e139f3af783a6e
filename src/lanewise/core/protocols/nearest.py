"""Vectors by name, of which the nearest are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Nearest(Protocol):
    """Holds vectors of one number of dimensions, each of length 1 or 0."""

    def add(self, name: bytes, vector: NDArray[np.float32]) -> None:
        """Hold a vector, in the place of an earlier one of its name."""

    def near(self, vector: NDArray[np.float32], count: int) -> list[tuple[bytes, float]]:
        """The names of the nearest, at most so many, with their products, the nearest first."""

    def drop(self, name: bytes) -> None:
        """Forget a vector, if it is held."""

    def __len__(self) -> int:
        """How many are held."""
