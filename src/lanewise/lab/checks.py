"""A condition of success as a value that says what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_MOST_NAMED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One condition of success: `said` names what was found, in words fit for a newcomer."""

    name: str
    passed: bool
    said: str


def named(cases: Sequence[str]) -> str:
    """The first few cases, as the end of a sentence; nothing where there are none."""
    if not cases:
        return ""
    more = f" and {len(cases) - _MOST_NAMED:,} more" if len(cases) > _MOST_NAMED else ""
    return ": " + "; ".join(cases[:_MOST_NAMED]) + more
