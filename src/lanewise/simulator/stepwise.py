"""Solving step by step, when a model is asked for its next step alone, and answering after steps that are there already.

Mistakes are made where they are made by models too, in single steps: a chance of a mistake in the whole is spread evenly over its steps.
Whoever goes on from a wrong step ends with a wrong answer.
"""

from __future__ import annotations

import re
from typing import Literal

from lanewise.simulator.problems.solution import Solution

_NEXT = re.compile(r"\bnext step alone\b", re.IGNORECASE)
_AFTER = re.compile(r"\bthose steps were\b", re.IGNORECASE)
_RESULT = re.compile(r"-?\d+(?!.*\d)")

Asked = Literal["step", "answer"]


def asked_stepwise(question: str) -> Asked | None:
    """Whether a question asks for one step of it or of an earlier one, or for an earlier one's answer."""
    return "step" if _NEXT.search(question) else "answer" if _AFTER.search(question) else None


def chance_left(chance: float, solution: Solution, said: str, asked: Asked) -> float:
    """The chance of a mistake in what is asked for now, of the chance in the whole solution."""
    work = solution.work
    if not work:
        return chance
    lines = _lines(said)
    if asked == "step":
        return _in_steps(chance, 1 / len(work)) if len(lines) < len(work) else 0.0
    if any(line not in work for line in lines):
        return 1.0
    return _in_steps(chance, max(0, len(work) - len(lines)) / len(work))


def _in_steps(chance: float, share: float) -> float:
    """The chance of a mistake in this share of the steps, where the whole has that chance."""
    return float(1 - (1 - chance) ** share)


def next_step(solution: Solution, said: str, *, right: bool, wrong_answer: str) -> str:
    """The line of work that comes next, with the answer where it is the last one."""
    lines, work = _lines(said), solution.work
    line = work[len(lines)] if len(lines) < len(work) else ""
    if not right:
        line = _RESULT.sub(lambda found: str(int(found.group()) + 10), line)
    sound = right and all(each in work for each in lines)
    if len(lines) + 1 < len(work):
        return line
    return f"{line}\nAnswer: {solution.answer if sound else wrong_answer}".strip()


def _lines(said: str) -> list[str]:
    return [line for line in (each.strip() for each in said.splitlines()) if line and not line.startswith("Answer:")]
