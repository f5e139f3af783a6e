"""Finds what a question asks and solves it: the one door to the problems."""

from __future__ import annotations

import re
from functools import lru_cache

from lanewise.simulator.problems.algebra import solve_algebra
from lanewise.simulator.problems.arithmetic import solve_arithmetic, solve_shopping
from lanewise.simulator.problems.extraction import solve_extraction
from lanewise.simulator.problems.programs import solve_program
from lanewise.simulator.problems.prose import write_prose
from lanewise.simulator.problems.solution import Solution
from lanewise.simulator.problems.units import solve_units
from lanewise.simulator.stepwise import asked_stepwise

_FEEDBACK = re.compile(
    r"\b(wrong|incorrect|not correct|try again|previous (?:answer|reply)|rejected|re-?check|does not (?:match|satisfy)|did not pass"
    r"|invalid|verif|fix (?:it|your))",
    re.IGNORECASE,
)
_LONGEST_QUESTION = 20_000
_SOLVERS = (solve_program, solve_extraction, solve_units, solve_shopping, solve_algebra, solve_arithmetic)


def solve(question: str, earlier: tuple[str, ...] = (), context: str = "") -> Solution:
    """Solve the question; one that only comments on an earlier answer, or wants it carried on, asks the earlier question again."""
    found = _solve(question)
    if found:
        return found
    if earlier and (_FEEDBACK.search(question) or asked_stepwise(question)):
        for before in reversed(earlier):
            found = _solve(before)
            if found:
                return found
    return write_prose(question[:_LONGEST_QUESTION], context)


def is_feedback(question: str, earlier: tuple[str, ...]) -> bool:
    """Whether the question sends an earlier answer back."""
    return bool(earlier) and bool(_FEEDBACK.search(question)) and asked_stepwise(question) is None


@lru_cache(maxsize=512)
def _solve(question: str) -> Solution | None:
    """Remembered, because votes, retries and comparisons ask the same question again."""
    if len(question) > _LONGEST_QUESTION:
        return None
    for solver in _SOLVERS:
        found = solver(question)
        if found:
            return found
    return None
