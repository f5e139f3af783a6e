"""What a request leaves of its limits, as its caller is told."""

from __future__ import annotations

from lanewise.core.limiting import Limits
from lanewise.core.protocols.hot_state import Allowed, Standing
from lanewise.limits.sliding import BUCKET_S, LIVES, Window
from lanewise.limits.subject import Subject

_GRAIN = 1e-9


def standing_of(limits: Limits, subject: Subject, now_s: float, weight: int = 1) -> Standing:
    """What is left of one tenant's or key's rates; to each of `weight` processes that cannot ask one another.

    Its windows have let go of what is over a minute old.
    """
    requests = tokens = None
    if limits.request_s:
        window = subject.requests
        remaining: int = limits.requests_per_minute - window.total  # type: ignore[operator]  # it has a rate
        if limits.smooth:
            left_s = limits.requests_burst_s - max(subject.requests_s - now_s, 0.0)
            remaining = min(remaining, int(left_s / limits.request_s + _GRAIN))
        if subject.prepaid is not None:  # counted, and not used yet
            remaining += subject.prepaid.left
        requests = _allowed(limits.requests_per_minute, remaining // weight, window, now_s)
    if limits.token_s:
        window = subject.tokens
        remaining = limits.tokens_per_minute - window.total  # type: ignore[operator]  # it has one
        if subject.tokens_s > now_s:
            left_s = limits.tokens_burst_s - (subject.tokens_s - now_s)
            remaining = min(remaining, int(left_s / limits.token_s + _GRAIN))
        tokens = _allowed(limits.tokens_per_minute, remaining // weight, window, now_s)
    return Standing(requests=requests, tokens=tokens)


def narrower(one: Standing | None, other: Standing) -> Standing:
    """Of two standings, the fewer of each that remain."""
    if one is None:
        return other
    return Standing(requests=_fewer(one.requests, other.requests), tokens=_fewer(one.tokens, other.tokens))


def _allowed(most: int | None, remaining: int, window: Window, now_s: float) -> Allowed:
    reset_s = (window.newest + LIVES) * BUCKET_S - now_s if window.total else 0.0
    return Allowed(most or 0, max(0, remaining), reset_s)


def _fewer(one: Allowed | None, other: Allowed | None) -> Allowed | None:
    if one is None or other is None:
        return one or other
    return min(one, other, key=lambda each: each.remaining)
