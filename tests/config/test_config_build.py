from __future__ import annotations

from collections.abc import Callable

import pytest

from lanewise.config.build import DEFAULT_REQUEST_COST_NANOUSD, is_private
from lanewise.config.build_budgets import DEFAULT_DAILY_CAP_NANOUSD
from lanewise.config.load import Loaded
from lanewise.core.policy import Adaptation, Amplification, ModelFacts, ModelName, ServerLimits
from lanewise.core.request import Dialect
from lanewise.core.usage import RateCard

Read = Callable[..., Loaded]
SMALLEST = "providers: {openai: {}}\nlanes: {only: {deployments: [openai/m]}}\n"


def test_the_smallest_file_has_caps_and_pins_every_name(read: Read) -> None:
    policy = read(SMALLEST).policy
    assert policy.default_tenant.daily_cap_nanousd == DEFAULT_DAILY_CAP_NANOUSD == 50_000_000_000
    assert policy.default_tenant.budget_defaulted
    assert policy.amplification.max_cost_nanousd == DEFAULT_REQUEST_COST_NANOUSD
    assert policy.amplification == Amplification()
    assert policy.server == ServerLimits()
    assert policy.routing.default == "only"
    assert policy.models == {"*": ModelName(meaning="pin"), "auto": ModelName(meaning="auto")}


def test_a_catalog_vendor_needs_its_name_only(read: Read) -> None:
    text = "providers: {mistral: {}}\nlanes: {a: {deployments: [mistral/m/with/slashes]}}\n"
    deployment = read(text, MISTRAL_API_KEY="k").policy.deployments["mistral/m/with/slashes"]
    provider = deployment.provider
    assert (provider.base_url, provider.api_key, provider.stream_usage) == ("https://api.mistral.ai/v1", "k", False)
    assert deployment.model == "m/with/slashes"


def test_a_second_account_takes_its_vendor_s_settings_and_prices(read: Read) -> None:
    text = "providers: {mine: {vendor: openai, api_key: other}}\nlanes: {a: {deployments: [mine/gpt-5.5]}}\n"
    deployment = read(text).policy.deployments["mine/gpt-5.5"]
    assert (deployment.provider.name, deployment.provider.api_key) == ("mine", "other")
    assert deployment.facts.thinking == "effort"
    assert deployment.prices is not None


def test_an_account_with_its_own_address_names_the_variable_for_it(
    refused: Callable[..., list[str]], read: Read
) -> None:
    text = "providers: {azure: {%s}}\nlanes: {a: {deployments: [azure/m]}}\n"
    assert "Set AZURE_OPENAI_ENDPOINT" in refused(text % "")[0]
    provider = (
        read(text % "base_url: https://x.azure.com, query: {api-version: new}").policy.deployments["azure/m"].provider
    )
    assert provider.auth_header == "api-key"
    assert provider.query == (("api-version", "new"),)


@pytest.mark.parametrize(
    ("section", "local"),
    [
        ("base_url: http://127.0.0.1:1/v1", True),
        ("base_url: http://gpu.internal/v1", True),
        ("base_url: http://192.168.0.9/v1", True),
        ("base_url: http://127.0.0.1:4000/v1, api_key: k", False),
        ("base_url: http://127.0.0.1:4000/v1, simulated: true", False),
        ("base_url: http://127.0.0.1:1/v1, local: false", False),
        ("base_url: https://api.example.com/v1", False),
        ("base_url: https://api.example.com/v1, local: true", True),
    ],
)
def test_only_what_runs_here_without_a_key_is_free(read: Read, section: str, local: bool) -> None:
    text = f"providers: {{here: {{dialect: openai, {section}}}}}\nlanes: {{a: {{deployments: [here/m]}}}}\n"
    deployment = read(text).policy.deployments["here/m"]
    assert deployment.provider.local is local
    assert deployment.prices == (RateCard(input=0, output=0, source="local") if local else None)


def test_written_prices_win_over_the_list_and_over_being_local(read: Read) -> None:
    text = (
        "providers: {openai: {}, here: {dialect: openai, base_url: http://127.0.0.1:1/v1}}\n"
        "lanes: {a: {deployments: [openai/m, here/m]}}\n"
        "prices:\n  openai/m: {input: $0.10, output: $0.40, cached: $0.01, cache_write: $0.2, "
        "cache_write_1h: $0.3, reasoning: $0.5}\n"
        "  here/m: {input: $1, output: 2}\n"
    )
    deployments = read(text).policy.deployments
    assert deployments["openai/m"].prices == RateCard(
        input=100_000_000,
        output=400_000_000,
        cached=10_000_000,
        cache_write=200_000_000,
        cache_write_1h=300_000_000,
        reasoning=500_000_000,
    )
    assert deployments["here/m"].prices == RateCard(input=10**9, output=2 * 10**9)


def test_written_facts_change_only_what_they_name(read: Read) -> None:
    text = (
        SMALLEST.replace("openai/m", "openai/gpt-5.5")
        + "facts: {openai/gpt-5.5: {sampling: false, efforts: [low], max_thinking_tokens: 9000, context_tokens: 4096, "
        "forced_tools: false, refused_parameters: [stop]}}\n"
    )
    facts = read(text).policy.deployments["openai/gpt-5.5"].facts
    assert facts == ModelFacts(
        thinking="effort",
        efforts=("low",),
        sampling=False,
        thinking_budget_tokens=(1024, 9000),
        context_tokens=4096,
        forced_tools=False,
        refused_parameters=("stop",),
    )


def test_a_deployment_s_adaptation_counts_before_its_provider_s(read: Read) -> None:
    text = (
        "providers: {openai: {}}\nlanes: {a: {deployments: [openai/m, openai/n]}}\n"
        "adaptations: {openai: {cache_markers: off, note: Be brief.}, openai/n: {note: Be kind., system: user}}\n"
    )
    deployments = read(text).policy.deployments
    assert deployments["openai/m"].adaptation == Adaptation(cache_markers="off", note="Be brief.")
    assert deployments["openai/n"].adaptation == Adaptation(cache_markers="off", note="Be kind.", system="user")


def test_a_named_tenant_inherits_what_is_written_for_everyone(read: Read) -> None:
    text = (
        SMALLEST + "tenants:\n"
        '  "*": {budget: {daily: $5, alarm_at: 50%}, rate: 10/min, concurrency: 2, models: {a: auto, b: auto}}\n'
        "  acme: {budget: {alarm_at: 90%}, rate: 1/s, models: {b: 'lane:only'}}\n"
        "  free: {budget: {daily: none}}\n"
    )
    policy = read(text).policy
    acme, free, other = policy.tenant("acme"), policy.tenant("free"), policy.tenant("somebody")
    assert (
        acme.daily_cap_nanousd,
        acme.daily_terms.alarm_at,
        acme.limits.requests_per_minute,
        acme.limits.concurrency,
    ) == (
        5 * 10**9,
        (0.9,),
        60,
        2,
    )
    assert acme.models == {"a": ModelName(meaning="auto"), "b": ModelName(meaning="lane", lane="only")}
    assert (free.daily_cap_nanousd, free.budget_defaulted, free.daily_terms.alarm_at) == (None, False, (0.5,))
    assert (other.daily_cap_nanousd, other.budget_defaulted, other.limits.requests_per_minute) == (5 * 10**9, False, 10)


def test_every_kind_of_condition_reaches_the_rule(read: Read) -> None:
    when = (
        "{task: t, feature: [f], tenant: a, model: m, keywords: [prove, why], min_chars: 0, max_chars: 10, tools: true, "
        "images: false, response_format: json_schema, latency: can_wait, risk: high}"
    )
    condition = read(SMALLEST + f"routing: {{rules: [{{when: {when}, lane: only}}]}}\n").policy.routing.rules[0].when
    assert condition.keywords == ("prove", "why")
    assert (condition.min_chars, condition.max_chars, condition.tools, condition.images) == (0, 10, True, False)
    assert (condition.response_format, condition.latency, condition.risk) == (
        ("json_schema",),
        ("can_wait",),
        ("high",),
    )


def test_the_rest_of_the_file_reaches_the_policy(read: Read) -> None:
    text = (
        SMALLEST + "limits: {max_calls: 3, max_retries: 0, max_cost: $0.25, max_output_tokens: 1000}\n"
        "record: {content: sampled, sample: 5%, retention: {runs: forever, traces: 3d, contents: 1}}\n"
        "server: {max_body: 1MiB, max_bytes_in_flight: 8MiB, drain: 5s}\n"
    )
    policy = read(text).policy
    assert policy.amplification == Amplification(
        max_calls=3, max_retries=0, max_cost_nanousd=250_000_000, max_output_tokens=1000
    )
    assert (policy.record.content, policy.record.sample) == ("sampled", 0.05)
    retention = policy.record.retention
    assert (retention.runs_days, retention.traces_days, retention.contents_days) == (None, 3, 1)
    assert policy.server == ServerLimits(max_body_bytes=2**20, max_bytes_in_flight=2**23, drain_s=5.0)


@pytest.mark.parametrize(
    ("url", "private"), [("http://[::1]:1", True), ("http://8.8.8.8", False), ("http://example.com", False)]
)
def test_an_address_is_private_by_its_own_words(url: str, private: bool) -> None:
    assert is_private(url) is private


def test_openai_s_two_dialects_share_what_the_catalog_says_of_the_vendor(read: Read) -> None:
    text = (
        "providers:\n"
        "  openai: {dialect: openai_responses, api_key: sk-1}\n"
        "  azure: {dialect: openai_responses, base_url: 'https://a/openai/v1'}\n"
        "lanes: {a: {deployments: [openai/gpt-5.5, azure/gpt-5.5]}}\n"
    )
    first, second = (each.provider for each in read(text).policy.lanes["a"].deployments)
    assert (first.dialect, first.base_url) == (Dialect.OPENAI_RESPONSES, "https://api.openai.com/v1")
    assert (first.auth_header, second.auth_header) == ("authorization", "api-key")
