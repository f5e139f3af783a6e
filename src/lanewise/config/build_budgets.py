"""Budgets as values: every cap of a tenant or a lane, each with its terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lanewise.config.schema_budgets import BudgetSection, CapsSection, TokensSection
from lanewise.core.caps import DEFAULT_TERMS, PERIODS, Cap, Scope, Terms, Unit

DEFAULT_DAILY_CAP_NANOUSD = 50_000_000_000
"""What a tenant may spend in a day where nobody wrote a cap: enough to try everything, too little to regret."""

TO_LANE = "lane:"
_SINGLE: Mapping[str, tuple[Scope, str]] = {
    "per_user": ("user", "users"),
    "per_feature": ("feature", "features"),
    "per_key": ("key", "keys"),
}


class TenantCaps(NamedTuple):
    """A tenant's caps: its dollars of a day, and all others."""

    daily_nanousd: int | None
    defaulted: bool
    daily_terms: Terms
    others: tuple[Cap, ...]


def tenant_caps(own: BudgetSection | None, everyone: BudgetSection | None) -> TenantCaps:
    """What holds for a tenant: its own words, and those for everyone where it says nothing."""
    section = BudgetSection()
    for each in (everyone, own):
        if each is not None:
            section = section.model_copy(update={key: getattr(each, key) for key in each.model_fields_set})
    dollars = {"daily", "weekly", "monthly", "total"}
    written = any(each is not None and dollars & each.model_fields_set for each in (own, everyone))
    caps = list(caps_of("tenant", section))
    daily = next((cap for cap in caps if cap.unit == "dollars" and cap.period == "daily"), None)
    others = [cap for cap in caps if cap is not daily]
    for per, (scope, single) in _SINGLE.items():
        others += caps_of(scope, getattr(section, per))
        for name, named in getattr(section, single).items():
            others += caps_of(scope, named, of=name)
    return TenantCaps(
        daily_nanousd=(DEFAULT_DAILY_CAP_NANOUSD if not written else None) if daily is None else daily.amount,
        defaulted=not written,
        daily_terms=_terms(section),
        others=tuple(others),
    )


def caps_of(scope: Scope, section: CapsSection, *, of: str | None = None) -> Iterator[Cap]:
    """The caps that a section writes."""
    terms = _terms(section)
    amounts: tuple[tuple[Unit, CapsSection | TokensSection], ...] = (
        ("dollars", section),
        ("tokens", section.tokens),
        ("thinking_tokens", section.thinking_tokens),
    )
    for unit, written in amounts:
        for period in PERIODS:
            amount: int | None = getattr(written, period)
            if amount is not None:
                yield Cap(scope=scope, period=period, amount=amount, unit=unit, of=of, terms=terms)


def _terms(section: CapsSection) -> Terms:
    """Equal terms are one value: what is asked for every request is then compared by identity."""
    at_stop, lane = section.at_stop, ""
    if at_stop.startswith(TO_LANE):
        at_stop, lane = "lane", at_stop.removeprefix(TO_LANE)
    terms = Terms(alarm_at=section.alarm_at, roll_over=section.roll_over, at_stop=at_stop, lane=lane)  # type: ignore[arg-type]  # checked
    return DEFAULT_TERMS if terms == DEFAULT_TERMS else terms
