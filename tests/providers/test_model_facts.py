"""Model facts: found by name, then by pattern, then by vendor; never more than the source says."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from lanewise.core.policy import ModelFacts, ProviderPolicy
from lanewise.core.request import Dialect
from lanewise.providers.catalog import VENDORS
from lanewise.providers.model_facts import FAMILIES, facts_of, known, load


def at(vendor: str) -> ProviderPolicy:
    row = VENDORS[vendor]
    return ProviderPolicy(name=vendor, dialect=row.dialect, base_url=row.base_url)


def elsewhere(dialect: Dialect) -> ProviderPolicy:
    return ProviderPolicy(name="our-gateway", dialect=dialect, base_url="https://llm.corp.test/v1")


@pytest.mark.parametrize(
    ("vendor", "model", "thinking", "efforts"),
    [
        ("openai", "gpt-4o-mini", "none", ()),
        ("openai", "gpt-4.1-2025-04-14", "none", ()),
        ("openai", "o4-mini", "effort", ("low", "medium", "high")),
        ("openai", "gpt-5-nano-2025-08-07", "effort", ("minimal", "low", "medium", "high")),
        ("openai", "gpt-5.1", "effort", ("none", "low", "medium", "high")),
        ("openai", "gpt-5.4-mini", "effort", ("none", "low", "medium", "high", "xhigh")),
        ("openai", "gpt-5.5-2026-04-23", "effort", ("none", "low", "medium", "high", "xhigh")),
        ("openai", "gpt-5.5-pro", "effort", ("medium", "high", "xhigh")),
        ("anthropic", "claude-3-5-sonnet-latest", "none", ()),
        ("anthropic", "claude-haiku-4-5-20251001", "budget", ()),
        ("anthropic", "claude-sonnet-4-6", "adaptive", ("low", "medium", "high", "max")),
        ("anthropic", "claude-opus-4-7", "adaptive", ("low", "medium", "high", "xhigh", "max")),
        ("deepseek", "deepseek-v4-pro", "effort", ("low", "high", "max")),
        ("mistral", "mistral-medium-3-5", "effort", ("none", "high")),
        ("groq", "openai/gpt-oss-120b", "effort", ("low", "medium", "high")),
        ("xai", "grok-4.3", "effort", ("none", "low", "medium", "high")),
        ("gemini", "gemini-2.5-flash", "effort", ("none", "low", "medium", "high")),
        ("gemini", "gemini-3-pro-preview", "effort", ("low", "high")),
        ("ollama", "gpt-oss:20b", "effort", ("low", "medium", "high")),
        ("vllm", "Qwen/Qwen3-32B", "none", ()),
    ],
)
def test_how_a_model_s_thinking_is_steered(vendor: str, model: str, thinking: str, efforts: tuple[str, ...]) -> None:
    facts = facts_of(at(vendor), model)
    assert (facts.thinking, facts.efforts) == (thinking, efforts)


@pytest.mark.parametrize("model", ["o3", "gpt-5", "gpt-5.5", "claude-opus-4-7", "claude-sonnet-5"])
def test_reasoning_models_take_no_sampling_parameters(model: str) -> None:
    assert not facts_of(at("anthropic" if model.startswith("claude") else "openai"), model).sampling


@pytest.mark.parametrize(
    "model", ["gpt-5.4", "gpt-5.4-mini", "gpt-5.4-nano", "gpt-5.5", "gpt-5.5-2026-04-23", "gpt-5.6"]
)
def test_these_take_tools_on_chat_completions_only_without_thinking(model: str) -> None:
    assert not facts_of(at("openai"), model).tools_with_thinking
    assert "none" in facts_of(at("openai"), model).efforts
    assert facts_of(at("openai"), "gpt-5.1").tools_with_thinking


@pytest.mark.parametrize(
    ("model", "forced"),
    [
        ("claude-sonnet-5", True),
        ("claude-sonnet-5-5", False),
        ("claude-opus-5-20260203", True),
        ("claude-opus-5-5", False),
        ("claude-fable-5", True),
        ("claude-fable-5-20260518", True),
        ("claude-fable-5-1", False),
        ("claude-fable-5-2-20261001", False),
    ],
)
def test_newer_claudes_cannot_be_made_to_call_a_tool(model: str, *, forced: bool) -> None:
    assert facts_of(at("anthropic"), model).forced_tools is forced


def test_a_grok_that_thinks_refuses_penalties_and_stop_and_takes_a_temperature() -> None:
    for model in ("grok-4", "grok-4.3", "grok-9"):
        assert facts_of(at("xai"), model).sampling
        assert facts_of(at("xai"), model).refused_parameters == ("presence_penalty", "frequency_penalty", "stop")
    assert facts_of(at("xai"), "grok-4-fast-non-reasoning").refused_parameters == ()


def test_budgets_leave_room_for_an_answer() -> None:
    for family in FAMILIES.values():
        for row in family.models:
            for pattern in row.match:
                facts = facts_of(at(family.vendor), pattern)
                if facts.thinking == "budget":
                    assert facts.thinking_budget_tokens is not None
                    assert facts.max_output_tokens is not None
                    assert facts.thinking_budget_tokens[0] < facts.thinking_budget_tokens[1] < facts.max_output_tokens
                else:
                    assert facts.thinking_budget_tokens is None or facts.thinking == "adaptive"
                if facts.thinking in {"effort", "adaptive"}:
                    assert facts.efforts, pattern
                assert not (facts.thinking == "none" and facts.efforts), pattern


def test_an_exact_name_beats_a_pattern_and_a_longer_pattern_a_shorter_one() -> None:
    assert known(at("openai"), "gpt-4o-2024-05-13").matched == "gpt-4o-2024-05-13"
    assert known(at("openai"), "gpt-4o-2024-08-06").matched == "gpt-4o-[0-9]*"
    assert known(at("openai"), "o3-mini-2025-01-31").matched == "o3-mini*"
    assert known(at("xai"), "grok-4.20-0309-non-reasoning").matched == "grok-4.20*non-reasoning*"


def test_every_pattern_finds_its_own_row() -> None:
    for family in FAMILIES.values():
        for row in family.models:
            for pattern in row.match:
                assert known(at(family.vendor), pattern).matched == pattern


def test_a_model_newer_than_the_table_gets_its_vendor_s_cautious_default() -> None:
    newer = known(at("openai"), "gpt-9-nova")
    assert (newer.facts.efforts, newer.facts.sampling) == (("low", "medium", "high"), False)
    assert newer.note
    assert facts_of(at("anthropic"), "claude-next").thinking == "adaptive"


def test_at_a_vendor_nobody_listed_a_known_name_counts_and_an_unknown_one_loses_nothing_but_thinking() -> None:
    assert facts_of(elsewhere(Dialect.OPENAI_CHAT), "gpt-5.5").efforts[-1] == "xhigh"
    assert facts_of(elsewhere(Dialect.OPENAI_CHAT), "gpt-9-nova") == ModelFacts()
    assert facts_of(elsewhere(Dialect.OPENAI_CHAT), "in-house-7b") == ModelFacts()
    unknown = known(elsewhere(Dialect.ANTHROPIC_MESSAGES), "in-house-7b")
    assert (unknown.facts.thinking, unknown.facts.cache_markers, unknown.source) == ("none", True, "")


def test_a_provider_is_known_by_its_address_too() -> None:
    mine = ProviderPolicy(name="prod", dialect=Dialect.OPENAI_CHAT, base_url="https://api.deepseek.com/v1/")
    assert facts_of(mine, "deepseek-v4-pro").reasoning_field == "reasoning_content"


def test_shutdown_dates_hold_at_their_own_vendor_only() -> None:
    assert facts_of(at("openai"), "gpt-5").shutdown == dt.date(2026, 12, 11)
    assert facts_of(at("azure"), "gpt-5").shutdown is None
    assert facts_of(at("azure"), "gpt-5").efforts == facts_of(at("openai"), "gpt-5").efforts
    assert facts_of(elsewhere(Dialect.OPENAI_CHAT), "gpt-5").shutdown is None


def test_every_row_says_who_says_so_and_since_when() -> None:
    assert set(FAMILIES) | {"azure", "azure-v1"} == set(VENDORS)
    for family in FAMILIES.values():
        assert family.source
        for row in family.models:
            assert row.facts.get("shutdown") is None or row.source, row.match


@pytest.mark.parametrize(
    ("models", "complaint"),
    [
        ([{"match": ["a", "a"], "facts": {}}], "stands twice"),
        ([{"match": ["a"], "facts": {"thinks": True}}], r"\['thinks'\] are no model facts"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(models: list[object], complaint: str) -> None:
    family = {"vendor": "v", "source": "s", "as_of": "2026-11-21", "facts": {}, "models": models}
    with pytest.raises(ValueError, match=complaint):
        load(msgspec.json.encode([family]))


@pytest.mark.parametrize(("dialect", "least"), [(Dialect.OPENAI_RESPONSES, 16), (Dialect.OPENAI_CHAT, 1)])
def test_responses_have_a_least_output_cap_whatever_the_model(dialect: Dialect, least: int) -> None:
    provider = ProviderPolicy(name="openai", dialect=dialect, base_url="https://api.openai.com/v1")
    for model in ("gpt-5.4-mini", "gpt-9", "in-house-7b"):
        assert facts_of(provider, model).min_output_tokens == least
