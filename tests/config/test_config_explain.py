from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec
import pytest

from lanewise.config.explain import explain, explain_sample
from lanewise.config.load import Loaded
from lanewise.core.errors import UnknownModel
from lanewise.core.plan import Plan, Rung
from lanewise.core.policy import Policy
from lanewise.core.protocols.router import Question
from lanewise.core.request import Caller, Dialect, Hints, Request
from walking import ask_nobody, ladder

TODAY = dt.date(2026, 11, 21)
CALLER = Caller(tenant="acme", key_id="k")


@pytest.fixture
def policy(read: Callable[..., Loaded], design_example: str, keys: dict[str, str]) -> Policy:
    return read(design_example, **keys).policy


async def route(request: Request, caller: Caller, policy: Policy):  # type: ignore[no-untyped-def] # noqa: ANN201 - the router's own type
    return await ladder().route(request, caller, policy, ask_nobody)


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
    assert explained.routing.rules == (
        "1. When the task is summarize or extract or translate: standard.",
        "2. When the task is code_review or security_analysis: reasoning.",
    )
    assert explained.routing.default == "standard"
    assert {each.name: each.means for each in explained.names} == {
        "gpt-5": "routed",
        "gpt-4o": "the lane standard",
        "any other name": "only deployments of exactly that model; 404 where there is none",
        "auto": "routed",
    }
    assert [(each.tenant, each.daily, each.rate) for each in explained.caps] == [
        ("acme", "$50.00", "60/min"),
        ("any other tenant", "$50.00 (nobody wrote one)", "none"),
    ]


def test_lanes_show_their_weights_and_what_follows_trouble(read: Callable[..., Loaded]) -> None:
    text = (
        "providers: {openai: {}, mistral: {}}\nlanes:\n"
        "  standard: {deployments: [openai/m, mistral/m], weights: {openai/m: 3, mistral/m: 1}, breaker: {open_for: 5s}}\n"
        "  reasoning: {deployments: [openai/m], effort: high}\n"
    )
    standard, reasoning = explain(read(text).policy, today=TODAY).lanes
    assert [each.share for each in standard.deployments] == ["75%", "25%"]
    assert [each.share for each in reasoning.deployments] == [""]
    assert (standard.degrade_to, reasoning.degrade_to) == ("", "standard")
    assert standard.breaker.startswith("a deployment rests for 5s when 50%")
    assert reasoning.trouble.startswith("standard answers instead when nobody here can")


def test_outages_of_vendors_lanes_and_the_store_are_explained(policy: Policy) -> None:
    outages = {(each.kind, each.down, each.lane): each for each in explain(policy, today=TODAY).outages}
    assert outages["vendor", "openai", "standard"].answers == "anthropic/claude-haiku-4-5"
    assert outages["vendor", "openai", "reasoning_low"].answers == "anthropic/claude-haiku-4-5, in the lane standard"
    assert ("vendor", "anthropic", "reasoning_low") not in outages
    assert outages["lane", "reasoning", "reasoning"].answers.startswith("nobody: 503")
    assert "503" in outages["store", "the store", ""].answers


async def test_a_sample_request_goes_where_the_real_router_sends_it(policy: Policy) -> None:
    ruled = await explain_sample(asked("gpt-5", task="code_review"), CALLER, policy, route)
    assert (ruled.lane, ruled.most_it_may_cost) == ("reasoning", "$0.50")
    assert ruled.reason == "rule 2 holds: the task is code_review or security_analysis"
    assert ruled.deployments == ("anthropic/claude-opus-4-7", "openai/gpt-5.5")
    assert ruled.features["task"] == "code_review"
    assert (
        await explain_sample(asked("gpt-5"), CALLER, policy, route)
    ).reason == "nothing else decides, so the default lane answers"
    pinned = await explain_sample(asked("claude-opus-4-7"), CALLER, policy, route)
    assert pinned.deployments == ("anthropic/claude-opus-4-7",)
    with pytest.raises(UnknownModel):
        await explain_sample(asked("gpt-3"), CALLER, policy, route)


async def test_a_sample_is_told_what_its_caller_would_be_told(policy: Policy) -> None:
    async def hurried(request: Request, caller: Caller, policy: Policy) -> Plan:
        rung = Rung(lane=policy.lanes["standard"])
        return Plan(rungs=(rung,), reason="difficulty:hard", note="reasoning usually takes 40 s", deadline_s=5.0)

    sample = await explain_sample(asked("auto"), CALLER, policy, hurried)
    assert (sample.note, sample.deadline) == ("reasoning usually takes 40 s", "5s")
    assert sample.reason == "by its words and its shape it looks hard"


async def test_where_a_small_model_would_grade_its_absence_is_told(read: Callable[..., Loaded]) -> None:
    text = (
        "providers: {openai: {}}\nlanes: {standard: {deployments: [openai/m]}}\n"
        "routing: {classifier: small_model, small_model: {deployment: openai/tiny}}\n"
    )

    async def asks_nobody(request: Request, caller: Caller, policy: Policy) -> Plan:
        async def ask(question: Question) -> str | None:
            return None

        return await ladder().route(request, caller, policy, ask)

    asked_for = msgspec.structs.replace(asked("auto"), last_user_text="Why is the sky blue?")
    sample = await explain_sample(asked_for, CALLER, read(text).policy, asks_nobody)
    assert sample.note == "openai/tiny, which grades such requests, is not asked here: this is the heuristic's grade"


async def test_it_is_plain_data(policy: Policy) -> None:
    sample = await explain_sample(asked("auto"), CALLER, policy, route)
    encoded = msgspec.json.decode(msgspec.json.encode(explain(policy, today=TODAY, sample=sample)))
    assert encoded["version"] == policy.version
    assert encoded["sample"]["lane"] == "standard"
    assert {each["code"] for each in encoded["advice"]} >= {"cap_defaulted"}
