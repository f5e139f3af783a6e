"""The workload is mixed as stated, the same for the same seed, and graded strictly."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections import Counter
from fractions import Fraction

import pytest

from lanewise.lab.grading import grade_text
from lanewise.lab.workload import Item, grade, make_workload


def right_answer(item: Item) -> str:
    if item.kind == "json":
        return f"Here it is:\n```json\n{json.dumps(item.expected)}\n```"
    if item.kind == "number":
        return f"Some work: 3 * 4 = 12\n\nAnswer: {item.expected['value']} {item.expected['unit'] or ''}"
    if item.kind == "assignments":
        return "Answer: " + ", ".join(f"{name} = {' or '.join(roots)}" for name, roots in item.expected.items())
    if item.kind == "mentions":
        return "I would say: " + "; ".join(item.expected)
    return f"Answer: {item.expected}"


def test_the_same_seed_gives_the_same_items() -> None:
    assert make_workload(120, seed=4) == make_workload(120, seed=4)
    assert make_workload(120, seed=4) != make_workload(120, seed=5)


def test_most_requests_are_simple_and_few_are_hard() -> None:
    items = make_workload(400, seed=1)
    hard = sum(item.difficulty >= 4 for item in items)
    medium = sum(item.difficulty == 3 for item in items)
    assert (hard, medium, len(items)) == (20, 60, 400)
    assert len({item.id for item in items}) == 400
    assert {"chat", "faq", "summarize", "extract", "convert", "arithmetic", "algebra", "program", "word_problem"} == {
        item.task for item in items
    }
    lanes = Counter(item.lane_hint for item in items)
    assert lanes["standard"] > lanes["reasoning_low"] > lanes["reasoning"] > 0


def test_right_answers_are_right_and_wrong_ones_wrong() -> None:
    for item in make_workload(400, seed=9):
        if item.kind == "open":
            assert grade(item, "anything") is None
            continue
        assert grade(item, right_answer(item)) is True, item
        assert grade(item, "I do not know.") is False
        assert grade(item, "") is False


def computed(expression: str) -> Fraction:
    """What Python makes of a sum as it is asked for."""
    python = re.sub(r"(\d+)% of (\d+)", r"\1 * \2 / 100", expression).replace("^", "**")
    return Fraction(str(eval(python)))  # the workload's own text


def test_expected_results_of_sums_are_what_python_makes_of_them() -> None:
    sums = [item for item in make_workload(800, seed=3) if item.task == "arithmetic"]
    assert len(sums) > 100
    for item in sums:
        (asked,) = re.findall(r"[(\d][-+*/^()\d ]*(?:% of \d+)?[\d)]", item.prompt)
        assert Fraction(item.expected["value"]) == computed(asked), item


def test_expected_roots_solve_their_equations() -> None:
    equations = [item for item in make_workload(800, seed=3) if item.task == "algebra"]
    assert len(equations) > 30
    for item in equations:
        sides = re.findall(r"([-+\dxyz^ ]*[\dxyz]) = ([-+\dxyz^ ]*[\dxyz])", item.prompt)
        assert sides, item
        for at in range(max(map(len, item.expected.values()))):
            roots = {name: values[min(at, len(values) - 1)] for name, values in item.expected.items()}
            for left, right in sides:
                assert computed(_put_in(left, roots)) == computed(_put_in(right, roots)), item


def _put_in(side: str, roots: dict[str, str]) -> str:
    return re.sub(r"(\d*)([xyz])", lambda found: f"{found[1] or 1}*({roots[found[2]]})", side)


def test_expected_program_outputs_are_what_python_prints() -> None:
    programs = [item for item in make_workload(800, seed=3) if item.task == "program"]
    assert len(programs) > 20
    for item in programs:
        source = item.prompt.split("```python\n")[1].split("\n```")[0]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(source, {})
        assert printed.getvalue().strip() == item.expected


@pytest.mark.parametrize(
    ("expected", "answer", "verdict"),
    [
        ({"value": "391"}, "17 * 23 = 391", True),
        ({"value": "391"}, "The answer is 391.", True),
        ({"value": "391"}, "**391**", True),
        ({"value": "391"}, "\\boxed{391}", True),
        ({"value": "391"}, "391 is wrong, so the answer: 390", False),
        ({"value": "1234567"}, "1,234,567", True),
        ({"value": "1/3"}, "\\frac{1}{3}", True),
        ({"value": "1/3"}, "0.33", False),
        ({"value": "-4"}, "Answer: −4", True),  # noqa: RUF001 (as models write it)
        ({"value": "-4"}, "Answer: 4", False),
        ({"value": "20.12", "unit": "km"}, "20.12 km", True),
        ({"value": "20.12", "unit": "km"}, "20.1168 kilometres", True),
        ({"value": "20.12", "unit": "km"}, "20.12 miles", False),
        ({"value": "20.12", "unit": "km"}, "12.5 miles is 20.12", True),
        ({"value": "20.12", "unit": "km"}, "20.2 km", False),
        ({"value": "59.78"}, "Answer: $59.78", True),
        ({"value": "59.78"}, "Answer: 12 + 47.78 = $59.78", True),
    ],
)
def test_a_number_is_right_however_it_is_written_and_in_no_other_unit(
    expected: dict[str, str], answer: str, verdict: bool
) -> None:
    assert grade_text("number", expected, answer) is verdict


@pytest.mark.parametrize(
    ("expected", "answer", "verdict"),
    [
        ({"x": ["2", "3"]}, "x = 2 or x = 3", True),
        ({"x": ["2", "3"]}, "x = 3, x = 2", True),
        ({"x": ["2", "3"]}, "Answer: x = 2, 3", True),
        ({"x": ["2", "3"]}, "Answer: 2 and 3", True),
        ({"x": ["2", "3"]}, "x = 2", False),
        ({"x": ["2"]}, "x = 2 or x = 3", False),
        ({"x": ["5"]}, "3x = 15\nx = 5", True),
        ({"x": ["5"]}, "Answer: 5", True),
        ({"x": ["5"]}, "x = 15", False),
        ({"x": ["1"], "y": ["-2"]}, "x = 1, y = -2", True),
        ({"x": ["1"], "y": ["-2"]}, "x = -2, y = 1", False),
        ({"x": ["1"], "y": ["-2"]}, "x = 1", False),
    ],
)
def test_all_values_of_all_names_must_be_there_in_whatever_order(
    expected: dict[str, list[str]], answer: str, verdict: bool
) -> None:
    assert grade_text("assignments", expected, answer) is verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ('{"a": 1.50, "b": "x"}', True),
        ('Sure:\n```json\n{"b": "x", "a": 1.5}\n```', True),
        ('{"a": "1.5", "b": "x"}', False),
        ('{"a": 1.5}', False),
        ('{"a": 1.5, "b": "x", "c": 0}', False),
        ('{"a": 1.5, "b": "x"', False),
    ],
)
def test_an_object_is_right_with_these_members_and_no_others(answer: str, verdict: bool) -> None:
    assert grade_text("json", {"a": 1.5, "b": "x"}, answer) is verdict


def test_program_output_must_match_line_by_line() -> None:
    assert grade_text("text", "1\n2", "```\n1\n2\n```") is True
    assert grade_text("text", "1\n2", "Output: 1\n2") is True
    assert grade_text("text", "1\n2", "1 2") is False
    assert grade_text("text", "7 3", "It prints `7 3`, so the answer is: 7 3") is True
    assert grade_text("text", "7 3", "Answer: 73") is False


def test_an_empty_workload_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        make_workload(0)
