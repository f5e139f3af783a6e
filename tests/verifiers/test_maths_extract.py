"""Where an answer stands in a text."""

from __future__ import annotations

import time

import pytest

from lanewise.verifiers.maths.extract import candidates, last_boxes


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"So $x = \boxed{\frac{1}{2}}$, as asked. It is not 7.", r"\frac{1}{2}"),
        (r"\boxed{1}, \boxed{2} and \boxed{3}", "1, 2, 3"),
        (r"\boxed{1} no no no no no \boxed{2}", "2"),
        ("He has 3.\nA: 12", "12"),
        ("Long work.\n#### 42", "42"),
        ("The final answer is **5**.", "5"),
        ("<think>The answer is 4. No.</think>The answer is 5.", "5"),
        ("12", "12"),
    ],
)
def test_the_surest_place_comes_first(text: str, found: str) -> None:
    assert next(candidates(text)).text.strip("* ") == found


def test_a_piece_of_a_formula_is_no_answer() -> None:
    assert "1" not in [final.text for final in candidates("1 + 1/S - Sb")]


def test_a_box_without_an_end_ends_with_its_line() -> None:
    assert last_boxes("\\boxed{28 percent\nmore") == "28 percent"


@pytest.mark.parametrize("piece", ["\\boxed{", "answer is ", "$", "= ", "((((", "is A: ", "1,", "\\text{and}", "<|"])
def test_a_hostile_text_takes_no_time(piece: str) -> None:
    began = time.process_time()
    list(candidates(piece * 40_000))
    assert time.process_time() - began < 1.0
