"""How much may be tried to read a text: reading what is damaged everywhere would otherwise take seconds."""

from __future__ import annotations

import re

LEAST_STEPS = 1_000
"""That may be taken to read a text, and one more for each of its characters: a text without tricks takes one for five to ten."""

_SEARCHED_CHARS = 4_000  # in which a search of the whole text takes as long as a step


class TooMuchWork(Exception):
    """More would have to be tried than any real answer asks for."""


class Work:
    """A text and how much may be tried to read it, from all places of it together.

    Each step looks at a bounded piece of the text, so that its time is bounded too: one to three microseconds.
    """

    __slots__ = ("_last_keys", "left", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.left = LEAST_STEPS + len(text)
        self._last_keys: dict[str, int] = {}

    def spend(self, steps: int = 1) -> None:
        """One thing more is tried. Raises TooMuchWork."""
        self.left -= steps
        if self.left < 0:
            raise TooMuchWork

    def last_key(self, name: str) -> int:
        """Where a name stands as a key for the last time."""
        found = self._last_keys.get(name)
        if found is None:
            self.spend(1 + len(self.text) // _SEARCHED_CHARS)
            found = self._last_keys[name] = _last_key(self.text, name)
        return found


def _last_key(text: str, name: str) -> int:
    """Where a name stands as a key for the last time."""
    found = -1
    for each in re.finditer(rf'"{re.escape(name)}"\s{{0,20}}:', text):
        found = each.start()
    return found
