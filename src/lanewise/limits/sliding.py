"""What was taken in the last minute, counted in hundredths of it: exact enough that no minute holds more than the rate, and cheap.

A bucket's count leaves when its last moment is a minute old. So whatever came in any one minute is counted at its end: never more than
the rate is let in, and what is let in again is at most a hundredth of a minute late. Only buckets in which something was taken are kept.
"""

from __future__ import annotations

from lanewise.core.limiting import MINUTE_S

BUCKET_S = MINUTE_S / 100
PER_S = 1.0 / BUCKET_S
LIVES = 101
"""Buckets whose counts stand: the one that is filling, and a hundred before it."""

_NEVER = 1 << 62
_JUST_AFTER_S = 1e-6  # a bucket's end, which no float hits


class Window:
    """Amounts by bucket, oldest first. Buckets are numbered by the clock: `int(now_s * PER_S)`."""

    __slots__ = ("amounts", "at", "expires", "newest", "total")

    def __init__(self) -> None:
        self.at: list[int] = []
        self.amounts: list[int] = []
        self.total = 0
        self.newest = -1
        self.expires = _NEVER  # the bucket in which the oldest one's count leaves

    def slide(self, now: int) -> None:
        """Let go of what is over a minute old."""
        gone = 0
        for at in self.at:
            if at > now - LIVES:
                break
            self.total -= self.amounts[gone]
            gone += 1
        if gone:
            del self.at[:gone], self.amounts[:gone]
        self._look()

    def add(self, at: int, amount: int) -> None:
        """Count in this bucket."""
        places = self.at
        self.total += amount
        if places and places[-1] == at:
            self.amounts[-1] += amount
            return
        place = len(places)
        while place and places[place - 1] > at:
            place -= 1
        if place and places[place - 1] == at:
            self.amounts[place - 1] += amount
            return
        places.insert(place, at)
        self.amounts.insert(place, amount)
        self._look()

    def take_back(self, at: int, amount: int) -> None:
        """What was counted in this bucket was too much; if it is gone, it is gone."""
        for place in range(len(self.at) - 1, -1, -1):
            if self.at[place] <= at:
                if self.at[place] == at:
                    less = min(amount, self.amounts[place])
                    self.amounts[place] -= less
                    self.total -= less
                return

    def drop_oldest(self, amount: int) -> None:
        """So much is not there any more, and nobody said of which bucket: those that stay leave later."""
        for place in range(len(self.at)):
            less = min(amount, self.amounts[place])
            self.amounts[place] -= less
            self.total -= less
            amount -= less
            if not amount:
                return

    def shift(self, buckets: int) -> None:
        """The clock was set: everything is so many buckets later."""
        self.at = [at + buckets for at in self.at]
        self._look()

    def free_in_s(self, amount: int, now_s: float) -> float:
        """How long until so much of it has left: a moment longer than that."""
        for at, counted in zip(self.at, self.amounts, strict=True):
            amount -= counted
            if amount <= 0:
                return max(0.0, (at + LIVES) * BUCKET_S - now_s) + _JUST_AFTER_S
        return self.empty_in_s(now_s) + _JUST_AFTER_S

    def empty_in_s(self, now_s: float) -> float:
        """How long until all of it has left."""
        return max(0.0, (self.at[-1] + LIVES) * BUCKET_S - now_s) if self.total else 0.0

    def _look(self) -> None:
        if self.at:
            self.newest, self.expires = self.at[-1], self.at[0] + LIVES
        else:
            self.newest, self.expires = -1, _NEVER
