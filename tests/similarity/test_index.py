from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.similarity.features import question_of
from lanewise.similarity.hashed import cosine, embed
from lanewise.similarity.index import FOLDED, Floats, QuestionIndex, folded, unit


def vector(*numbers: float) -> Floats:
    return unit(np.array(numbers, dtype=np.float32))


def test_the_nearest_of_a_place_come_first() -> None:
    index = QuestionIndex()
    for name, numbers in ((b"far", (0.0, 1.0)), (b"near", (1.0, 0.1)), (b"between", (1.0, 1.0))):
        index.add(b"place", name, name.decode(), vector(*numbers))
    index.add(b"elsewhere", b"exact", "exact", vector(1.0, 0.0))
    found = index.near(b"place", vector(1.0, 0.0), 2)
    assert [each.name for each in found] == [b"near", b"between"]
    assert found[0].alike == pytest.approx(1 / 1.01**0.5, rel=1e-5)
    assert index.near(b"nowhere", vector(1.0, 0.0), 2) == []
    assert index.near(b"place", vector(1.0, 0.0, 0.0), 2) == [], "vectors of other dimensions are never compared"


def test_a_name_is_held_once_and_the_latest_counts() -> None:
    index = QuestionIndex()
    index.add(b"one", b"name", "first", vector(1.0, 0.0))
    index.add(b"two", b"name", "second", vector(1.0, 0.0))
    assert (len(index), index.near(b"one", vector(1.0, 0.0), 1)) == (1, [])
    assert index.near(b"two", vector(1.0, 0.0), 1)[0].text == "second"


@pytest.mark.parametrize("bound", [{"most": 3}, {"most_in_place": 3}, {"most_bytes": 3 * 420}])
def test_it_is_bounded_and_the_oldest_go_first(bound: dict[str, int]) -> None:
    index = QuestionIndex(**bound)
    for number in range(20):
        index.add(b"place", bytes([number]), "x", vector(1.0, number))
    held = {near.name for near in index.near(b"place", vector(1.0, 0.0), 20)}
    assert len(index) == len(held) == 3
    assert held == {bytes([17]), bytes([18]), bytes([19])}


@given(st.lists(st.tuples(st.sampled_from("ad"), st.integers(0, 5), st.integers(0, 2)), max_size=40))
def test_whatever_is_added_and_dropped_what_is_held_is_what_was_last_said(acts: list[tuple[str, int, int]]) -> None:
    index, said = QuestionIndex(), dict[bytes, bytes]()
    for act, name, place in acts:
        if act == "a":
            index.add(bytes([place]), bytes([name]), str(name), vector(1.0, name + 1.0))
            said[bytes([name])] = bytes([place])
        else:
            index.drop(bytes([name]))
            said.pop(bytes([name]), None)
    for place in range(3):
        held = index.near(bytes([place]), vector(1.0, 1.0), 10)
        assert {near.name for near in held} == {name for name, where in said.items() if where == bytes([place])}
        assert all(near.text == str(near.name[0]) for near in held)
    assert len(index) == len(said)
    index.keep_only(set())
    assert (len(index), index.size_bytes) == (0, 0)


def test_folding_keeps_who_is_near() -> None:
    texts = [f"how do i {doing} my {thing}" for doing in ("change", "cancel", "print") for thing in ("order", "parcel")]
    asked = question_of("how can i change my order")
    nearest = max(texts, key=lambda text: cosine(asked.vector, question_of(text).vector))
    index = QuestionIndex()
    for text in texts:
        index.add(b"p", text.encode(), text, folded(question_of(text).vector))
    assert index.near(b"p", folded(asked.vector), 1)[0].text == nearest
    assert len(folded(asked.vector)) == FOLDED


def test_nothing_has_no_direction() -> None:
    assert not folded(embed([])).any() or len(embed([])) > 0
    assert not unit(np.zeros(3, dtype=np.float32)).any()
