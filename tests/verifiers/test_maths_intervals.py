"""What covers which part of the line, and rows of numbers."""

from __future__ import annotations

from lanewise.verifiers.maths.intervals import intervals_of, rows_of, without
from lanewise.verifiers.maths.shapes import read
from verifiers.reading_maths import node, right


def test_all_but_some_points_are_the_intervals_between_them() -> None:
    assert without([node("2"), node("-1")]) == intervals_of(read(r"(-\infty, -1) \cup (-1, 2) \cup (2, \infty)"))
    assert without([node("a"), node("2")]) is None
    assert intervals_of(read("x != 2")) == without([node("2")])
    assert intervals_of(read("x + y != 2")) is None


def test_rows_of_a_matrix_and_of_lists_in_a_list() -> None:
    assert rows_of(read("[[1, 2], [3, 4]]")) == rows_of(read(r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"))
    assert rows_of(read("(1, 2, 3)")) is None
    assert right(r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", "[[1, 3], [2, 4]]") is False
