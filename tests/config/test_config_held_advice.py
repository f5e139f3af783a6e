from __future__ import annotations

from collections.abc import Callable

import pytest

from lanewise.config.held_advice import held
from lanewise.config.load import Loaded

BASE = """
providers: {openai: {}}
prices: {openai/m: {input: $1, output: $10}}
"""
RACE = "lanes: {race: {deployments: [openai/m], max_output_tokens: 20_000, strategy: best_of_n}}\n"


def test_a_lane_whose_lost_calls_use_up_a_cap_is_pointed_at(read: Callable[..., Loaded]) -> None:
    (advice,) = held(read(BASE + RACE).policy)
    assert advice.code == "held_at_worst"
    assert "race hangs up on calls (strategy: best_of_n)" in advice.message
    assert "$0.20 and its input. 250 of them use up the smallest cap, $50.00" in advice.message
    assert "limits.untold_usage: estimate" in advice.remedy


@pytest.mark.parametrize(
    "text",
    [
        RACE + "limits: {untold_usage: estimate}\n",
        RACE.replace("20_000", "2_000"),
        RACE + 'tenants: {"*": {budget: {daily: none}}}\n',
        RACE + 'tenants: {"*": {budget: {daily: $500}}}\n',
        RACE.replace(", strategy: best_of_n", ""),
        RACE.replace("openai/m]", "openai/free]") + "prices: {openai/free: {input: 0, output: 0}}\n",
    ],
)
def test_where_it_matters_little_nothing_is_said(text: str, read: Callable[..., Loaded]) -> None:
    base = "providers: {openai: {}}\n" if "prices" in text else BASE
    assert not list(held(read(base + text).policy))


@pytest.mark.parametrize("key", ["hedge_after: 3", "stop_when_verified: true"])
def test_hedging_and_early_ends_hang_up_too(key: str, read: Callable[..., Loaded]) -> None:
    (advice,) = held(read(BASE + RACE.replace("strategy: best_of_n", key)).policy)
    assert key.partition(":")[0] in advice.message
