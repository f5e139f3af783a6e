"""LaTeX commands that JSON swallowed are put back where they are plain."""

from __future__ import annotations

import json

import pytest

from lanewise.verifiers.reading.latex import doubled


def read(source: str) -> tuple[str, tuple[str, ...]]:
    whole, told = doubled(source)
    return json.loads(whole), told


@pytest.mark.parametrize(
    "command",
    [
        "\\frac{1}{2}",
        "\\beta",
        "\\times 3",
        "\\theta",
        "\\text{so}",
        "\\neq 0",
        "\\rho",
        "\\right)",
        "\\forall x",
        "\\binom{4}{2}",
    ],
)
def test_a_lost_command_is_whole_again_and_told(command: str) -> None:
    value, told = read(f'"so {command} it is"')
    assert value == f"so {command} it is"
    assert len(told) == 1


@pytest.mark.parametrize(
    "source",
    [
        '"line\\nnu = 5"',
        '"\\tan indented line"',
        '"a\\nto b"',
        '"\\\\frac{1}{2}"',
        '"\\u0041"',
        '"\\n\\t\\r"',
        '"x\\nu = 5"',
        '"\\f"',
    ],
)
def test_what_json_means_stays(source: str) -> None:
    assert read(source) == (json.loads(source), ())


def test_a_doubtful_command_counts_inside_a_formula_or_behind_an_operator() -> None:
    assert read('"$ a.\\nu = 5 $"')[0] == "$ a.\\nu = 5 $"
    assert read('"\\\\( x\\to 0 \\\\)"')[0] == "\\( x\\to 0 \\)"
    assert read('"1 \\\\le i \\ne j"')[0] == "1 \\le i \\ne j"
    assert read('"\\\\begin{align}y.\\tan x"')[0] == "\\begin{align}y.\\tan x"


def test_one_that_stays_in_doubt_is_told() -> None:
    value, told = read('"$x$ it is:\\nu = 5"')
    assert value == "$x$ it is:\nu = 5"
    assert told == ("read \\nu as the JSON escape \\n, though it may be LaTeX",)


def test_the_end_of_a_row_keeps_both_its_backslashes() -> None:
    value, told = read(r'"\begin{array}{r} 56 \\\n- 43 \\ 13 \\end{array}"')
    assert value == "\\begin{array}{r} 56 \\\\\n- 43 \\\\ 13 \\end{array}"
    assert "doubled the backslashes that end rows" in told
    assert read(r'"\\begin{array}{r} 56 \\\\ 13 \\end{array}"') == ("\\begin{array}{r} 56 \\\\ 13 \\end{array}", ())
    assert read(r'"C:\\ is a drive"') == ("C:\\ is a drive", ())
