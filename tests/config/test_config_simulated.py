from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from lanewise.config.load import Loaded
from lanewise.config.simulated import SimulatedRow, exact_usd, simulated_policy_text
from lanewise.core.money import parse_usd
from lanewise.core.policy import Effort, ModelFacts
from lanewise.core.usage import RateCard
from lanewise.simulator.models import SIMULATED_MODELS, SimulatedModel


def row_of(model: SimulatedModel) -> SimulatedRow:
    per_million = 1_000_000
    can = model.capabilities
    thinking = "adaptive" if can.adaptive_thinking else can.thinking if can.thinking != "always" else "none"
    return SimulatedRow(
        provider=model.vendor,
        dialect=model.dialect,
        base_url=f"http://127.0.0.1:9/{model.vendor}",
        model=model.id,
        kind=model.kind,
        prices=RateCard(
            input=model.price.input_nanousd * per_million,
            output=model.price.output_nanousd * per_million,
            cached=model.price.cached_input_nanousd * per_million,
            cache_write=model.price.cache_write_nanousd * per_million,
            source="simulator",
        ),
        facts=ModelFacts(
            thinking=thinking,
            efforts=cast("tuple[Effort, ...]", can.efforts),
            thinking_budget_tokens=(1024, 32_000) if can.thinking == "budget" else None,
            thinking_always=can.thinking == "always",
            sampling=can.sampling,
            images=can.images,
            logprobs=can.logprobs,
            context_tokens=model.context_tokens,
            max_output_tokens=model.max_output_tokens,
        ),
    )


ROWS = [row_of(model) for model in SIMULATED_MODELS]


def test_prices_and_facts_are_the_simulator_s_own_to_the_unit(read: Callable[..., Loaded]) -> None:
    policy = read(simulated_policy_text(ROWS)).policy
    for row in ROWS:
        deployment = policy.deployments[row.deployment]
        assert deployment.prices == row.prices
        assert deployment.facts == row.facts
        assert deployment.provider.simulated
        assert not deployment.provider.local


def test_each_lane_can_lose_its_first_vendor(read: Callable[..., Loaded]) -> None:
    policy = read(simulated_policy_text(ROWS)).policy
    assert list(policy.lanes) == ["small", "standard", "frontier", "reasoning_low", "reasoning"]
    for lane in policy.lanes.values():
        vendors = [each.provider.name for each in lane.deployments]
        assert len(vendors) == len(set(vendors)) >= 2
    assert (policy.lanes["reasoning_low"].effort, policy.lanes["reasoning"].effort) == ("low", "high")
    assert policy.lanes["reasoning"].deployments[0].name == "simthropic/sim-opus"
    assert policy.lanes["reasoning_low"].deployments[0].facts.thinking == "effort"
    assert [warning.split(":")[0] for warning in policy.warnings] == ["cap_defaulted", "no_verifier"]


def test_what_no_rule_decides_is_graded_and_strong_lanes_give_way(read: Callable[..., Loaded]) -> None:
    policy = read(simulated_policy_text(ROWS)).policy
    assert policy.routing.classifier == "heuristic"
    assert list(policy.routing.grades.values()) == ["small", "standard", "standard", "reasoning_low", "reasoning"]
    assert {name: lane.degrade_to for name, lane in policy.lanes.items()} == {
        "small": None, "standard": None, "frontier": "standard", "reasoning_low": "standard", "reasoning": "standard",
    }  # fmt: skip


def test_a_lane_that_nobody_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="no simulated model fits the lane 'reasoning_low'"):
        simulated_policy_text([row for row in ROWS if row.kind != "reasoning"])


@pytest.mark.parametrize("nanousd", [0, 1, 150_000_000, 28_000_000, 10**9, 50 * 10**9, 123_456_789_012])
def test_a_price_loses_no_digit(nanousd: int) -> None:
    assert parse_usd(exact_usd(nanousd)) == nanousd
