"""The nearest vectors of very many, nearly always: a graph of neighbours is walked, and few of them are looked at.

Malkov and Yashunin, Hierarchical Navigable Small World graphs (2018), as usearch has them, which the extra `lanewise[usearch]` brings.
Vectors are held as 16-bit floats, so that a product is off by some hundred-thousandths.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_NEIGHBOURS = 16  # of each vector in the graph
_LOOKED_AT_ADDING, _LOOKED_AT_FINDING = 128, 256  # candidates kept while it is walked
_GRAPH_BYTES = 600  # of each vector, beside 4 for a number, as measured with 20,000 of 128 dimensions and 18,000 of 384


def installed() -> bool:
    """Whether the extra is there."""
    return find_spec("usearch") is not None


def vector_bytes(dimensions: int) -> int:
    """What a vector takes, with its neighbours."""
    return 4 * dimensions + _GRAPH_BYTES


class GraphNearest:
    """Adding takes about as long as finding. The room of what is dropped is taken by what is added next."""

    __slots__ = ("_graph", "_keys", "_names", "_next")

    def __init__(self, dimensions: int) -> None:
        import usearch.index  # noqa: PLC0415 - an extra, and heavy

        self._graph: Any = usearch.index.Index(
            ndim=dimensions,
            metric="ip",
            dtype="f16",
            connectivity=_NEIGHBOURS,
            expansion_add=_LOOKED_AT_ADDING,
            expansion_search=_LOOKED_AT_FINDING,
        )
        self._keys: dict[bytes, int] = {}
        self._names: dict[int, bytes] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def memory_bytes(self) -> int:
        """What the graph has taken of the machine."""
        return int(self._graph.memory_usage)

    def add(self, name: bytes, vector: Floats) -> None:
        """Hold a vector, in the place of an earlier one of its name."""
        self.drop(name)
        key, self._next = self._next, self._next + 1
        self._graph.add(key, vector, threads=1)
        self._keys[name], self._names[key] = key, name

    def near(self, vector: Floats, count: int) -> list[tuple[bytes, float]]:
        """The names of the nearest, at most so many, with their products, the nearest first."""
        if not self._keys:
            return []
        found = self._graph.search(vector, min(count, len(self._keys)), threads=1)
        return [
            (self._names[key], 1.0 - distance)
            for key, distance in zip(found.keys.tolist(), found.distances.tolist(), strict=True)
        ]

    def drop(self, name: bytes) -> None:
        """Forget a vector, if it is held."""
        key = self._keys.pop(name, None)
        if key is not None:
            del self._names[key]
            self._graph.remove(key)
