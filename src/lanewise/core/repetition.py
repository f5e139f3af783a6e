"""Degenerate repetition in a text that is still growing: the same piece again and again, as models that are stuck write it.

Each time some characters have come, the text's last few are looked for before; where they stood gives a period, and the text is a loop if
everything since has repeated with it often enough. Work and memory per character do not grow with the text.
"""

from __future__ import annotations

import msgspec

_SUFFIX_CHARS = 20  # that are looked for before: as many seldom come twice by chance
_MOST_PERIODS = 6  # that are tried, the shortest first
_LOOK_EVERY_CHARS = 16
# Rules, leaders and blanks: people draw lines of them, under wide tables and in forms.
_DRAWN = frozenset("-=_~*#.·+|─━═ \t")
_LONGEST_LINE = 4  # times as long as what else is a loop


class Repetition(msgspec.Struct, frozen=True, kw_only=True):
    """A loop that was found: where it begins and how long its piece is, in characters, and where it was found."""

    onset: int
    period: int
    found_at: int
    piece: str

    def wasted(self, chars: int) -> int:
        """Characters of a text of that length which only repeat: all but the first time."""
        return max(0, chars - self.onset - self.period)


class RepetitionDetector:
    """Fed with a text piece by piece.

    `found` is the loop that the text is in, `left` counts the characters wasted in loops that it left again.
    A loop is found once its piece stands there `repeats` times and fills `min_chars`.
    """

    def __init__(self, *, max_period: int = 1_000, repeats: int = 4, min_chars: int = 160) -> None:
        self._max_period = max_period
        self._repeats = repeats
        self._min_chars = min_chars
        self._kept_chars = max(max_period * repeats, _LONGEST_LINE * min_chars + max_period) + _LOOK_EVERY_CHARS
        self._tail = ""
        self._begin = 0  # of the tail within the text
        self._waiting = ""
        self.found: Repetition | None = None
        self.left = 0

    @property
    def chars(self) -> int:
        """Of the text so far, what waits to be looked at aside."""
        return self._begin + len(self._tail)

    def take(self, piece: str) -> Repetition | None:
        """The loop that the text is in, this piece included; looked for every few characters."""
        fresh = self._waiting + piece
        whole = len(fresh) - len(fresh) % _LOOK_EVERY_CHARS
        for place in range(0, whole, _LOOK_EVERY_CHARS):
            self._grow(fresh[place : place + _LOOK_EVERY_CHARS])
        self._waiting = fresh[whole:]
        return self.found

    def finish(self) -> Repetition | None:
        """The loop that the whole text ends in."""
        if self._waiting:
            self._grow(self._waiting)
            self._waiting = ""
        return self.found

    def _grow(self, fresh: str) -> None:
        tail = self._tail + fresh
        if len(tail) > 2 * self._kept_chars:
            cut = len(tail) - self._kept_chars
            tail, self._begin = tail[cut:], self._begin + cut
        self._tail = tail
        if self.found is None:
            self._look()
        elif fresh != tail[-len(fresh) - self.found.period : -self.found.period][: len(fresh)]:
            self.left += self.found.wasted(self.chars)
            self.found = None

    def _look(self) -> None:
        tail = self._tail
        suffix = tail[-_SUFFIX_CHARS:]
        least, end = max(0, len(tail) - _SUFFIX_CHARS - self._max_period), len(tail) - 1
        for _ in range(_MOST_PERIODS):
            place = tail.rfind(suffix, least, end)
            if place < 0:
                return
            period = len(tail) - _SUFFIX_CHARS - place
            if self._repeats_with(period):
                self._find(period)
                return
            end = place + _SUFFIX_CHARS - 1

    def _repeats_with(self, period: int) -> bool:
        tail = self._tail
        drawn = period <= _SUFFIX_CHARS and _DRAWN.issuperset(tail[-period:])
        least = self._min_chars * _LONGEST_LINE if drawn else self._min_chars
        same = max((self._repeats - 1) * period, least - period)
        return same + period <= len(tail) and tail[-same:] == tail[-same - period : -period]

    def _find(self, period: int) -> None:
        tail = self._tail
        onset = len(tail) - period
        while onset > 0 and tail[onset - 1] == tail[onset - 1 + period]:
            onset -= 1
        self.found = Repetition(
            onset=self._begin + onset, period=period, found_at=self.chars, piece=tail[onset : onset + period]
        )
