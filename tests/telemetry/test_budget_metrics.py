from __future__ import annotations

from lanewise.telemetry.metrics import Metrics
from telemetry.budget_figures import Figures


def exposition() -> str:
    metrics = Metrics()
    metrics.budget = Figures()
    return metrics.render().decode()


def test_caps_of_tenants_and_lanes_are_shown_and_users_are_not_made_labels() -> None:
    text = exposition()
    assert 'lanewise_budget_cap{cap="tenant.total",lane="",tenant="acme"} 120.0' in text
    assert 'lanewise_budget_taken{cap="lane.total",lane="reasoning",tenant=""} 35.0' in text
    assert 'lanewise_budget_leased{cap="tenant.total",lane="",tenant="acme"} 8.0' in text
    assert 'lanewise_budget_unaccounted{cap="tenant.total",lane="",tenant="acme"} 2.0' in text
    assert "ann" not in text


def test_alarms_and_what_was_billed_beyond_what_was_set_aside_are_counted() -> None:
    text = exposition()
    assert 'lanewise_budget_alarms_total{cap="tenant.total",share="0.8",tenant="acme"} 2.0' in text
    assert 'lanewise_budget_over_nanousd_total{deployment="openai/m"} 7.0' in text


def test_without_budgets_there_is_nothing_to_show() -> None:
    assert "lanewise_budget_cap{" not in Metrics().render().decode()
