"""Budgets as metrics see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lanewise.core.caps import Cap, Scope, Tally
from lanewise.core.periods import ALL_TIME
from lanewise.core.protocols.budget import Standing


def standing(scope: Scope, tenant: str, subject: str) -> Standing:
    cap = Cap(scope=scope, period="total", amount=100)
    tally = Tally(scope, tenant, subject, "dollars", "total")
    return Standing(
        cap=cap, tally=tally, span=ALL_TIME, amount=120, carried=20, spent=30, held=5, leased=8, unaccounted=2
    )


class Figures:
    def alarms(self) -> Mapping[tuple[str, str, str], int]:
        return {("acme", "tenant.total", "0.8"): 2}

    def over_nanousd(self) -> Mapping[str, int]:
        return {"openai/m": 7}

    def standings(self) -> Sequence[Standing]:
        return [standing("tenant", "acme", ""), standing("lane", "", "reasoning"), standing("user", "acme", "ann")]
