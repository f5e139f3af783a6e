"""What every Nearest must do. A new implementation adds one line to `KINDS`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.protocols.nearest import Nearest
from lanewise.similarity.index import unit
from lanewise.similarity.nearest_exact import ExactNearest, Floats
from lanewise.similarity.nearest_graph import GraphNearest, installed

DIMENSIONS = 8
Make = Callable[[int], Nearest]
KINDS: dict[str, Make] = {ExactNearest.__name__: ExactNearest, GraphNearest.__name__: GraphNearest}
ABSENT = pytest.mark.skipif(not installed(), reason="the extra `usearch` is not installed")
ACTS = st.lists(st.tuples(st.sampled_from("aaad"), st.integers(0, 30), st.integers(0, 10_000)), max_size=60)


def a_vector(seed: int) -> Floats:
    return unit(np.random.default_rng(seed).normal(size=DIMENSIONS).astype(np.float32))


@pytest.mark.parametrize(
    "make", [pytest.param(kind, marks=ABSENT if kind is GraphNearest else (), id=name) for name, kind in KINDS.items()]
)
class TestNearest:
    """One run of it per implementation."""

    def test_the_nearest_come_first_and_no_more_than_asked_for(self, make: Make) -> None:
        held = make(2)
        for name, numbers in ((b"far", (0.0, 1.0)), (b"near", (1.0, 0.1)), (b"between", (1.0, 1.0))):
            held.add(name, unit(np.array(numbers, dtype=np.float32)))
        found = held.near(np.array([1.0, 0.0], dtype=np.float32), 2)
        assert [name for name, _ in found] == [b"near", b"between"]
        assert [alike for _, alike in found] == pytest.approx([1 / 1.01**0.5, 0.5**0.5], abs=1e-3)
        assert len(held.near(np.array([1.0, 0.0], dtype=np.float32), 10)) == 3

    def test_of_nothing_nothing_is_near(self, make: Make) -> None:
        held = make(DIMENSIONS)
        held.drop(b"nobody")
        assert (len(held), held.near(a_vector(1), 3)) == (0, [])
        held.add(b"one", a_vector(1))
        held.drop(b"one")
        assert (len(held), held.near(a_vector(1), 3)) == (0, [])

    @given(acts=ACTS, asked=st.integers(0, 10_000), count=st.integers(1, 40))
    def test_whatever_is_added_and_dropped_the_nearest_are_those_that_everyone_looked_at_shows(
        self, make: Make, acts: list[tuple[str, int, int]], asked: int, count: int
    ) -> None:
        held, said = make(DIMENSIONS), dict[bytes, Floats]()
        for act, name, seed in acts:
            if act == "a":
                held.add(bytes([name]), a_vector(seed))
                said[bytes([name])] = a_vector(seed)
            else:
                held.drop(bytes([name]))
                said.pop(bytes([name]), None)
        found = held.near(a_vector(asked), count)
        products = {name: float(np.vecdot(vector, a_vector(asked))) for name, vector in said.items()}
        assert len(held) == len(said)
        assert len({name for name, _ in found}) == len(found) == min(count, len(said))
        assert [alike for _, alike in found] == pytest.approx([products[name] for name, _ in found], abs=2e-3)
        assert [alike for _, alike in found] == pytest.approx(sorted(products.values(), reverse=True)[:count], abs=2e-3)
