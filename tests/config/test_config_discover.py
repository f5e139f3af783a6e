from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import pytest

from lanewise import bootstrap
from lanewise.config.discover import CHOICES, LANE_SETTINGS, LOCAL_SERVERS, Choice, Probe, discover
from lanewise.config.doctor import SHUTDOWN_NOTICE_DAYS
from lanewise.config.load import Loaded, load
from lanewise.config.sources import Sources
from lanewise.core.errors import PolicyError
from lanewise.core.policy import ModelName, ProviderPolicy
from lanewise.providers.catalog import VENDORS
from lanewise.providers.model_facts import facts_of
from lanewise.providers.prices import rate_card

TODAY = dt.date(2026, 11, 21)  # when the choices were made; move it when they are looked through again
OLLAMA = dict(LOCAL_SERVERS)["ollama"]


def listening(*models: str) -> Probe:
    async def probe(base_url: str) -> Sequence[str]:
        return models if base_url == OLLAMA else ()

    return probe


async def test_a_key_in_the_environment_is_enough(read: Callable[..., Loaded], sources: Sources) -> None:
    environment = {"OPENAI_API_KEY": "sk-secret", "ANTHROPIC_API_KEY": "sk-other"}
    text = await discover(environment, sources.catalog, listening())
    assert "secret" not in text
    policy = read(text, **environment).policy
    assert list(policy.lanes) == ["small", "standard", "frontier", "reasoning"]
    for lane in policy.lanes.values():
        assert {each.provider.name for each in lane.deployments} == {"openai", "anthropic"}
    assert policy.lanes["reasoning"].effort == "high"
    assert policy.models["*"] == ModelName(meaning="auto")
    assert policy.models["gpt-5.5"] == ModelName(meaning="pin")
    assert policy.deployments["openai/gpt-5.5"].provider.api_key == "sk-secret"
    assert [warning.split(":")[0] for warning in policy.warnings] == ["cap_defaulted", "no_verifier"]


async def test_what_no_rule_decides_is_graded_and_strong_lanes_give_way(
    read: Callable[..., Loaded], sources: Sources
) -> None:
    policy = read(await discover({"OPENAI_API_KEY": "k"}, sources.catalog, listening()), OPENAI_API_KEY="k").policy
    assert policy.routing.classifier == "heuristic"
    assert list(policy.routing.grades.values()) == ["small", "standard", "standard", "reasoning", "reasoning"]
    assert {name: lane.degrade_to for name, lane in policy.lanes.items()} == {
        "small": None, "standard": None, "frontier": "standard", "reasoning": "standard",
    }  # fmt: skip


async def test_a_model_server_alone_is_enough(read: Callable[..., Loaded], sources: Sources) -> None:
    policy = read(await discover({}, sources.catalog, listening("nomic-embed-text", "llama3.2:3b"))).policy
    assert list(policy.lanes) == ["small", "standard"]
    assert [each.name for each in policy.lanes["standard"].deployments] == ["ollama/llama3.2:3b"]
    assert policy.deployments["ollama/llama3.2:3b"].provider.local
    assert policy.routing.default == "standard"
    assert set(policy.routing.grades.values()) == {"small", "standard"}


async def test_what_is_here_comes_first_where_little_is_asked_and_not_at_all_where_much_is(
    read: Callable[..., Loaded], sources: Sources
) -> None:
    text = await discover({"OPENAI_API_KEY": "k"}, sources.catalog, listening("llama3.2:3b"))
    lanes = read(text, OPENAI_API_KEY="k").policy.lanes
    assert [each.name for each in lanes["small"].deployments] == ["ollama/llama3.2:3b", "openai/gpt-5.4-nano"]
    assert [each.name for each in lanes["standard"].deployments] == ["openai/gpt-5.4-mini"]


async def test_each_model_of_a_model_server_can_be_asked_for_by_name(
    read: Callable[..., Loaded], sources: Sources
) -> None:
    """A name that is not pinned is routed: whoever asks for one model here must not get the other one."""
    policy = read(await discover({}, sources.catalog, listening("llama3.2:3b", "qwen3:8b"))).policy
    assert policy.models["llama3.2:3b"] == policy.models["qwen3:8b"] == ModelName(meaning="pin")
    assert [each.name for each in policy.lanes["standard"].deployments] == ["ollama/llama3.2:3b", "ollama/qwen3:8b"]


#: The first row of each key: a vendor may have one for each dialect it speaks.
OWNERS = {row.key_env: row.name for row in reversed(VENDORS.values()) if not row.local and not row.endpoint_env}


@pytest.mark.parametrize("vendor", OWNERS.values())
async def test_the_key_of_any_vendor_of_the_catalog_is_enough(vendor: str) -> None:
    for variable in VENDORS[vendor].key_env:
        environment = {variable: "k"}
        real = bootstrap.sources(environment)
        text = await discover(environment, real.catalog, listening())
        policy = load(text, file="found", environment=environment, sources=real, today=TODAY).policy
        assert {each.provider.name for each in policy.deployments.values()} == {vendor}
        assert "its models have names of your own" not in text


async def test_a_key_for_models_with_names_of_one_s_own_is_not_passed_over_in_silence(sources: Sources) -> None:
    azure = {"AZURE_OPENAI_API_KEY": "k", "AZURE_OPENAI_ENDPOINT": "https://mine.example"}
    with pytest.raises(PolicyError, match=r"AZURE_OPENAI_API_KEY is set, .* write a policy with the provider azure$"):
        await discover(azure, sources.catalog, listening())
    text = await discover(azure | {"OPENAI_API_KEY": "k"}, sources.catalog, listening())
    assert text.startswith("# AZURE_OPENAI_API_KEY is set")


async def test_nothing_found_says_the_three_ways_forward(sources: Sources) -> None:
    with pytest.raises(PolicyError) as caught:
        await discover({"OPENAI_API_KEY": ""}, sources.catalog, listening("nomic-embed-text"))
    for way in (
        "lanewise serve --simulate",
        "export OPENAI_API_KEY=",
        "lanewise serve --config lanewise.yaml",
        "MISTRAL_API_KEY",
    ):
        assert way in caught.value.message


def test_every_choice_is_of_a_vendor_that_the_catalog_knows_and_says_why() -> None:
    assert {choice.vendor for choice in CHOICES} <= VENDORS.keys()
    assert {choice.lane for choice in CHOICES} == LANE_SETTINGS.keys()
    assert len({(choice.vendor, choice.lane) for choice in CHOICES}) == len(CHOICES)
    assert all(choice.why for choice in CHOICES)


def test_the_model_servers_looked_for_are_where_the_catalog_has_them() -> None:
    for name, base_url in LOCAL_SERVERS:
        assert VENDORS[name].base_url.replace("localhost", "127.0.0.1") == base_url


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: f"{choice.lane}:{choice.vendor}/{choice.model}")
def test_every_choice_has_a_known_price_and_some_life_left(choice: Choice) -> None:
    vendor = VENDORS[choice.vendor]
    provider = ProviderPolicy(name=vendor.name, dialect=vendor.dialect, base_url=vendor.base_url)
    assert rate_card(provider, choice.model, {}, TODAY) is not None
    shutdown = facts_of(provider, choice.model).shutdown
    assert shutdown is None or (shutdown - TODAY).days > SHUTDOWN_NOTICE_DAYS
