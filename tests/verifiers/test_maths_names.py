"""What relations name."""

from __future__ import annotations

import pytest

from lanewise.verifiers.maths.names import all_named, by_names, letters_of, named, same_name
from lanewise.verifiers.maths.shapes import read
from lanewise.verifiers.maths.tree import Relation
from verifiers.reading_maths import right


def test_a_name_and_what_it_is_said_to_be() -> None:
    relation = read("x = 3")
    assert isinstance(relation, Relation)
    assert named(relation) == relation.sides
    row = read("x_1 = 2, x_2 = 3")
    assert all_named(row)
    assert letters_of(row) == {"x"}
    assert by_names(row, read("x_2 = 4, x_1 = 5")) == [(read("2"), read("5")), (read("3"), read("4"))]
    assert same_name(read("y"), read("f(x)"))
    assert not same_name(read("x"), read("f(x)"))


@pytest.mark.parametrize(
    ("expected", "answer", "verdict"),
    [
        ("f(x) = 2x + 3", "y = 2x + 3", True),
        ("f(x) = 2x + 3", "x = 2y + 3", False),
        ("x_1 = 2, x_2 = 3", "x = 3 or x = 2", True),
        ("x = 2, y = 3", "x = 3, y = 2", False),
        ("C_1 = 2, C_2 = 3", "p = 2, q = 3", None),
        ("y^2 = 4x, x = 3", "y^2 = 5x, x = 3", None),
    ],
)
def test_values_count_under_their_names(expected: str, answer: str, verdict: bool | None) -> None:
    assert right(expected, answer) is verdict
