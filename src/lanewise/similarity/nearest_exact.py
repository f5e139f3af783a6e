"""The nearest vectors, exactly: every one is looked at, as one matrix product."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class ExactNearest:
    """Vectors as rows of a matrix that grows by doubling."""

    __slots__ = ("_at", "_names", "_rows")

    def __init__(self, dimensions: int) -> None:
        self._rows: Floats = np.empty((1, dimensions), dtype=np.float32)
        self._names: list[bytes] = []
        self._at: dict[bytes, int] = {}  # the row of each name, the oldest first

    def __len__(self) -> int:
        return len(self._names)

    def add(self, name: bytes, vector: Floats) -> None:
        """Hold a vector, in the place of an earlier one of its name."""
        self.drop(name)
        count = len(self._names)
        if count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[count] = vector
        self._names.append(name)
        self._at[name] = count

    def near(self, vector: Floats, count: int) -> list[tuple[bytes, float]]:
        """The names of the nearest, at most so many, with their products, the nearest first."""
        # Unlike `@` it starts no threads, which cost more than they bring.
        alike = np.vecdot(self._rows[: len(self._names)], vector)
        best = np.argpartition(alike, -count)[-count:] if len(alike) > count else np.arange(len(alike))
        ordered = best[np.argsort(-alike[best], kind="stable")].tolist()
        return [(self._names[at], float(alike[at])) for at in ordered]

    def drop(self, name: bytes) -> None:
        """Forget a vector, if it is held: the last row takes its place."""
        at = self._at.pop(name, None)
        if at is None:
            return
        last = self._names.pop()
        if at < len(self._names):
            self._rows[at] = self._rows[len(self._names)]
            self._names[at], self._at[last] = last, at

    def take_oldest(self) -> tuple[bytes, Floats]:
        """Forget the vector that was added first, and tell which it was."""
        name = next(iter(self._at))
        vector = self._rows[self._at[name]].copy()
        self.drop(name)
        return name, vector
