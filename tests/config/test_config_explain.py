from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec
import pytest

from lanewise.config.explain import condition_in_words, explain, explain_sample, reason_in_words
from lanewise.config.load import Loaded
from lanewise.core.errors import UnknownModel
from lanewise.core.policy import Condition, Policy
from lanewise.core.request import Caller, Dialect, Hints, Request
from lanewise.routers.ladder import LadderRouter
from lanewise.routers.names import NameRouter
from lanewise.routers.rules import RuleRouter

TODAY = dt.date(2026, 11, 21)
CALLER = Caller(tenant="acme", key_id="k")


@pytest.fixture
def policy(read: Callable[..., Loaded], design_example: str, keys: dict[str, str]) -> Policy:
    return read(design_example, **keys).policy


def route(request: Request, caller: Caller, policy: Policy):  # type: ignore[no-untyped-def] # noqa: ANN201 - the router's own type
    return LadderRouter([NameRouter(), RuleRouter()]).route(request, caller, policy)


def asked(model: str, task: str | None = None) -> Request:
    return Request(dialect=Dialect.OPENAI_CHAT, body=b"{}", model=model, stream=False, hints=Hints(task=task))


def test_lanes_show_deployments_prices_and_limits(policy: Policy) -> None:
    standard, _, reasoning = explain(policy, today=TODAY).lanes
    assert [(each.name, each.input, each.output, each.price_source) for each in standard.deployments] == [
        ("openai/gpt-5.4-mini", "$0.75", "$4.50", "genai-prices"),
        ("anthropic/claude-haiku-4-5", "$0.75", "$4.50", "genai-prices"),
    ]
    assert standard.limits == "30s, at most $2.00 a request, 16,384 output tokens unless the caller says"
    assert reasoning.limits.startswith("5m, at most $0.50 a request, effort high")


def test_rules_and_names_are_said_in_words(policy: Policy) -> None:
    explained = explain(policy, today=TODAY)
    assert explained.rules == (
        "1. When the task is summarize or extract or translate: standard.",
        "2. When the task is code_review or security_analysis: reasoning.",
        "Otherwise: standard.",
    )
    assert {each.name: each.means for each in explained.names} == {
        "gpt-5": "routed: rules, then the default lane",
        "gpt-4o": "the lane standard",
        "any other name": "only deployments of exactly that model; 404 where there is none",
        "auto": "routed: rules, then the default lane",
    }
    assert [(each.tenant, each.daily, each.rate) for each in explained.caps] == [
        ("acme", "$50.00", "60/min"),
        ("any other tenant", "$50.00 (nobody wrote one)", "none"),
    ]


def test_each_outage_says_who_answers_and_how_it_is_marked(policy: Policy) -> None:
    outages = {(each.kind, each.down, each.lane): each for each in explain(policy, today=TODAY).outages}
    first_gone = outages["vendor", "openai", "standard"]
    assert first_gone.answers == "anthropic/claude-haiku-4-5"
    assert "outcome `fallback`" in first_gone.marked
    assert "from=openai/gpt-5.4-mini; to=anthropic/claude-haiku-4-5" in first_gone.marked
    assert "as before" in outages["vendor", "anthropic", "standard"].answers
    assert outages["vendor", "openai", "reasoning_low"].answers.startswith("nobody: 503")
    assert ("vendor", "anthropic", "reasoning_low") not in outages
    assert outages["lane", "reasoning", "reasoning"].answers.startswith("nobody: 503")
    assert "503" in outages["store", "the store", ""].answers


def test_a_sample_request_goes_where_the_real_router_sends_it(policy: Policy) -> None:
    ruled = explain_sample(asked("gpt-5", task="code_review"), CALLER, policy, route)
    assert (ruled.lane, ruled.most_it_may_cost) == ("reasoning", "$0.50")
    assert ruled.reason == "rule 2 holds: the task is code_review or security_analysis"
    assert ruled.deployments == ("anthropic/claude-opus-4-7", "openai/gpt-5.5")
    assert ruled.features["task"] == "code_review"
    assert explain_sample(asked("gpt-5"), CALLER, policy, route).reason == "no rule holds, so the default lane answers"
    assert explain_sample(asked("claude-opus-4-7"), CALLER, policy, route).deployments == ("anthropic/claude-opus-4-7",)
    with pytest.raises(UnknownModel):
        explain_sample(asked("gpt-3"), CALLER, policy, route)


def test_every_condition_has_its_words(policy: Policy) -> None:
    when = Condition(keywords=("why",), min_chars=1000, max_chars=5, tools=False, images=True, risk=("high",))
    assert condition_in_words(when) == (
        "the risk is high, and the last message has the word why, and it has at least 1,000 characters, and "
        "it has at most 5 characters, and it offers no tools, and it holds images"
    )
    assert condition_in_words(Condition()) == "always"
    assert reason_in_words("caller", policy) == "the caller names the lane"


def test_it_is_plain_data(policy: Policy) -> None:
    sample = explain_sample(asked("auto"), CALLER, policy, route)
    encoded = msgspec.json.decode(msgspec.json.encode(explain(policy, today=TODAY, sample=sample)))
    assert encoded["version"] == policy.version
    assert encoded["sample"]["lane"] == "standard"
    assert {each["code"] for each in encoded["advice"]} >= {"no_verifier", "cap_defaulted", "single_deployment"}
