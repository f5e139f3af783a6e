"""The simulated models really compute; their mistakes are seeded, rarer with skill and thinking."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lanewise.lab.workload import Item, grade, make_workload
from lanewise.simulator import tokens
from lanewise.simulator.exchange import Ask, Conversation, InputUsage
from lanewise.simulator.generation import generate
from lanewise.simulator.models import MODELS_BY_NAME
from lanewise.simulator.problems.interpreter import ProgramError, run_program
from lanewise.simulator.problems.solving import solve
from lanewise.simulator.structured import Source, fill


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is 17 * 23?", "391"),
        ("Compute (348 - 17) × 12 / 4 + 5^3", "1118"),  # noqa: RUF001 (as people type it)
        ("what's 15% of 80", "12"),
        ("1,234 times 56 minus 7", "69097"),
        ("Divide: 10 / 4", "2.5"),
        ("Solve for x: 3x + 5 = 20.", "x = 5"),
        ("Solve x² - 5x + 6 = 0", "x = 2 or x = 3"),
        ("Solve x^2 + 1 = 0", "no real solution"),
        ("Find n if 2(n - 3) = 4n + 8", "n = -7"),
        ("Solve the system 2x + 3y = 12 and x - y = 1.", "x = 3, y = 2"),
        ("Convert 12.5 miles to km, 2 decimal places", "20.12 km"),
        ("How many grams are in 3.2 kg?", "3200 g"),
        ("98.6 F to C", "37 °C"),
        ("Ann buys 3 pens at $1.50 each and pays with $20. How much change?", "$15.50"),
        ("What does this print?\n```python\nprint(sum(i * i for i in range(5)))\n```", "30"),
    ],
)
def test_problems_are_solved(question: str, answer: str) -> None:
    assert solve(question).answer == answer


def test_fields_are_read_out_of_a_text() -> None:
    found = solve(
        "Extract as JSON with keys name, email, date, total.\n\nMy name is Ada Byron. On 3 May 2026 I paid $12.50; write to ada@x.org."
    )
    assert found.fields == {"name": "Ada Byron", "email": "ada@x.org", "date": "2026-05-03", "total": 12.5}


def test_a_rejected_answer_is_tried_again() -> None:
    again = solve("Your previous answer was wrong, please try again.", earlier=("What is 6 * 7?",))
    assert again.answer == "42"


def test_known_functions_are_written_and_the_wrong_one_differs() -> None:
    found = solve("Write a Python function `count` that counts the vowels in a text.")
    assert found.kind == "code"
    source = found.answer.split("```python\n")[1].split("\n```")[0]
    assert source.startswith("def ")
    assert found.wrong[0] != found.answer


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "while True:\n    pass",
        "print(().__class__)",
        "x = 'a' * 10 ** 9",
        "print(9 ** 9 ** 9)",
        "def f(n):\n    return f(n)\nf(1)",
        "print(open('/etc/passwd'))",
        "print('%999999999d' % 1)",
        "print(f'{1:999999999}')",
        "break",
    ],
)
def test_the_interpreter_refuses_what_is_no_small_program(source: str) -> None:
    with pytest.raises(ProgramError):
        run_program(source)


def test_tokens_join_back_and_never_outnumber_bytes() -> None:
    for text in ("Hello, world!\n\n x= 12345", "naïve Übergröße 你好 🙂", " \t \n", "a" * 100):
        assert "".join(tokens.pieces(text)) == text
        assert tokens.count(text) <= len(text.encode())


def test_structured_values_honour_the_schema() -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "$defs": {"level": {"enum": ["low", "high"]}},
        "properties": {
            "level": {"$ref": "#/$defs/level"},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 3},
            "score": {"type": "number", "minimum": 0, "maximum": 1},
            "note": {"anyOf": [{"type": "null"}, {"type": "string"}]},
            "fixed": {"const": 7},
            "code": {"type": "string", "minLength": 5, "maxLength": 8},
        },
    }
    value = fill(schema, Source(question="The risk is high, number 40"))
    assert value["level"] == "high"
    assert 2 <= len(value["tags"]) <= 3
    assert 0 <= value["score"] <= 1
    assert value["fixed"] == 7
    assert 5 <= len(value["code"]) <= 8


def ask(item: Item, name: str, effort: str | None = None, **changes: Any) -> Ask:
    vendor = "simthropic" if name in {"sim-haiku", "sim-sonnet", "sim-opus"} else "simopen"
    words = "\n".join(message["content"] for message in item.messages)
    talk = Conversation(question=item.prompt, context=item.system or "", everything=words)
    thinking = 0 if effort is None else 32_768
    return Ask(
        model=MODELS_BY_NAME[vendor, name],
        stream=False,
        conversation=talk,
        usage=InputUsage(total=1),
        max_tokens=60_000,
        thinking_tokens=thinking,
        effort=effort or "medium",
        **changes,
    )


WORK = make_workload(400, seed=11)


def accuracy(name: str, effort: str | None = None) -> float:
    grades = [grade(item, generate(ask(item, name, effort), 5).text) for item in WORK]
    graded = [value for value in grades if value is not None]
    return sum(graded) / len(graded)


def test_bigger_models_and_more_thinking_are_right_more_often() -> None:
    small, standard, frontier = (accuracy(name) for name in ("sim-small", "sim-standard", "sim-frontier"))
    low, medium, high = (accuracy("sim-reasoner", effort) for effort in ("low", "medium", "high"))
    assert small + 0.03 < standard < frontier
    assert standard < low < medium < high
    assert high > 0.97
    assert small < 0.9
    assert accuracy("sim-haiku") < accuracy("sim-sonnet") < accuracy("sim-opus", "high")


def test_more_thinking_never_turns_a_right_answer_wrong() -> None:
    for item in WORK[:200]:
        low = grade(item, generate(ask(item, "sim-reasoner", "low"), 5).text)
        high = grade(item, generate(ask(item, "sim-reasoner", "high"), 5).text)
        assert not low or high


def test_without_its_mistakes_the_simulator_solves_the_whole_workload() -> None:
    for item in make_workload(400, seed=2):
        perfect = replace(
            ask(item, "sim-frontier"), model=replace(MODELS_BY_NAME["simopen", "sim-frontier"], skill=99.0)
        )
        slips = [generate(perfect, seed).text for seed in range(3)]
        if grade(item, slips[0]) is not None:
            assert sum(bool(grade(item, text)) for text in slips) >= 2, item


def test_the_same_request_gets_the_same_reply_and_another_seed_another_draw() -> None:
    hard = [item for item in WORK if item.difficulty >= 3]
    first = [generate(ask(item, "sim-standard"), 5) for item in hard]
    assert first == [generate(ask(item, "sim-standard"), 5) for item in hard]
    assert first != [generate(ask(item, "sim-standard"), 6) for item in hard]
    assert first != [generate(ask(item, "sim-standard", seed=1), 5) for item in hard]
