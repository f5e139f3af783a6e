"""Small programs: says what one prints by running it in an own interpreter, and writes well-known functions."""

from __future__ import annotations

import re

from lanewise.simulator.problems.interpreter import ProgramError, run_program
from lanewise.simulator.problems.known_functions import KNOWN_FUNCTIONS
from lanewise.simulator.problems.solution import Solution

_FENCE = re.compile(r"```(?:python|py)?\s*\n(.*?)```", re.DOTALL)
_ASKS_OUTPUT = re.compile(r"\b(print|prints|printed|output|outputs|return|returns|trace|result|value)\b", re.IGNORECASE)
_ASKS_FUNCTION = re.compile(r"\b(?:write|implement|give me|create)\b[^.\n]{0,40}\bfunction\b", re.IGNORECASE)


def solve_program(question: str) -> Solution | None:
    """Predict a program's output or write a function, or None where neither is asked."""
    fence = _FENCE.search(question)
    if fence and _ASKS_OUTPUT.search(question[: fence.start()] + question[fence.end() :]):
        return _predict(fence.group(1))
    if not fence and _ASKS_FUNCTION.search(question):
        return _write(question)
    return None


def _predict(source: str) -> Solution | None:
    try:
        run = run_program(source)
    except ProgramError:
        return None
    output = run.output.rstrip("\n")
    if not output:
        return None
    last = output.splitlines()[-1]
    loops = len(re.findall(r"\b(?:for|while)\b", source))
    size = 1 + loops + (run.steps > 60) + (run.steps > 300) + ("def " in source) + (source.count("\n") > 12)
    return Solution(
        kind="program",
        difficulty=min(5, size),
        answer=output,
        work=(f"The loop and calls take {run.steps} steps; tracing them line by line.",),
        wrong=_wrong_outputs(output, last),
        value=int(last) if re.fullmatch(r"-?\d{1,15}", output) else output,
    )


def _wrong_outputs(output: str, last: str) -> tuple[str, ...]:
    head = output[: len(output) - len(last)]
    number = re.search(r"-?\d+(?!.*\d)", last)
    if number:
        value = int(number.group())
        slips = (value + 1, value - 1, value * 2 if value else 2, value + 10)
        return tuple(head + last[: number.start()] + str(slip) + last[number.end() :] for slip in slips)
    return (head + last[::-1] if last != last[::-1] else head + last + last[:1], head + last[:-1], "None")


def _write(question: str) -> Solution | None:
    text = question.lower()
    for known in KNOWN_FUNCTIONS:
        if all(re.search(pattern, text) for pattern in known.patterns):
            named = re.search(r"(?:function|called|named)\s+`?([a-z_]\w*)`?\s*\(", question) or re.search(
                r"(?:called|named)\s+`?([a-z_]\w*)`?", question
            )
            name = named.group(1) if named else known.name
            right, wrong = (source.replace("NAME", name) for source in (known.right, known.wrong))
            return Solution(
                kind="code",
                difficulty=known.difficulty,
                answer=f"```python\n{right}\n```",
                wrong=(f"```python\n{wrong}\n```",),
            )
    return None
