"""Questions by their place, and within it by nearness.

The newest 20,000 of a place are compared exactly. Older ones are, where the extra `usearch` is installed, in a graph that finds nearly all
of the nearest in as little time; where it is not, they are forgotten.

Hashed n-grams have a quarter of a million dimensions, nearly all of them empty. Here they are folded into few, with signs, which keeps
their products on average (Weinberger et al., 2009); whoever asks compares what is found by its whole vector afterwards.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lanewise.core.protocols.nearest import Nearest
from lanewise.similarity.nearest_exact import ExactNearest, Floats
from lanewise.similarity.nearest_graph import GraphNearest, installed, vector_bytes

FOLDED = 128  # dimensions that hashed n-grams are folded into
MOST_EXACT = 20_000  # of a place: looking through so many takes about half a millisecond
_QUESTION_BYTES = 400  # of a question beside its numbers and words


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """How much an index may hold."""

    questions: int = 100_000
    in_place_exact: int = MOST_EXACT
    size_bytes: int = 160 * 1024 * 1024


WITH_A_GRAPH = Room(questions=400_000, size_bytes=512 * 1024 * 1024)


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
    """The questions of one place: the newest, and the older ones where those are kept."""

    __slots__ = ("newest", "older", "texts")

    def __init__(self, dimensions: int) -> None:
        self.newest = ExactNearest(dimensions)
        self.older: Nearest | None = None
        self.texts: dict[bytes, str] = {}

    def near(self, vector: Floats, count: int) -> list[Near]:
        found = self.newest.near(vector, count)
        if self.older is not None:
            found = sorted([*found, *self.older.near(vector, count)], key=lambda each: -each[1])[:count]
        return [Near(name, self.texts[name], alike) for name, alike in found]

    def drop(self, name: bytes) -> str:
        """What it said."""
        self.newest.drop(name)
        if self.older is not None:
            self.older.drop(name)
        return self.texts.pop(name)


class QuestionIndex:
    """Bounded in questions and bytes; the oldest go first."""

    def __init__(self, room: Room | None = None, *, older: Callable[[int], Nearest] | None = None) -> None:
        """`older` makes what holds a place's older questions, of so many dimensions; None: nothing does."""
        self.room = room or (Room() if older is None else WITH_A_GRAPH)
        self._make_older = older
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
        held.newest.add(name, vector)
        held.texts[name] = text
        self._where[name] = where
        self.size_bytes += self._size(text, len(vector))
        if len(held.newest) > self.room.in_place_exact:
            self._make_room(held)
        while len(self._where) > self.room.questions or self.size_bytes > self.room.size_bytes:
            self.drop(next(iter(self._where)))

    def near_in(self, place: bytes, vector: Floats, count: int) -> list[Near]:
        """The nearest questions of a place, at most so many, the nearest first."""
        held = self._places.get((place, len(vector)))
        return [] if held is None else held.near(vector, count)

    def drop(self, name: bytes) -> None:
        """Forget a question, if it is held."""
        where = self._where.pop(name, None)
        if where is None:
            return
        held = self._places[where]
        self.size_bytes -= self._size(held.drop(name), where[1])
        if not held.texts:
            del self._places[where]

    def keep_only(self, names: set[bytes]) -> None:
        """Forget every question but these."""
        for name in [name for name in self._where if name not in names]:
            self.drop(name)

    def _make_room(self, held: _Place) -> None:
        """Let the oldest of those that are compared exactly go, to the older ones where there are such."""
        name, vector = held.newest.take_oldest()
        if self._make_older is None:
            self.drop(name)
            return
        if held.older is None:
            held.older = self._make_older(len(vector))
        held.older.add(name, vector)

    def _size(self, text: str, dimensions: int) -> int:
        """What a question takes, wherever it is held."""
        vector = 4 * dimensions if self._make_older is None else vector_bytes(dimensions)
        return _QUESTION_BYTES + 4 * len(text) + vector


def question_index() -> QuestionIndex:
    """As much as this installation can hold."""
    return QuestionIndex(older=GraphNearest if installed() else None)
