"""How sure a measured rate is."""

from __future__ import annotations

from math import sqrt

_Z = 1.959964  # of 95 %


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a rate (Wilson, 1927)."""
    if of == 0:
        return 0.0, 1.0
    rate, square = hits / of, _Z * _Z / of
    middle, half = rate + square / 2, _Z * sqrt(rate * (1 - rate) / of + square / (4 * of))
    return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))


def rate(what: str, hits: int, of: int) -> str:
    """A line of a proof: `recall: 115 of 116, 99.1 % [95.3, 99.8]`."""
    low, high = wilson(hits, of)
    return f"{what}: {hits} of {of}, {100 * hits / max(1, of):.1f} % [{100 * low:.1f}, {100 * high:.1f}]"
