"""Shares with what is not known of them."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

_Z = 1.959964  # of a normal distribution: 95 % lie within so many standard deviations on both sides


class Interval(NamedTuple):
    """A share and its 95 % interval, each 0 to 1."""

    share: float
    low: float
    high: float


def wilson(hits: int, of: int) -> Interval | None:
    """Wilson's score interval (1927) of a share; None of nothing."""
    if of <= 0:
        return None
    share, spread = hits / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * sqrt(share * (1 - share) / of + spread / (4 * of))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))
