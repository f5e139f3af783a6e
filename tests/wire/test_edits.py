"""Edits gather, and what is lost by them is told."""

from __future__ import annotations

import pytest

from lanewise.wire.edits import Edits, is_number
from lanewise.wire.splice import members, splice

BODY = b'{"model": "any", "temperature": 1.0, "top_p": 0.5, "seed": null, "n": 2}'


def edits() -> Edits:
    return Edits(BODY, members(BODY))


def test_a_value_said_already_is_no_edit() -> None:
    made = edits()
    made.set("model", b'"any"')
    made.set("n", b"3")
    made.set("store", b"true")
    assert made.changes == {"n": b"3", "store": b"true"}
    assert splice(BODY, made.changes, made.found).endswith(b'"n": 3,"store":true}')


def test_a_loss_is_told_with_its_reason_unless_nothing_was_asked_for() -> None:
    made = edits()
    made.remove("n", "one answer per call")
    made.remove("seed", "no seeds")
    made.remove("absent", "never there")
    assert made.changes == {"n": None, "seed": None}
    assert made.dropped == ["n: one answer per call"]


def test_a_value_that_changes_nothing_goes_without_a_word() -> None:
    made = edits()
    made.remove_each({"temperature": 1.0, "top_p": 1.0, "n": None}, "it is not free")
    assert made.dropped == ["top_p: it is not free", "n: it is not free"]
    assert set(made.changes) == {"temperature", "top_p", "n"}


@pytest.mark.parametrize(
    ("value", "number", "same"),
    [(b"1", 1.0, True), (b"1.00", 1.0, True), (b"0.9", 1.0, False), (b'"1"', 1.0, False), (None, 1.0, False)],
)
def test_a_number_is_the_same_however_it_is_written(value: bytes | None, number: float, same: bool) -> None:
    assert is_number(value, number) is same
