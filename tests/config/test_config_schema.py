from __future__ import annotations

import dataclasses

from lanewise.config.build import DEFAULT_REQUEST_COST_NANOUSD
from lanewise.config.schema import (
    ConditionSection,
    FactsSection,
    LaneSection,
    LimitsSection,
    ProviderSection,
    RecordSection,
    ServerSection,
)
from lanewise.core.policy import Amplification, Condition, Lane, ModelFacts, Record, Retention, ServerLimits


def test_defaults_are_those_of_the_values_they_become() -> None:
    assert LimitsSection().max_cost == DEFAULT_REQUEST_COST_NANOUSD == Amplification().max_cost_nanousd
    assert tuple(LimitsSection().model_dump(mode="python").keys()) == (
        "max_calls",
        "max_retries",
        "max_cost",
        "max_output_tokens",
    )
    assert (LimitsSection().max_calls, LimitsSection().max_output_tokens) == (
        Amplification().max_calls,
        Amplification().max_output_tokens,
    )
    lane, usual = LaneSection(deployments=["a/b"]), Lane(name="", deployments=())
    assert (lane.timeout, lane.heartbeat_after, lane.max_output_tokens) == (
        usual.timeout_s, usual.heartbeat_after_s, usual.max_output_tokens,
    )  # fmt: skip
    assert RecordSection().sample == Record().sample
    assert RecordSection().retention.traces == Retention().traces_days
    assert ServerSection().max_bytes_in_flight == ServerLimits().max_bytes_in_flight


def test_every_field_of_a_condition_and_of_model_facts_can_be_written() -> None:
    assert set(ConditionSection.model_fields) == {field.name for field in dataclasses.fields(Condition)}
    facts = {field.name for field in dataclasses.fields(ModelFacts)} - {"thinking_budget_tokens"}
    assert set(FactsSection.model_fields) == facts | {"min_thinking_tokens", "max_thinking_tokens"}


def test_a_provider_s_secrets_are_not_in_its_repr() -> None:
    assert "hush" not in repr(ProviderSection.model_validate({"api_key": "hush", "headers": {"x": "hush"}}))
