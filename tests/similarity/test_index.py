from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.similarity.features import question_of
from lanewise.similarity.hashed import cosine, embed
from lanewise.similarity.index import FOLDED, QuestionIndex, Room, folded, question_index, unit
from lanewise.similarity.nearest_exact import ExactNearest, Floats
from lanewise.similarity.nearest_graph import GraphNearest, installed


def vector(*numbers: float) -> Floats:
    return unit(np.array(numbers, dtype=np.float32))


def test_the_nearest_of_a_place_come_first() -> None:
    index = QuestionIndex()
    for name, numbers in ((b"far", (0.0, 1.0)), (b"near", (1.0, 0.1)), (b"between", (1.0, 1.0))):
        index.add(b"place", name, name.decode(), vector(*numbers))
    index.add(b"elsewhere", b"exact", "exact", vector(1.0, 0.0))
    found = index.near_in(b"place", vector(1.0, 0.0), 2)
    assert [each.name for each in found] == [b"near", b"between"]
    assert found[0].alike == pytest.approx(1 / 1.01**0.5, rel=1e-5)
    assert index.near_in(b"nowhere", vector(1.0, 0.0), 2) == []
    assert index.near_in(b"place", vector(1.0, 0.0, 0.0), 2) == [], "vectors of other dimensions are never compared"


def test_a_name_is_held_once_and_the_latest_counts() -> None:
    index = QuestionIndex()
    index.add(b"one", b"name", "first", vector(1.0, 0.0))
    index.add(b"two", b"name", "second", vector(1.0, 0.0))
    assert (len(index), index.near_in(b"one", vector(1.0, 0.0), 1)) == (1, [])
    assert index.near_in(b"two", vector(1.0, 0.0), 1)[0].text == "second"


@pytest.mark.parametrize("room", [Room(questions=3), Room(in_place_exact=3), Room(size_bytes=3 * 420)])
def test_it_is_bounded_and_the_oldest_go_first(room: Room) -> None:
    index = QuestionIndex(room)
    for number in range(20):
        index.add(b"place", bytes([number]), "x", vector(1.0, number))
    held = {near.name for near in index.near_in(b"place", vector(1.0, 0.0), 20)}
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
        held = index.near_in(bytes([place]), vector(1.0, 1.0), 10)
        assert {near.name for near in held} == {name for name, where in said.items() if where == bytes([place])}
        assert all(near.text == str(near.name[0]) for near in held)
    assert len(index) == len(said)
    index.keep_only(set())
    assert (len(index), index.size_bytes) == (0, 0)


def test_where_older_ones_are_kept_they_are_found_among_the_newest() -> None:
    index = QuestionIndex(Room(questions=30, in_place_exact=4), older=ExactNearest)
    for number in range(40):
        index.add(b"place", bytes([number]), str(number), vector(40.0 - number, 1.0))
    assert len(index) == 30, "the bound of all holds for both together"
    found = index.near_in(b"place", vector(100.0, 1.0), 40)
    assert [near.text for near in found] == [str(number) for number in range(10, 40)], "the nearest first, old or new"
    index.drop(bytes([10]))
    index.drop(bytes([39]))
    index.add(b"place", bytes([11]), "again", vector(0.0, 1.0))
    found = index.near_in(b"place", vector(100.0, 1.0), 40)
    assert [near.text for near in found] == [*(str(number) for number in range(12, 39)), "again"]
    index.keep_only(set())
    assert (len(index), index.size_bytes, index.near_in(b"place", vector(1.0, 1.0), 1)) == (0, 0, [])


@pytest.mark.skipif(not installed(), reason="the extra `usearch` is not installed")
def test_an_installation_with_the_extra_keeps_older_ones_in_a_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    index = QuestionIndex(Room(in_place_exact=2), older=GraphNearest)
    for number in range(5):
        index.add(b"place", bytes([number]), str(number), vector(1.0, number))
    assert [near.text for near in index.near_in(b"place", vector(1.0, 0.0), 9)] == ["0", "1", "2", "3", "4"]
    monkeypatch.setattr("lanewise.similarity.index.installed", lambda: False)
    few = question_index()
    monkeypatch.undo()
    assert question_index().room.questions > few.room.questions


def test_folding_keeps_who_is_near() -> None:
    texts = [f"how do i {doing} my {thing}" for doing in ("change", "cancel", "print") for thing in ("order", "parcel")]
    asked = question_of("how can i change my order")
    nearest = max(texts, key=lambda text: cosine(asked.vector, question_of(text).vector))
    index = QuestionIndex()
    for text in texts:
        index.add(b"p", text.encode(), text, folded(question_of(text).vector))
    assert index.near_in(b"p", folded(asked.vector), 1)[0].text == nearest
    assert len(folded(asked.vector)) == FOLDED


def test_nothing_has_no_direction() -> None:
    assert not folded(embed([])).any() or len(embed([])) > 0
    assert not unit(np.zeros(3, dtype=np.float32)).any()
