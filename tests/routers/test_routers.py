"""Explicit lane, then what the model name means, then rules in order, then the default."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from lanewise.core.errors import UnknownModel
from lanewise.core.plan import Plan
from lanewise.core.policy import Condition, ModelName, Policy, Routing, Rule, TenantPolicy
from lanewise.core.request import Hints, Request
from lanewise.routers.ladder import LadderRouter
from lanewise.routers.names import NameRouter
from lanewise.routers.rules import RuleRouter
from walking import CALLER, lane, policy, request


def decide(of: Policy, asked: Request) -> Plan:
    return LadderRouter([NameRouter(), RuleRouter()]).route(asked, CALLER, of)


def with_rules(*conditions: Condition) -> Policy:
    rules = tuple(Rule(when=when, lane="reasoning", number=number) for number, when in enumerate(conditions, start=1))
    return policy(
        lane("standard", "openai/gpt-4o"),
        lane("reasoning", "anthropic/opus"),
        routing=Routing(rules=rules, default="standard"),
    )


def test_the_callers_lane_wins_over_everything() -> None:
    of = with_rules(Condition(min_chars=0))

    assert decide(of, request("lane:standard")).reason == "caller"
    assert decide(of, request("gpt-4o", hints=Hints(lane="reasoning"))).rungs[0].lane.name == "reasoning"


def test_an_unknown_lane_is_refused_with_the_lanes_there_are() -> None:
    with pytest.raises(UnknownModel, match=r"no lane 'fast'\. Lanes: standard, reasoning"):
        decide(with_rules(), request("lane:fast"))


def test_a_pinned_model_leaves_only_its_deployments_of_a_lane() -> None:
    of = policy(lane("standard", "openai/gpt-4o", "anthropic/haiku"))

    plan = decide(of, request("haiku"))

    assert plan.reason == "pin"
    assert [each.name for each in plan.rungs[0].lane.deployments] == ["anthropic/haiku"]
    assert decide(of, request("anthropic/haiku")).rungs == plan.rungs


def test_a_pinned_model_that_nobody_has_is_refused_with_what_to_write() -> None:
    with pytest.raises(UnknownModel, match=r"'gpt-9'.*'auto'.*lane:NAME.*gpt-4o"):
        decide(policy(lane("standard", "openai/gpt-4o")), request("gpt-9"))


def test_a_tenants_own_names_come_before_the_policys() -> None:
    acme = TenantPolicy(
        name="acme", daily_cap_nanousd=None, models={"gpt-5": ModelName(meaning="lane", lane="reasoning")}
    )
    of = policy(lane("standard", "openai/gpt-4o"), lane("reasoning", "anthropic/opus"), tenant=acme)

    assert decide(of, request("gpt-5")).rungs[0].lane.name == "reasoning"


def test_the_first_rule_that_holds_is_named_in_the_reason() -> None:
    of = with_rules(Condition(task=("code_review",)), Condition(keywords=("prove", "theorem")), Condition(tools=True))

    assert decide(of, request("auto", hints=Hints(task="code_review"))).reason == "rule:1"
    assert decide(of, request("auto", "Prove that 7 is odd")).reason == "rule:2"
    assert decide(of, request("auto", has_tools=True)).reason == "rule:3"
    assert decide(of, request("gpt-5")).reason == "default"


@pytest.mark.parametrize("text", ["Please improve this", "disprove", "theorems", "approved"])
def test_keywords_match_whole_words_only(text: str) -> None:
    assert decide(with_rules(Condition(keywords=("prove", "theorem"))), request("auto", text)).reason == "default"


@pytest.mark.parametrize(
    ("when", "holds", "fails"),
    [
        (Condition(min_chars=100), {"input_chars": 100}, {"input_chars": 99}),
        (Condition(max_chars=100), {"input_chars": 100}, {"input_chars": 101}),
        (Condition(images=True), {"has_images": True}, {"has_images": False}),
        (Condition(response_format=("json_schema",)), {"response_format": "json_schema"}, {"response_format": None}),
        (Condition(latency=("can_wait",)), {"hints": Hints(latency="can_wait")}, {}),
        (Condition(risk=("high",)), {"hints": Hints(risk="high")}, {"hints": Hints(risk="low")}),
        (Condition(feature=("search",)), {"hints": Hints(feature="search")}, {}),
        (Condition(tenant=("acme",), tools=False), {}, {"has_tools": True}),
    ],
)
def test_each_condition(when: Condition, holds: dict[str, Any], fails: dict[str, Any]) -> None:
    of = with_rules(when)

    assert decide(of, structs.replace(request("auto"), **holds)).reason == "rule:1"
    assert decide(of, structs.replace(request("auto"), **fails)).reason == "default"


def test_a_decision_records_what_it_was_made_from() -> None:
    plan = decide(with_rules(), request("auto", hints=Hints(task="extract"), response_format="json_schema"))

    assert plan.propensity == 1.0
    assert plan.features == {
        "model": "auto",
        "input_chars": 27,
        "stream": False,
        "tools": False,
        "images": False,
        "response_format": "json_schema",
        "task": "extract",
    }
