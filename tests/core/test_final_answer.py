"""The final answer of a text, however it is marked."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.final_answer import Final, as_number, final_answer, last_boxed, same_for_votes
from recordings import data_folder


def test_a_line_that_says_it_whole_is_read_after_one_that_announces_it() -> None:
    assert final_answer("so the answer is\nThe answer is 42.", ("said",)) == Final("42", "said")


@pytest.mark.parametrize(
    ("text", "answer", "mark"),
    [
        ('{"reasoning": "so", "answer": "\\\\frac{1}{2}"}', "\\frac{1}{2}", "json"),
        ("First \\boxed{1}, no: \\boxed{\\frac{1}{2}}.", "\\frac{1}{2}", "boxed"),
        ("4 + 4 = 8\n#### 1,234", "1,234", "hashes"),
        ("The answer is **42**.", "42", "said"),
        ("**Final Answer:** 12 cm\n", "12 cm", "said"),
        ("Answer:\n7", "7", "said"),
        ("It must be this one:\n(C)", "C", "choice"),
        ("I have 3 cats and 4 dogs", "4", "number"),
    ],
)
def test_an_answer_is_found_by_its_mark(text: str, answer: str, mark: str) -> None:
    assert final_answer(text) == Final(answer, mark)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("Answer: C", "C"),
        ("The answer is (b).", "B"),
        ("\\boxed{\\text{D}}", "D"),
        ("**Answer: D) because**", "D"),
        ("Answer: a dog", None),
    ],
)
def test_a_choice_is_one_letter(text: str, letter: str | None) -> None:
    found = final_answer(text, ("choice",))
    assert (found.text if found else None) == letter


@pytest.mark.parametrize(
    ("text", "number"),
    [("Answer: $1,200 in 3 days\nso A: 1,200", "1,200"), ("\\boxed{-3/4}", "-3/4"), ("about .5", ".5"), ("none", None)],
)
def test_a_number_is_taken_as_it_is_written(text: str, number: str | None) -> None:
    found = final_answer(text, ("number",))
    assert (found.text if found else None) == number


def test_a_box_that_is_never_closed_is_no_answer() -> None:
    assert last_boxed("\\boxed{1} and \\boxed{2") == "1"
    assert last_boxed("\\boxed{" * 50) is None


def test_equal_answers_count_as_one_vote() -> None:
    assert len({same_for_votes(each) for each in ("1,200", "$1200", "1200.0", "**1200**", "\\text{1200}")}) == 1
    assert same_for_votes("\\dfrac{1}{2}") == same_for_votes("\\frac{1}{2}")
    assert same_for_votes("Paris.") == same_for_votes(" paris ")
    assert same_for_votes("6\\sqrt{2}") != same_for_votes("6")


def test_only_numbers_are_numbers() -> None:
    assert str(as_number("-1,234.50")) == "-2469/2"
    assert as_number("50%") == 50
    assert [as_number(each) for each in ("1/0", "12 cm", "", "1e999999999", "9^9")] == [None] * 5


@given(st.text())
def test_an_answer_stands_in_its_text(text: str) -> None:
    found = final_answer(text)
    assert found is None or found.mark in ("choice", "number") or found.text in text


@pytest.mark.parametrize("piece", ["\\boxed{", "answer is ", "#### ", "1,", "1", '"answer":', "{", "A: ", "(B)\n"])
def test_a_hostile_text_takes_no_time(piece: str) -> None:
    begun = time.process_time()
    final_answer(piece * (300_000 // len(piece)))
    assert time.process_time() - begun < 1


@pytest.mark.data
def test_recorded_solutions_end_in_the_number_they_were_marked_by() -> None:
    """The number found in a recorded solution is the expected one exactly where the solution was marked right."""
    file = data_folder() / "verifiers" / "math" / "gsm8k_model_solutions.jsonl"
    if not file.exists():
        pytest.skip(f"needs {file}; set LANEWISE_DATA to the folder that holds `verifiers`")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    wrong = 0
    for row in rows:
        found = final_answer(row["output"], ("number",))
        right = found is not None and as_number(found.text) == as_number(row["gold"])
        wrong += right != row["correct"]
    assert len(rows) >= 2_000
    assert wrong == 0
