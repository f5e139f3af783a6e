"""Caps in words, for `lanewise check`."""

from __future__ import annotations

from collections.abc import Iterable

from lanewise.core.caps import Cap, Terms
from lanewise.core.money import format_usd

_PERIODS = {"daily": "a day", "weekly": "a week", "monthly": "a month", "total": "in all"}
_UNITS = {"tokens": "tokens", "thinking_tokens": "thinking tokens"}
_STOPS = {"refuse": "then refused", "wait": "then who can wait waits"}


def caps_in_words(caps: Iterable[Cap]) -> list[str]:
    """One line for all caps of the same scope and terms: `each user: $2 a day, 2,000,000 tokens a month; warned at 80%, then refused`."""
    lines: dict[tuple[str, Terms], list[str]] = {}
    for cap in caps:
        lines.setdefault((_who(cap), cap.terms), []).append(_amount(cap))
    return [f"{who}: {', '.join(amounts)}; {_terms(terms)}" for (who, terms), amounts in lines.items()]


def _who(cap: Cap) -> str:
    if cap.scope == "tenant":
        return "all of it"
    if cap.scope == "lane":
        return "all tenants together"
    return f"each {cap.scope}" if cap.of is None else f"the {cap.scope} {cap.of}"


def _amount(cap: Cap) -> str:
    amount = format_usd(cap.amount) if cap.unit == "dollars" else f"{cap.amount:,} {_UNITS[cap.unit]}"
    return f"{amount} {_PERIODS[cap.period]}"


def _terms(terms: Terms) -> str:
    warned = f"warned at {' and '.join(f'{share:.0%}' for share in terms.alarm_at)}"
    stop = f"then the lane {terms.lane} answers" if terms.at_stop == "lane" else _STOPS[terms.at_stop]
    carried = f", up to {terms.roll_over:.0%} of what is left goes on" if terms.roll_over else ""
    return f"{warned}, {stop}{carried}"
