from __future__ import annotations

from collections.abc import Callable

from lanewise.config.load import Loaded
from lanewise.core.bounds import Bound, Known

TEXT = """\
providers: {openai: {api_key: k, region: us}, anthropic: {api_key: k, region: eu}, local: {dialect: openai, base_url: "http://127.0.0.1:9/v1"}}
lanes:
  standard: {deployments: [openai/gpt-5.4-mini, anthropic/claude-haiku-4-5, local/gpt-5.4-mini]}
plans:
  basic: {lanes: standard, models: [gpt-5.4-mini, anthropic/claude-haiku-4-5], max_effort: low, tools: [search_*]}
  free: {tools: none}
  all: {}
tenants:
  "*": {residency: {regions: [eu]}}
  acme: {plan: basic, residency: {deployments: [openai/gpt-5.4-mini], providers: local}}
  globex: {plan: free}
"""


def test_a_plan_is_a_bound_with_every_name_resolved(read: Callable[..., Loaded]) -> None:
    plans = read(TEXT).policy.plans
    assert plans["basic"] == Bound(
        whose="plan 'basic'",
        lanes=frozenset({"standard"}),
        deployments=frozenset({"openai/gpt-5.4-mini", "local/gpt-5.4-mini", "anthropic/claude-haiku-4-5"}),
        max_effort="low",
        tools=("search_*",),
    )
    assert plans["free"] == Bound(whose="plan 'free'", tools=())
    assert plans["all"] == Bound(whose="plan 'all'")


def test_a_residency_reaches_what_any_of_its_words_names_and_everyone_s_holds_where_nothing_is_written(
    read: Callable[..., Loaded],
) -> None:
    policy = read(TEXT).policy
    plan, residency = policy.tenant("acme").bounds
    assert plan is policy.plans["basic"]
    assert residency == Bound(
        whose="residency of tenant 'acme'", deployments=frozenset({"openai/gpt-5.4-mini", "local/gpt-5.4-mini"})
    )
    for name, bounds in (("globex", 2), ("nobody wrote of", 1)):
        found = policy.tenant(name).bounds
        assert len(found) == bounds
        assert found[-1].deployments == frozenset({"anthropic/claude-haiku-4-5"})


def test_a_plan_that_is_only_a_word_binds_nobody(read: Callable[..., Loaded]) -> None:
    text = "providers: {openai: {api_key: k}}\nlanes: {standard: {deployments: [openai/a]}}\ntenants: {acme: {plan: gold}}\n"
    assert read(text).policy.tenant("acme").bounds == ()


def test_who_may_be_named_is_known_only_where_others_are_refused(read: Callable[..., Loaded]) -> None:
    head = "providers: {openai: {api_key: k}}\nlanes: {standard: {deployments: [openai/a]}}\n"
    tenants = """\
tenants:
  "*": {features: {declared: [chat], others: refuse}}
  acme: {users: {declared: [anna, bob], others: refuse}}
  globex: {users: {declared: anna}, features: {declared: search}}
"""
    policy = read(head + tenants).policy
    acme = Known(tenant="acme", users=frozenset({"anna", "bob"}), features=frozenset({"chat"}))
    assert policy.tenant("acme").known == acme
    assert policy.tenant("globex").known is None
    unnamed = policy.tenant("nobody wrote of").known
    assert unnamed is not None
    assert (unnamed.users, unnamed.features) == (None, frozenset({"chat"}))
