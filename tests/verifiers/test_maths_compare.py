"""Answers against expected ones: what differs in shape is not equal."""

from __future__ import annotations

import pytest

from lanewise.verifiers.maths.compare import Conventions, Differs, compare
from lanewise.verifiers.maths.shapes import read
from verifiers.reading_maths import right


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ("6", "6√2"),
        ("2", "2 + sqrt(3), 2 - sqrt(3)"),
        ("31", r"31.\overline{6}"),
        ("8", "4√2 + 8"),
        ("36", "9, 18, 27, 36, ..."),
        ("1", "1, -cos³β"),
        ("5/2", "2"),
        ("(1, 2)", "(2, 1)"),
        ("[0, 1]", "(0, 1)"),
        (r"\{1, 2, 3\}", r"\{1, 2\}"),
        ("-221_3", "-221"),
        ("15 cm^2", "15 m^2"),
        ("x = 2", "y = 2 + 0x"),
        ("a^2 + b = 0", "0"),
        (r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}", r"\begin{pmatrix} 1 & 0 \\ 0 & 2 \end{pmatrix}"),
        ("1/3", "0.33"),
        ("12", "all real numbers"),
        ("E", "D"),
        ("y = x^2 + 1", "y = x^2"),
    ],
)
def test_near_is_not_right(expected: str, answer: str) -> None:
    assert right(expected, answer) is False


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ("3/2", "1 1/2"),
        ("1/2", "0.5"),
        ("1/3", "0.333333"),
        ("9604", "7^4 * 4"),
        ("0", "-2 + 5 - 3 = -0"),
        ("x = 11", "x = 5 + 5 + 1 = 11"),
        ("x = 1/3", r"x = 1/3 \approx 0.3"),
        ("(p, q) = (3, 2)", "(3, 2)"),
        ("6, 8", r"8 \text{ and } 6"),
        ("{1, 2, 2}", "{2, 1}"),
        ("-793 < a < 10", "(-793, 10)"),
        ("(3; 4)", r"\begin{pmatrix} 3 \\ 4 \end{pmatrix}"),
        (r"\text{(E)}", "E"),
        ("1152", "1152 cups"),
        ("28%", "28"),
        ("1.50", "$1.50"),
    ],
)
def test_the_same_in_another_dress_is_right(expected: str, answer: str) -> None:
    assert right(expected, answer) is True


def test_conventions_are_options() -> None:
    assert right("1, 2", "2, 1") is True
    assert right("1, 2", "2, 1", ordered=True) is False
    assert right("28%", "0.28") is False
    assert right("0.28", "28%", percent="value") is True
    assert right("28", "28%", percent="either") is True
    assert right("5 cm", "5") is True
    assert right("5 cm", "5", units="require") is False
    assert right("1/3", "0.33", decimals=2) is True


def test_what_cannot_be_told_is_not_told() -> None:
    assert right("xy = 1", "y = 1/x") is None
    assert right("a regular hexagon", "a hexagon of equal sides") is None


def test_why_never_says_what_is_expected() -> None:
    found = compare(read("123454321"), read("7, 8"), Conventions())
    assert isinstance(found, Differs)
    assert "123454321" not in found.why
    assert found.why == "a number is asked for, and a list of values was given"


def test_two_curves_with_names_changed_are_not_taken_for_the_same() -> None:
    assert right("y = x^2", "x = y^2") is not True
