"""What a request leaves of its limits, as its caller is told."""

from __future__ import annotations

from lanewise.core.limiting import Limits
from lanewise.core.protocols.hot_state import Allowed, Standing
from lanewise.limits.sliding import PER_S, Window
from lanewise.limits.subject import Subject

_GRAIN = 1e-9


def standing_of(limits: Limits, subject: Subject, now_s: float, weight: int = 1) -> Standing:
    """What is left of one tenant's or key's rates; to each of `weight` processes that cannot ask one another."""
    requests = tokens = None
    if limits.request_s:
        most = smoothed = limits.requests_per_minute or 0
        if limits.smooth:
            left_s = limits.requests_burst_s - max(subject.requests_s - now_s, 0.0)
            smoothed = int(left_s / limits.request_s + _GRAIN)
        requests = _allowed(subject.requests, most, smoothed, now_s, weight=weight)
        if subject.prepaid is not None and subject.prepaid.left:  # counted, and not used yet
            requests = requests._replace(remaining=requests.remaining + subject.prepaid.left)
    if limits.token_s:
        left_s = limits.tokens_burst_s - max(subject.tokens_s - now_s, 0.0)
        smoothed = int(left_s / limits.token_s + _GRAIN)
        tokens = _allowed(subject.tokens, limits.tokens_per_minute or 0, smoothed, now_s, weight=weight)
    return Standing(requests=requests, tokens=tokens)


def narrower(one: Standing | None, other: Standing) -> Standing:
    """Of two standings, the fewer of each that remain."""
    if one is None:
        return other
    return Standing(requests=_fewer(one.requests, other.requests), tokens=_fewer(one.tokens, other.tokens))


def _allowed(window: Window, most: int, smoothed: int, now_s: float, *, weight: int) -> Allowed:
    at = int(now_s * PER_S)
    if at >= window.expires:
        window.slide(at)
    remaining = most - window.total
    remaining = min(remaining, smoothed)
    return Allowed(most, max(0, remaining // weight), window.empty_in_s(now_s))


def _fewer(one: Allowed | None, other: Allowed | None) -> Allowed | None:
    if one is None or other is None:
        return one or other
    return min(one, other, key=lambda each: each.remaining)
