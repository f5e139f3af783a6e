"""How many of the nearest the graph finds where it is too large to be looked at whole."""

from __future__ import annotations

import numpy as np
import pytest

from lanewise.similarity.nearest_exact import ExactNearest, Floats
from lanewise.similarity.nearest_graph import GraphNearest, installed

pytestmark = pytest.mark.skipif(not installed(), reason="the extra `usearch` is not installed")

DIMENSIONS, ALL, NEAREST = 64, 2_000, 12


def alike_ones(random: np.random.Generator) -> Floats:
    """Vectors in clusters, as questions are."""
    middles = random.normal(size=(ALL // 20, DIMENSIONS))
    made = middles[random.integers(0, len(middles), ALL)] + 0.7 * random.normal(size=(ALL, DIMENSIONS))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


def share_found(graph: GraphNearest, exact: ExactNearest, asked: Floats) -> float:
    found = [
        len({name for name, _ in graph.near(each, NEAREST)} & {name for name, _ in exact.near(each, NEAREST)})
        for each in asked
    ]
    return sum(found) / (NEAREST * len(asked))


def test_nearly_all_of_the_nearest_are_found_before_and_after_half_of_them_were_exchanged() -> None:
    random = np.random.default_rng(5)
    vectors, asked = alike_ones(random), alike_ones(random)[:100]
    graph, exact = GraphNearest(DIMENSIONS), ExactNearest(DIMENSIONS)
    for number, vector in enumerate(vectors):
        for held in (graph, exact):
            held.add(number.to_bytes(4), vector)
    assert share_found(graph, exact, asked) > 0.98
    room = graph.memory_bytes
    for number, vector in enumerate(alike_ones(random)[: ALL // 2]):
        for held in (graph, exact):
            held.drop(number.to_bytes(4))
            held.add((ALL + number).to_bytes(4), vector)
    assert len(graph) == len(exact) == ALL
    assert share_found(graph, exact, asked) > 0.95
    assert graph.memory_bytes == room, "what is new takes the room of what is gone"
