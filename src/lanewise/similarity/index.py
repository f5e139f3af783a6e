"""Questions by their place, and within it by nearness. Exact: every question of a place is looked at, as one matrix product.

Hashed n-grams have a quarter of a million dimensions, nearly all of them empty. Here they are folded into few, with signs, which keeps
their products on average (Weinberger et al., 2009); whoever asks compares what is found by its whole vector afterwards.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FOLDED = 128  # dimensions that hashed n-grams are folded into
MOST_QUESTIONS = 100_000
MOST_IN_PLACE = 20_000  # looking through so many takes about half a millisecond
MOST_BYTES = 160 * 1024 * 1024
_QUESTION_BYTES = 400  # of a question beside its numbers and words


class Near(NamedTuple):
    """A question that was found."""

    name: bytes
    text: str
    alike: float  # the product of the vectors: of folded ones, about their cosine


def folded(vector: Mapping[int, float]) -> Floats:
    """A sparse vector as a short dense one of length 1."""
    places = np.fromiter(vector.keys(), dtype=np.int64, count=len(vector))
    weights = np.fromiter(vector.values(), dtype=np.float64, count=len(vector))
    signs = 1.0 - 2.0 * ((places // FOLDED) & 1)
    return unit(np.bincount(places % FOLDED, weights=weights * signs, minlength=FOLDED).astype(np.float32))


def unit(vector: Floats) -> Floats:
    """The same direction, of length 1; what has no length stays as it is."""
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector


class _Place:
    """The questions of one place, as rows of a matrix that grows by doubling."""

    __slots__ = ("at", "names", "rows", "texts")

    def __init__(self, dimensions: int) -> None:
        self.rows: Floats = np.empty((1, dimensions), dtype=np.float32)
        self.names: list[bytes] = []
        self.texts: list[str] = []
        self.at: dict[bytes, int] = {}  # the row of each name, the oldest first

    @property
    def oldest(self) -> bytes:
        return next(iter(self.at))

    def add(self, name: bytes, text: str, vector: Floats) -> None:
        count = len(self.names)
        if count == len(self.rows):
            self.rows = np.concatenate([self.rows, np.empty_like(self.rows)])
        self.rows[count] = vector
        self.names.append(name)
        self.texts.append(text)
        self.at[name] = count

    def drop(self, name: bytes) -> str:
        """Let the last row take this one's place; what it said."""
        at = self.at.pop(name)
        text = self.texts[at]
        last_name, last_text = self.names.pop(), self.texts.pop()
        if at < len(self.names):
            self.rows[at] = self.rows[len(self.names)]
            self.names[at], self.texts[at], self.at[last_name] = last_name, last_text, at
        return text


class QuestionIndex:
    """Bounded in questions and bytes; the oldest go first."""

    def __init__(
        self, *, most: int = MOST_QUESTIONS, most_in_place: int = MOST_IN_PLACE, most_bytes: int = MOST_BYTES
    ) -> None:
        self._most = most
        self._most_in_place = most_in_place
        self._most_bytes = most_bytes
        self._places: dict[tuple[bytes, int], _Place] = {}
        self._where: OrderedDict[bytes, tuple[bytes, int]] = OrderedDict()  # by name, the oldest first
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._where)

    def __contains__(self, name: bytes) -> bool:
        return name in self._where

    def add(self, place: bytes, name: bytes, text: str, vector: Floats) -> None:
        """Hold a question, in the place of an earlier one of its name. Vectors of other dimensions are never compared."""
        self.drop(name)
        where = (place, len(vector))
        held = self._places.setdefault(where, _Place(len(vector)))
        if len(held.names) >= self._most_in_place:
            self.drop(held.oldest)
            held = self._places.setdefault(where, held)
        held.add(name, text, vector)
        self._where[name] = where
        self.size_bytes += _size(text, vector)
        while len(self._where) > self._most or self.size_bytes > self._most_bytes:
            self.drop(next(iter(self._where)))

    def near(self, place: bytes, vector: Floats, count: int) -> list[Near]:
        """The nearest questions of a place, at most so many, the nearest first."""
        held = self._places.get((place, len(vector)))
        if held is None:
            return []
        alike = np.vecdot(
            held.rows[: len(held.names)], vector
        )  # unlike `@` it starts no threads, which cost more than they bring
        best = np.argpartition(alike, -count)[-count:] if len(alike) > count else np.arange(len(alike))
        ordered = best[np.argsort(-alike[best], kind="stable")].tolist()
        return [Near(held.names[at], held.texts[at], float(alike[at])) for at in ordered]

    def drop(self, name: bytes) -> None:
        """Forget a question, if it is held."""
        where = self._where.pop(name, None)
        if where is None:
            return
        held = self._places[where]
        self.size_bytes -= _size(held.drop(name), held.rows[0])
        if not held.names:
            del self._places[where]

    def keep_only(self, names: set[bytes]) -> None:
        """Forget every question but these."""
        for name in [name for name in self._where if name not in names]:
            self.drop(name)


def _size(text: str, vector: Floats) -> int:
    return _QUESTION_BYTES + 4 * len(text) + 4 * len(vector)
