"""Words that make samples differ: said after the caller's own, so that what vendors cache before them stays cached.

Temperature is no way to do it: models that think refuse it, and the caller's own is not ours to change.
"""

from __future__ import annotations

_ANOTHER_WAY = (
    "Work it out on your own, from the beginning.",
    "Take another approach than the first that comes to mind.",
    "Start from what is asked for and work backwards.",
    "Look first for what could be misread, then answer.",
    "Answer, then check every step before you give the final answer.",
    "Consider an extreme or a simple case first, then answer.",
    "Put what is given in your own words, then answer.",
)


def words_for(place: int) -> str:
    """The words of a sample; none for the first, which is the caller's own request."""
    if place == 0:
        return ""
    round_, which = divmod(place - 1, len(_ANOTHER_WAY))
    again = f" This is attempt {round_ + 1} at it." if round_ else ""
    return f"{_ANOTHER_WAY[which]}{again} Keep to the form of answer that is asked for."
