"""What every Router must do. A new implementation adds one line to `ROUTERS`, and to `DECIDERS` where it never abstains."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from lanewise.core.errors import InvalidRequest, NotAllowed
from lanewise.core.plan import Plan
from lanewise.core.policy import (
    GRADES,
    Condition,
    ModelName,
    Policy,
    Profile,
    Routing,
    Rule,
    SmallModel,
    Task,
    TenantPolicy,
)
from lanewise.core.protocols.router import Question, Router
from lanewise.core.request import Caller, Hints, Request
from lanewise.pipeline.parts import Decider
from lanewise.routers.embeddings import EmbeddingRouter
from lanewise.routers.heuristic import HeuristicRouter
from lanewise.routers.ladder import LadderRouter
from lanewise.routers.names import NameRouter
from lanewise.routers.profiles import ProfileRouter
from lanewise.routers.rules import RuleRouter
from lanewise.routers.small_model import SmallModelRouter
from walking import SetClock, at_once, deployment, ladder, lane, policy, request


def small_model() -> SmallModelRouter:
    return SmallModelRouter(SetClock())


ROUTERS: dict[str, Callable[[], Router]] = {
    NameRouter.__name__: NameRouter,
    EmbeddingRouter.__name__: lambda: EmbeddingRouter(NameRouter()),
    RuleRouter.__name__: RuleRouter,
    ProfileRouter.__name__: ProfileRouter,
    SmallModelRouter.__name__: small_model,
    HeuristicRouter.__name__: HeuristicRouter,
    LadderRouter.__name__: ladder,
}
DECIDERS: dict[str, Callable[[], Decider]] = {LadderRouter.__name__: ladder}

LANES = (
    lane("standard", "openai/gpt-4o", "anthropic/haiku"),
    lane("reasoning", "anthropic/opus", "openai/gpt-4o"),
)
WORDS = st.sampled_from(["prove", "sum up", "improve", "Hello!", ""])
TASKS = st.sampled_from([None, "code_review", "extract"])
PROFILES = st.sampled_from([None, None, "chatbot", "spaceship"])
DEADLINES = st.sampled_from([None, 0.5, 60.0])
CHATBOT = Profile(
    name="chatbot",
    max_latency_s=2.0,
    lanes=("small", "standard"),
    latency="interactive",
)
EXTRACT = Task(name="extract", gain="wasted", grade="easy", check="json_schema")
LANE_NAMES = st.sampled_from(["standard", "reasoning"])
MODELS = st.sampled_from(
    ["auto", "gpt-5", "gpt-4o", "anthropic/opus", "opus", "lane:reasoning", "lane:fast", "gpt-9", ""]
)
MEANINGS = st.sampled_from([ModelName(meaning="auto"), ModelName(meaning="pin")]) | LANE_NAMES.map(
    lambda name: ModelName(meaning="lane", lane=name)
)
CONDITIONS = st.builds(
    Condition,
    task=st.sampled_from([(), ("code_review",)]),
    keywords=st.sampled_from([(), ("prove",)]),
    tools=st.sampled_from([None, True, False]),
    min_chars=st.sampled_from([None, 5]),
    tenant=st.sampled_from([(), ("acme",)]),
    plan=st.sampled_from([(), ("gold",)]),
    profile=st.sampled_from([(), ("chatbot",)]),
    difficulty=st.sampled_from([(), ("hard", "expert")]),
    regex=st.sampled_from([(), (r"im?prove",)]),
)
CALLERS = st.sampled_from(["acme", "globex"]).map(lambda name: Caller(tenant=name, key_id="key-1"))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    conditions = draw(st.lists(CONDITIONS, max_size=3))
    rules = tuple(Rule(when=when, lane=draw(LANE_NAMES), number=number) for number, when in enumerate(conditions, 1))
    names = draw(st.dictionaries(st.sampled_from(["gpt-5", "gpt-4o", "*"]), MEANINGS))
    acme = TenantPolicy(
        name="acme",
        daily_cap_nanousd=None,
        plan=draw(st.sampled_from([None, "gold"])),
        profile=draw(st.sampled_from([None, "chatbot"])),
        models={"gpt-5": draw(MEANINGS)},
    )
    routing = Routing(
        rules=rules,
        default=draw(LANE_NAMES),
        classifier=draw(st.sampled_from(["none", "heuristic", "small_model"])),
        grades=draw(st.dictionaries(st.sampled_from(GRADES), LANE_NAMES)),
        small_model=draw(st.sampled_from([None, SmallModel(deployment=deployment("openai/nano"))])),
    )
    sections = {"profiles": {"chatbot": CHATBOT}, "tasks": {"extract": EXTRACT}}
    return policy(*LANES, routing=routing, models=names, tenant=acme, **sections)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    hints = Hints(
        task=draw(TASKS),
        lane=draw(st.none() | st.sampled_from(["reasoning", "fast"])),
        profile=draw(PROFILES),
        deadline_s=draw(DEADLINES),
        latency=draw(st.sampled_from([None, "interactive", "can_wait"])),
    )
    return request(draw(MODELS), draw(WORDS), hints=hints, has_tools=draw(st.booleans()))


Decision = Plan | str | None


async def says_hard(question: Question) -> str | None:
    """A model that answers what it is asked."""
    return "hard"


def decision(router: Router | Decider, asked: Request, caller: Caller, of: Policy) -> Decision:
    """The plan, the words of a refusal, or nothing; anything else is a fault."""
    try:
        return at_once(router.route(asked, caller, of, says_hard))
    except (InvalidRequest, NotAllowed) as refused:
        return refused.message


def unaided(decided: Decision) -> Decision:
    """The decision without whether a call was spared for it: what a router remembers of a model's words may only save calls."""
    if not isinstance(decided, Plan):
        return decided
    features = {name: value for name, value in decided.features.items() if name != "classifier_cached"}
    return structs.replace(decided, features=features)


@pytest.mark.parametrize("router_of", ROUTERS.values(), ids=ROUTERS)
class TestRouter:
    """One run of it per router."""

    @given(requests(), CALLERS, policies())
    def test_a_plan_can_be_walked_and_judged(
        self, router_of: Callable[[], Router], asked: Request, caller: Caller, of: Policy
    ) -> None:
        plan = decision(router_of(), asked, caller, of)
        if plan is None or isinstance(plan, str):
            return
        assert plan.rungs
        for rung in plan.rungs:
            assert rung.lane.deployments
            assert all(of.deployments[each.name] == each for each in rung.lane.deployments)
        assert plan.reason
        assert 0 < plan.propensity <= 1

    @settings(max_examples=20)  # each is of several policies
    @given(requests(), CALLERS, st.lists(policies(), min_size=2, max_size=4))
    def test_it_decides_by_the_policy_it_is_given_and_not_by_one_it_saw_before(
        self, router_of: Callable[[], Router], asked: Request, caller: Caller, of: list[Policy]
    ) -> None:
        """Runs in flight keep their policy through a reload, so one router is asked under two by turns."""
        used = router_of()
        for each in (*of, *of):
            assert unaided(decision(used, asked, caller, each)) == unaided(decision(router_of(), asked, caller, each))

    @given(requests(), CALLERS, policies())
    def test_a_refusal_says_what_is_not_there(
        self, router_of: Callable[[], Router], asked: Request, caller: Caller, of: Policy
    ) -> None:
        told = decision(router_of(), asked, caller, of)
        if isinstance(told, str):
            named = {asked.hints.lane, asked.hints.profile, asked.model.removeprefix("lane:")}
            assert any(repr(each) in told for each in named)
            assert "standard, reasoning" in told or "chatbot" in told


@pytest.mark.parametrize("decider_of", DECIDERS.values(), ids=DECIDERS)
class TestDecider:
    """What holds for a router that always decides, besides."""

    @given(requests(), CALLERS, policies())
    def test_it_never_abstains_and_writes_down_what_it_saw(
        self, decider_of: Callable[[], Decider], asked: Request, caller: Caller, of: Policy
    ) -> None:
        plan = decision(decider_of(), asked, caller, of)
        assert plan is not None
        if isinstance(plan, Plan):
            assert plan.features["model"] == asked.model
            assert plan.features["input_chars"] == asked.input_chars
            assert plan.deadline_s == asked.hints.deadline_s
