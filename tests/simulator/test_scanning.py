from __future__ import annotations

import pytest

from lanewise.simulator.problems.scanning import formulas, places_asked


@pytest.mark.parametrize(
    ("text", "letters", "found"),
    [
        ("What is 17 * 23?", False, ["17*23"]),
        ("What is 1,200 times 3?", False, ["1200*3"]),
        ("Compute 15% of 80.", False, ["15/100*80"]),
        ("What is 5 squared minus 2?", False, ["5**2-2"]),
        ("6 x 7, please", False, ["6*7"]),
        ("Solve 3x + 7 = 31 for x.", True, ["3*x+7=31"]),
        ("Tell me about the sea.", True, []),
    ],
)
def test_formulas_are_found_between_the_words(text: str, letters: bool, found: list[str]) -> None:
    assert formulas(text, letters=letters) == found


def test_the_longest_formula_comes_first() -> None:
    assert formulas("Take 2, then 3 + 4 * 5.", letters=False) == ["3+4*5", "2"]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("to 2 decimal places", 2),
        ("to three decimal places", 3),
        ("to the nearest integer", 0),
        ("to 99 decimals", 12),
        ("exactly", None),
    ],
)
def test_a_text_says_to_how_many_places(text: str, places: int | None) -> None:
    assert places_asked(text) == places
