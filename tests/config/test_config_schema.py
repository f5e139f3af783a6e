from __future__ import annotations

import dataclasses

from lanewise.config.build import DEFAULT_REQUEST_COST_NANOUSD
from lanewise.config.build_checks import USUAL_CALLS
from lanewise.config.schema import ServerSection
from lanewise.config.schema_checks import ThresholdsSection
from lanewise.config.schema_conditions import ConditionSection
from lanewise.config.schema_lanes import BreakerSection, LaneSection
from lanewise.config.schema_limits import LimitsSection
from lanewise.config.schema_providers import FactsSection, ProviderSection
from lanewise.config.schema_record import RecordSection
from lanewise.config.schema_routing import (
    GradesSection,
    ProfileSection,
    RoutingSection,
    SmallModelSection,
    TaskSection,
)
from lanewise.core.keeping import Record, Retention
from lanewise.core.limiting import Crowd
from lanewise.core.policy import (
    GRADES,
    Amplification,
    BreakerPolicy,
    Condition,
    Deployment,
    Lane,
    ModelFacts,
    Profile,
    ProviderPolicy,
    Routing,
    ServerLimits,
    SmallModel,
    Task,
    Thresholds,
    Waiting,
)
from lanewise.core.request import Dialect


def test_defaults_are_those_of_the_values_they_become() -> None:
    assert LimitsSection().max_cost == DEFAULT_REQUEST_COST_NANOUSD == Amplification().max_cost_nanousd
    assert tuple(LimitsSection().model_dump(mode="python").keys()) == (
        "max_calls",
        "max_retries",
        "max_cost",
        "max_output_tokens",
        "max_vendor_tool_uses",
        "vendor_tool_fee",
        "untold_usage",
        "max_wait",
        "waiting",
        "concurrency",
        "interactive_wait",
    )
    assert (LimitsSection().concurrency, LimitsSection().interactive_wait) == (
        Crowd().places,
        Crowd().interactive_wait_s,
    )
    assert (LimitsSection().max_wait, LimitsSection().waiting) == (Waiting().max_wait_s, Waiting().places)
    assert Amplification().max_calls == USUAL_CALLS
    assert LimitsSection().max_output_tokens == Amplification().max_output_tokens
    assert LimitsSection().untold_usage == Amplification().untold_usage
    thresholds = ThresholdsSection()
    assert (
        Thresholds(usual=thresholds.usual, mathematics=thresholds.mathematics, writing=thresholds.writing)
        == Thresholds()
    )
    lane, usual = LaneSection(deployments=["a/b"]), Lane(name="", deployments=())
    assert (lane.timeout, lane.heartbeat_after, lane.max_output_tokens) == (
        usual.timeout_s, usual.heartbeat_after_s, usual.max_output_tokens,
    )  # fmt: skip
    assert (lane.slow_after, lane.hedge_after, lane.first_token_timeout) == (
        usual.slow_after, usual.hedge_after, usual.first_token_timeout_s,
    )  # fmt: skip
    breaker, closed = BreakerSection(), BreakerPolicy()
    assert (breaker.error_rate, breaker.window, breaker.min_calls, breaker.open_for) == (
        closed.error_rate, closed.window_s, closed.min_calls, closed.open_s,
    )  # fmt: skip
    assert RecordSection().sample == Record().sample
    assert RecordSection().retention.traces == Retention().traces_days
    assert ServerSection().max_bytes_in_flight == ServerLimits().max_bytes_in_flight


def test_defaults_of_routing_are_those_of_its_values() -> None:
    assert RoutingSection().classifier == Routing().classifier
    assert RoutingSection().interactive_deadline == Routing().interactive_s
    grader, usual = SmallModelSection(deployment="a/b"), SmallModel(deployment=DEPLOYMENT)
    assert (grader.timeout, grader.max_chars, grader.cache_entries, grader.cache_for) == (
        usual.timeout_s, usual.max_chars, usual.cache_entries, usual.cache_s,
    )  # fmt: skip


DEPLOYMENT = Deployment(
    provider=ProviderPolicy(name="a", dialect=Dialect.OPENAI_CHAT, base_url="http://127.0.0.1:9/v1"), model="b"
)


def test_every_grade_and_every_field_of_a_profile_and_of_a_task_can_be_written() -> None:
    assert tuple(GradesSection.model_fields) == GRADES
    without_units = {field.name.removesuffix("_s") for field in dataclasses.fields(Profile)} - {"name"}
    assert set(ProfileSection.model_fields) == without_units
    assert set(TaskSection.model_fields) == {field.name for field in dataclasses.fields(Task)} - {"name"}


def test_every_field_of_a_condition_and_of_model_facts_can_be_written() -> None:
    assert set(ConditionSection.model_fields) == {field.name for field in dataclasses.fields(Condition)}
    facts = {field.name for field in dataclasses.fields(ModelFacts)} - {"thinking_budget_tokens"}
    assert set(FactsSection.model_fields) == facts | {"min_thinking_tokens", "max_thinking_tokens"}


def test_a_provider_s_secrets_are_not_in_its_repr() -> None:
    assert "hush" not in repr(ProviderSection.model_validate({"api_key": "hush", "headers": {"x": "hush"}}))
