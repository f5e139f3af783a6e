"""What expressions stand in."""

from __future__ import annotations

import pytest

from lanewise.verifiers.maths.shapes import both, read
from lanewise.verifiers.maths.tokens import Unreadable
from lanewise.verifiers.maths.tree import Group, Interval, Matrix, Quantity, Relation, Union, Words
from verifiers.reading_maths import node


def test_members_and_their_brackets() -> None:
    for text, bracket, many in (
        ("1, 2", "list", 2),
        (r"\{1, 2\}", "set", 2),
        ("(1, 2, 3)", "tuple", 3),
        ("(1, 2)", "pair", 2),
    ):
        value = read(text)
        assert isinstance(value, Group)
        assert (value.bracket, len(value.members)) == (bracket, many)


def test_an_interval_knows_its_ends() -> None:
    assert read("[0, 1)") == Interval(node("0"), node("1"), low_closed=True)
    assert isinstance(read(r"(1, \infty)"), Interval)
    assert isinstance(read(r"(-\infty, 0) \cup [1, 2]"), Union)


def test_a_plus_minus_is_two_values() -> None:
    assert both(node("1 + 2")) == [node("1 + 2")]
    first = read(r"1 \pm \sqrt{19}")
    assert isinstance(first, Group)
    assert len(first.members) == 2
    value = read(r"x = \frac{1}{2}, x = \frac{-1 \pm \sqrt{13}}{4}")
    assert isinstance(value, Group)
    assert len(value.members) == 3


def test_a_matrix_has_rows_of_one_length() -> None:
    matrix = read(r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}")
    assert isinstance(matrix, Matrix)
    assert [len(row) for row in matrix.rows] == [2, 2]
    with pytest.raises(Unreadable):
        read(r"\begin{pmatrix} 1 & 0 \\ 0 \end{pmatrix}")


def test_what_follows_a_number() -> None:
    assert read("1152 cups of flour") == Quantity(node("1152"), "cups of flour")
    assert read(r"15\mbox{ cm}^2") == Quantity(node("15"), "cm^2")
    assert read("28 percent") == Quantity(node("28"), percent=True)
    assert read(r"90^\circ") == Quantity(node("90"), "degree")
    assert read("204_5") == Quantity(node("54"), base=5)


def test_a_row_of_relations_is_kept() -> None:
    value = read("x = 5 + 5 + 1 = 11")
    assert isinstance(value, Relation)
    assert value.signs == ("=", "=")


def test_words_are_words_and_a_number_in_words_is_a_number() -> None:
    assert read(r"\text{All of the above.}") == Words("all of the above")
    assert read("twelve") == read("12")


@pytest.mark.parametrize("text", ["Total Nights - 9", "17/4 is incorrect; it is 3", "(3, 4) for part b"])
def test_mathematics_mixed_with_words_is_not_guessed(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)
