"""Prometheus metrics of budgets. Users, features and keys are too many for labels: `lanewise budgets` shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from lanewise.core.protocols.budget import Standing

_SHOWN = frozenset({"tenant", "lane"})


class BudgetFigures(Protocol):
    """What is asked when metrics are."""

    def alarms(self) -> Mapping[tuple[str, str, str], int]:
        """How often an alarm was raised, by tenant, cap and share."""

    def over_nanousd(self) -> Mapping[str, int]:
        """What was billed beyond what was set aside, by deployment."""

    def standings(self) -> Sequence[Standing]:
        """How caps stand."""


class _NoBudgets:
    def alarms(self) -> Mapping[tuple[str, str, str], int]:
        return {}

    def over_nanousd(self) -> Mapping[str, int]:
        return {}

    def standings(self) -> Sequence[Standing]:
        return ()


NO_BUDGETS: BudgetFigures = _NoBudgets()


def budget_families(figures: BudgetFigures) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
    """Caps of tenants and lanes as they stand, and what was told of any cap."""
    labels = ("tenant", "lane", "cap")
    amount = GaugeMetricFamily(
        "lanewise_budget_cap", "A cap of the present period, in nano-dollars or tokens.", labels=labels
    )
    taken = GaugeMetricFamily(
        "lanewise_budget_taken", "What of a cap is spent or set aside, by every process, in its unit.", labels=labels
    )
    leased = GaugeMetricFamily(
        "lanewise_budget_leased", "What processes hold of a shared cap beside that, in its unit.", labels=labels
    )
    unaccounted = GaugeMetricFamily(
        "lanewise_budget_unaccounted",
        "What of a shared cap dead processes may have spent, and no row tells, in its unit.",
        labels=labels,
    )
    for each in figures.standings():
        if each.tally.scope in _SHOWN:
            lane = each.tally.subject if each.tally.scope == "lane" else ""
            values = (each.tally.tenant, lane, each.cap.limit)
            amount.add_metric(values, each.amount)
            taken.add_metric(values, each.spent + each.held)
            leased.add_metric(values, each.leased)
            unaccounted.add_metric(values, each.unaccounted)
    alarms = CounterMetricFamily(
        "lanewise_budget_alarms",
        "Alarms of caps by share, each once in a period; a share of 1 is a refusal.",
        labels=("tenant", "cap", "share"),
    )
    for told, count in figures.alarms().items():
        alarms.add_metric(told, count)
    over = CounterMetricFamily(
        "lanewise_budget_over_nanousd", "Nano-dollars billed beyond what was set aside.", labels=("deployment",)
    )
    for deployment, nanousd in figures.over_nanousd().items():
        over.add_metric((deployment,), nanousd)
    yield from (amount, taken, leased, unaccounted, alarms, over)
