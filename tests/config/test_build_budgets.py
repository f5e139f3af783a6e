"""Budgets as they are written, and as they hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lanewise.core.caps import Cap, Terms
from lanewise.core.protocols.budget import caps_of

Read = Callable[[str], Any]
HEAD = "providers: {openai: {}}\nlanes:\n  standard: {deployments: [openai/gpt-5.4-mini]}\n"

WRITTEN = (
    HEAD + "  reasoning: {deployments: [openai/gpt-5.5], budget: {weekly: $100, at_stop: 'lane:standard'}}\n"
    "tenants:\n"
    '  "*": {budget: {monthly: $300, per_user: {daily: $2}}}\n'
    "  acme:\n"
    "    budget:\n"
    "      daily: $50\n"
    "      alarm_at: [95%, 50%]\n"
    "      tokens: {daily: 2M}\n"
    "      per_feature: {monthly: $90, thinking_tokens: {total: 500k}, roll_over: 20%, at_stop: wait}\n"
    "      users: {ann: {daily: $7}}\n"
)


def test_every_cap_that_is_written_holds_with_the_terms_that_stand_beside_it(read: Read) -> None:
    acme = read(WRITTEN).policy.tenants["acme"]
    own = Terms(alarm_at=(0.5, 0.95))
    features = Terms(roll_over=0.2, at_stop="wait")
    assert caps_of(acme) == (
        Cap(scope="tenant", period="daily", amount=50_000_000_000, terms=own),
        Cap(scope="tenant", period="monthly", amount=300_000_000_000, terms=own),
        Cap(scope="tenant", period="daily", amount=2_000_000, unit="tokens", terms=own),
        Cap(scope="user", period="daily", amount=2_000_000_000),
        Cap(scope="user", period="daily", amount=7_000_000_000, of="ann"),
        Cap(scope="feature", period="monthly", amount=90_000_000_000, terms=features),
        Cap(scope="feature", period="total", amount=500_000, unit="thinking_tokens", terms=features),
    )


def test_a_lane_s_budget_is_in_the_lane(read: Read) -> None:
    (cap,) = read(WRITTEN).policy.lanes["reasoning"].caps
    assert cap == Cap(scope="lane", period="weekly", amount=10**11, terms=Terms(at_stop="lane", lane="standard"))


@pytest.mark.parametrize(
    ("budget", "daily", "defaulted"),
    [
        ("{}", 50_000_000_000, True),
        ("{tokens: {daily: 5}}", 50_000_000_000, True),
        ("{per_user: {daily: $1}}", 50_000_000_000, True),
        ("{daily: none}", None, False),
        ("{monthly: $5}", None, False),
        ("{total: $5, daily: $1}", 1_000_000_000, False),
    ],
)
def test_the_default_cap_holds_where_nobody_capped_the_tenant_s_dollars(
    read: Read, budget: str, daily: int | None, defaulted: bool
) -> None:
    acme = read(f"{HEAD}tenants: {{acme: {{budget: {budget}}}}}\n").policy.tenants["acme"]
    assert (acme.daily_cap_nanousd, acme.budget_defaulted) == (daily, defaulted)
