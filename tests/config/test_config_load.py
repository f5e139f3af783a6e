from __future__ import annotations

import dataclasses
import hashlib
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanewise.config.load import Loaded, version_of
from lanewise.config.mistakes import InvalidPolicy
from lanewise.config.quantities import format_duration
from lanewise.core.policy import Condition, ModelName
from lanewise.core.request import Dialect

Read = Callable[..., Loaded]


def test_the_design_s_example_becomes_a_policy(read: Read, design_example: str, keys: dict[str, str]) -> None:
    loaded = read(design_example, **keys)
    policy = loaded.policy
    assert loaded.store is None
    assert policy.version == hashlib.sha256(design_example.encode()).hexdigest()[:12] == version_of(design_example)
    assert list(policy.lanes) == ["standard", "reasoning_low", "reasoning"]
    reasoning = policy.lanes["reasoning"]
    assert [each.name for each in reasoning.deployments] == ["anthropic/claude-opus-4-7", "openai/gpt-5.5"]
    assert (reasoning.effort, reasoning.timeout_s, reasoning.max_cost_nanousd) == ("high", 300.0, 500_000_000)
    anthropic = reasoning.deployments[0].provider
    assert anthropic.dialect is Dialect.ANTHROPIC_MESSAGES
    assert (anthropic.base_url, anthropic.auth_header) == ("https://api.anthropic.com/v1", "x-api-key")
    assert anthropic.api_key == keys["ANTHROPIC_API_KEY"]
    assert policy.models == {
        "gpt-5": ModelName(meaning="auto"),
        "gpt-4o": ModelName(meaning="lane", lane="standard"),
        "*": ModelName(meaning="pin"),
        "auto": ModelName(meaning="auto"),
    }
    assert [(rule.number, rule.lane) for rule in policy.routing.rules] == [(1, "standard"), (2, "reasoning")]
    assert policy.routing.rules[0].when == Condition(task=("summarize", "extract", "translate"))
    acme = policy.tenant("acme")
    assert (
        acme.daily_cap_nanousd,
        acme.daily_terms.alarm_at,
        acme.limits.requests_per_minute,
        acme.limits.concurrency,
    ) == (
        50_000_000_000,
        (0.8,),
        60,
        8,
    )
    assert not acme.budget_defaulted
    assert sorted(policy.deployments) == [
        "anthropic/claude-haiku-4-5", "anthropic/claude-opus-4-7", "openai/gpt-5.4-mini", "openai/gpt-5.5",
    ]  # fmt: skip
    assert any(warning.startswith("cap_defaulted") for warning in policy.warnings)


def test_what_the_design_shows_and_this_version_lacks_is_refused_with_its_own_words(
    refused: Callable[..., list[str]], design_example: str, keys: dict[str, str]
) -> None:
    text = design_example.replace("models:", "  human:         {sla: 4h}\nmodels:", 1)
    text = text.replace("routing:\n", "routing:\n  classifier: segments\n", 1)
    lines = refused(text, **keys)
    assert [line.split(": ")[1] for line in lines] == [
        "lanes.human.sla",
        "routing.classifier",
    ]
    assert all("is not available in this version." in line for line in lines)


@pytest.mark.parametrize(
    "breakage",
    [
        ("timeout: 30s", "timeout: ${OPENAI_API_KEY}"),
        ("[openai/gpt-5.5]", '["${OPENAI_API_KEY}/gpt-5.5"]'),
        ("effort: low", "effort: ${OPENAI_API_KEY}"),
        ("gpt-5: auto", "gpt-5: '${OPENAI_API_KEY}'"),
        ("gpt-5: auto", "gpt-5: 'lane:${OPENAI_API_KEY}'"),
        ("dialect: openai,", "dialect: ${OPENAI_API_KEY},"),
        ("http://127.0.0.1:11434/v1", "https://u:sk-open-secret-1@host/v1"),
        ("${ANTHROPIC_API_KEY}", "*sk-open-secret-1"),
        ("${ANTHROPIC_API_KEY}", "!sk-open-secret-1 x"),
        ("${ANTHROPIC_API_KEY}", "[sk-open-secret-1]"),
        ("${ANTHROPIC_API_KEY}", "{a: sk-open-secret-1}"),
        ("api_key: ${OPENAI_API_KEY}", "apikey: sk-open-secret-1"),
        ("dialect: anthropic", "dialect: sk-open-secret-1"),
        ("api_key: ${OPENAI_API_KEY}", "headers: [sk-open-secret-1]"),
        ("rate: 60/min", "rate: sk-open-secret-1"),
        ("api_key: ${OPENAI_API_KEY}", "api_key: 'sk-open-secret-1"),
    ],
)
def test_no_secret_is_ever_in_an_error(
    breakage: tuple[str, str], read: Read, design_example: str, keys: dict[str, str]
) -> None:
    assert breakage[0] in design_example
    with pytest.raises(InvalidPolicy) as caught:
        read(design_example.replace(*breakage, 1), **keys)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(caught.value.mistakes)
    assert "open-secret" not in told


def test_no_secret_is_in_the_repr_of_a_policy_or_in_its_warnings(
    read: Read, design_example: str, keys: dict[str, str]
) -> None:
    text = design_example.replace("dialect: openai, api", "headers: {x-team: sk-header-secret}, dialect: openai, api")
    loaded = read(text, **keys)
    assert loaded.policy.lanes["standard"].deployments[0].provider.headers == (("x-team", "sk-header-secret"),)
    assert "secret" not in repr(loaded)


def test_a_file_that_names_a_store_says_so(read: Read) -> None:
    text = "providers: {openai: {}}\nlanes: {a: {deployments: [openai/m]}}\nstore: ./runs.db\n"
    assert read(text).store == "./runs.db"


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    """Any valid file, as plain data whose amounts are known."""
    models = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    deployments = [f"{vendor}/{model}" for vendor in ("openai", "anthropic") for model in models]
    lanes = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    some = st.lists(st.sampled_from(deployments), min_size=1, max_size=4, unique=True)
    milliseconds = st.integers(1, 10**8)
    data: dict[str, Any] = {
        "providers": {"openai": {"api_key": draw(st.text("abc $#:{}'\"", min_size=1, max_size=9))}, "anthropic": None},
        "lanes": {
            lane: {
                "deployments": draw(some),
                "timeout": format_duration(draw(milliseconds) / 1000),
                "max_cost": f"${draw(st.integers(1, 10**6)) / 1000:.3f}",
                "max_output_tokens": draw(st.integers(1, 10**6)),
            }
            for lane in lanes
        },
        "routing": {
            "default": draw(st.sampled_from(lanes)),
            "rules": [
                {"when": {"task": draw(st.lists(NAMES, min_size=1, max_size=3))}, "lane": draw(st.sampled_from(lanes))}
                for _ in range(draw(st.integers(0, 3)))
            ],
        },
        "models": {"*": draw(st.sampled_from(["auto", "pin", *(f"lane:{lane}" for lane in lanes)]))},
        "tenants": {
            tenant: {
                "budget": {"daily": f"${draw(st.integers(1, 10**6))}", "alarm_at": f"{draw(st.integers(0, 100))}%"},
                "rate": f"{draw(st.integers(1, 10**6))}/min",
            }
            for tenant in draw(st.lists(NAMES, max_size=3, unique=True))
        },
    }
    return data


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=policies(), flow=st.booleans())
def test_any_valid_file_means_what_it_says_however_it_is_laid_out(read: Read, data: dict[str, Any], flow: bool) -> None:
    data["providers"]["openai"]["api_key"] = data["providers"]["openai"]["api_key"].replace("{", "").strip() or "k"
    policy = read(yaml.safe_dump(data, default_flow_style=flow, sort_keys=False)).policy
    assert list(policy.lanes) == list(data["lanes"])
    for name, lane in data["lanes"].items():
        built = policy.lanes[name]
        assert [each.name for each in built.deployments] == lane["deployments"]
        assert format_duration(built.timeout_s) == lane["timeout"]
        assert built.max_cost_nanousd == int(lane["max_cost"].replace("$", "").replace(".", "")) * 1_000_000
        assert built.max_output_tokens == lane["max_output_tokens"]
    assert [rule.lane for rule in policy.routing.rules] == [rule["lane"] for rule in data["routing"]["rules"]]
    assert [list(rule.when.task) for rule in policy.routing.rules] == [
        rule["when"]["task"] for rule in data["routing"]["rules"]
    ]
    assert policy.routing.default == data["routing"]["default"]
    for name, tenant in data["tenants"].items():
        limits = policy.tenants[name]
        assert limits.daily_cap_nanousd == int(tenant["budget"]["daily"][1:]) * 10**9
        assert [f"{share * 100:.0f}%" for share in limits.daily_terms.alarm_at] == [tenant["budget"]["alarm_at"]]
        assert limits.limits.requests_per_minute == int(tenant["rate"].removesuffix("/min"))
    for deployment in policy.deployments.values():
        if deployment.provider.name == "openai":
            assert deployment.provider.api_key == data["providers"]["openai"]["api_key"]
    other = read(yaml.safe_dump(data, default_flow_style=not flow, sort_keys=True), ANTHROPIC_API_KEY="").policy
    assert dataclasses.replace(other, version="", warnings=(), lanes={}, deployments={}) == dataclasses.replace(
        policy, version="", warnings=(), lanes={}, deployments={}
    )


def test_prices_are_asked_for_the_day_of_loading(read: Read) -> None:
    loaded = read("providers: {openai: {}}\nlanes: {a: {deployments: [openai/m, openai/new-model]}}\n")
    known, unknown = loaded.policy.lanes["a"].deployments
    assert known.prices is not None
    assert unknown.prices is None
