"""The words of a search: how one next step is asked for, when it was the last one, and how the whole answer is asked for."""

from __future__ import annotations

from lanewise.core.final_answer import Mark, final_answer

_NEXT = (
    "Do not solve it yet: write the next step alone, in a few sentences or one calculation, so that it can be checked by itself. "
    "Where no step is left, end with a line `Answer:` and the result."
)
_ANOTHER_WAY = (
    "Look for another next step than the first that comes to mind.",
    "Choose the next step that is easiest to check.",
    "Ask first what is still missing for the answer, and take the step that brings most of it.",
    "Look for a mistake in the steps so far, or in how the question was read, and correct it in the next step.",
    "Take the smallest step that is certainly right.",
)
_WHOLE = (
    "Those steps were found one by one, and checked. Now give the whole answer, in the form that is asked for, to somebody who has "
    "not seen them. Where one of them is wrong, do not follow it."
)
#: Not the last number: every calculation ends with one.
_MARKS: tuple[Mark, ...] = ("boxed", "hashes", "said")


def words_of_a_step(which: int) -> str:
    """How the next step is asked for, the first, second, ... way after the same beginning."""
    if which == 0:
        return _NEXT
    round_, place = divmod(which - 1, len(_ANOTHER_WAY))
    again = f" This is attempt {round_ + 1} at it." if round_ else ""
    return f"{_NEXT} {_ANOTHER_WAY[place]}{again}"


def words_of_the_answer() -> str:
    """How the whole answer is asked for after its steps."""
    return _WHOLE


def is_the_last(step: str) -> bool:
    """Whether a step holds a final answer."""
    return final_answer(step, _MARKS) is not None
