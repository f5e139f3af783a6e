"""Names first, then the other routers in their order, then the default; and what is written down of a decision."""

from __future__ import annotations

from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest, UnknownModel
from lanewise.core.plan import Plan
from lanewise.core.policy import Classifier, Condition, Grade, ModelName, Policy, Profile, Routing, Rule, TenantPolicy
from lanewise.core.request import Hints, Request
from lanewise.routers.difficulty import Graded
from lanewise.routers.graded import GradedOnce
from lanewise.routers.heuristic import HeuristicRouter
from lanewise.routers.ladder import LadderRouter
from lanewise.routers.rules import RuleRouter
from lanewise.telemetry.history import MemoryHistory
from walking import CALLER, ask_nobody, at_once, ladder, lane, policy, request

CHAT = Profile(
    name="chatbot",
    max_latency_s=5.0,
    lanes=("small", "standard"),
    latency="interactive",
)
LANE_OF: dict[Grade, str] = {"easy": "standard", "hard": "reasoning", "expert": "reasoning"}


def decide(of: Policy, asked: Request) -> Plan:
    return at_once(ladder().route(asked, CALLER, of, ask_nobody))


def of_lanes(*rules: Condition, classifier: Classifier = "none", **settings: Any) -> Policy:
    numbered = tuple(Rule(when=when, lane="reasoning", number=number) for number, when in enumerate(rules, start=1))
    return policy(
        lane("standard", "openai/gpt-4o"),
        lane("reasoning", "anthropic/opus"),
        routing=Routing(rules=numbered, default="standard", classifier=classifier, grades=LANE_OF),
        profiles={"chatbot": CHAT},
        **settings,
    )


def test_the_callers_lane_wins_over_everything() -> None:
    of = of_lanes(Condition(min_chars=0))

    assert decide(of, request("lane:standard")).reason == "caller"
    assert decide(of, request("gpt-4o", hints=Hints(lane="reasoning"))).rungs[0].lane.name == "reasoning"


def test_an_unknown_lane_is_refused_with_the_lanes_there_are() -> None:
    with pytest.raises(UnknownModel, match=r"no lane 'fast'\. Lanes: standard, reasoning"):
        decide(of_lanes(), request("lane:fast"))


def test_a_lane_that_a_header_names_is_not_told_as_a_mistake_of_the_model() -> None:
    with pytest.raises(
        UnknownModel, match=r"which X-Lanewise-Lane or `lanewise\.lane` names\. Lanes: standard"
    ) as lost:
        decide(of_lanes(), request("auto", hints=Hints(lane="fast")))
    assert lost.value.param == "lanewise.lane"


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


def test_a_tenant_that_is_not_named_has_the_names_of_everyone() -> None:
    everyone = TenantPolicy(
        name="*", daily_cap_nanousd=None, models={"gpt-5": ModelName(meaning="lane", lane="reasoning")}
    )

    assert decide(of_lanes(default_tenant=everyone), request("gpt-5")).reason == "model"


def test_the_routers_are_asked_in_their_order() -> None:
    of = of_lanes(Condition(task=("legal_review",)), classifier="heuristic")
    hard = "Prove that the square root of 2 is irrational."

    everything = request("lane:standard", hard, hints=Hints(task="legal_review", profile="chatbot"))
    assert decide(of, everything).reason == "caller"
    assert decide(of, request("auto", hard, hints=Hints(task="legal_review", profile="chatbot"))).reason == "rule:1"
    assert decide(of, request("auto", hard, hints=Hints(profile="chatbot"))).reason == "profile:chatbot"
    assert decide(of, request("auto", hard)).reason in ("difficulty:hard", "difficulty:expert")


def test_where_nobody_decides_the_default_lane_answers() -> None:
    plan = decide(of_lanes(), request("gpt-5"))

    assert (plan.reason, plan.rungs[0].lane.name) == ("default", "standard")


def test_a_default_lane_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownModel, match="default lane 'gone'"):
        decide(policy(lane("standard", "openai/gpt-4o"), routing=Routing(default="gone")), request())


def test_without_routers_there_is_still_the_default() -> None:
    alone = LadderRouter([], MemoryHistory())

    assert at_once(alone.route(request(), CALLER, of_lanes(), ask_nobody)).reason == "default"


def test_a_request_is_graded_once_whoever_asks() -> None:
    graded: list[Request] = []

    def scorer(asked: Request) -> Graded:
        graded.append(asked)
        return Graded(grade="hard", score=0.6, signals=())

    once = GradedOnce(scorer)
    routers = LadderRouter([RuleRouter(once), HeuristicRouter(once)], MemoryHistory())
    of = of_lanes(Condition(difficulty=("easy",)), Condition(difficulty=("expert",)), classifier="heuristic")

    assert at_once(routers.route(request(), CALLER, of, ask_nobody)).reason == "difficulty:hard"
    assert len(graded) == 1


def test_a_profile_that_nobody_has_is_refused_even_where_a_rule_decides() -> None:
    with pytest.raises(InvalidRequest, match="no profile 'spaceship'"):
        decide(of_lanes(Condition(min_chars=0)), request("auto", hints=Hints(profile="spaceship")))


@pytest.mark.parametrize("model", ["lane:reasoning", "opus", "auto"])
def test_the_callers_deadline_is_the_plans_whoever_decides(model: str) -> None:
    assert decide(of_lanes(), request(model, hints=Hints(deadline_s=5.0))).deadline_s == 5.0
    assert decide(of_lanes(), request(model)).deadline_s is None


def test_a_decision_records_what_it_was_made_from() -> None:
    hints = Hints(task="extract", latency="can_wait")

    plan = decide(of_lanes(), request("auto", hints=hints, response_format="json_schema"))

    assert plan.propensity == 1.0
    assert plan.features == {
        "model": "auto",
        "input_chars": 27,
        "stream": False,
        "tools": False,
        "images": False,
        "response_format": "json_schema",
        "task": "extract",
        "latency": "can_wait",
    }


def test_a_decision_records_what_its_router_saw_besides() -> None:
    plan = decide(
        of_lanes(classifier="heuristic"), request("auto", "Translate this to French: good morning, everybody")
    )

    assert plan.features["difficulty"] == "easy"
    assert plan.features["model"] == "auto"
