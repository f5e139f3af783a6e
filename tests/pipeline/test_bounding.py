"""Nobody is asked whom a plan, a key or a residency keeps away, whatever fails, and whoever wants it asked."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanewise.bootstrap.policies import router
from lanewise.core.answer import Content, Generation, Meter
from lanewise.core.bounds import Bound, Known
from lanewise.core.errors import LanewiseError, NotAllowed
from lanewise.core.events import Degraded
from lanewise.core.failure import FailureKind
from lanewise.core.policy import (
    Amplification,
    Check,
    Condition,
    Lane,
    ModelFacts,
    ModelName,
    Policy,
    Routing,
    Rule,
    SmallModel,
    TenantPolicy,
)
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.protocols.router import Ask, Question
from lanewise.core.protocols.verifier import Candidate
from lanewise.core.request import Caller
from lanewise.core.scope import KeyScope
from lanewise.core.verdict import Verdict
from pipeline.runs import usually
from pipeline.vendors import after
from virtual_time import LoopClock, in_virtual_time
from walking import CALLER, Script, Walk, answers, deployment, fails, hangs, lane, policy, request

EVERYBODY = ("eu/small", "eu/large", "us/small", "us/large", "cn/small", "cn/vectors")
JUDGE = Check(verifier="judge", why="lanes")


def bound(*deployments: str, whose: str = "residency of tenant 'acme'", **more: Any) -> Bound:
    return Bound(whose=whose, deployments=frozenset(deployments) if deployments else None, **more)


def tenant(*bounds: Bound) -> TenantPolicy:
    return TenantPolicy(name="acme", daily_cap_nanousd=None, bounds=bounds)


def a_walk(of: Policy, scripts: dict[str, list[Script]] | None = None) -> Walk:
    return Walk(of, {name: [answers()] for name in (*EVERYBODY, *of.deployments)} | (scripts or {}))


async def asked(walk: Walk, caller: Caller = CALLER, **of: Any) -> Any:
    return (await walk.gateway.answer(request(**of), caller, walk.emit)).record


STANDARD = lane("standard", "us/small", "eu/small", degrade_to="small", weights=(1.0, 3.0))
SMALL = lane("small", "eu/large")
REASONING = lane("reasoning", "us/large", effort="high")


async def test_a_lane_is_the_same_lane_with_those_that_may_be_asked() -> None:
    of = policy(SMALL, STANDARD, tenant=tenant(bound("eu/small")), routing=Routing(default="standard"))
    walk = a_walk(of, {"eu/small": [fails(FailureKind.OVERLOADED)]})
    record = await asked(walk)
    assert set(walk.provider.asked()) == {"eu/small"}
    assert (record.lane, record.failure) == ("standard", FailureKind.OVERLOADED)


async def test_what_is_chosen_for_a_caller_gives_way_to_the_nearest_lane_marked() -> None:
    rule = Rule(when=Condition(task=("code_review",)), lane="reasoning", number=1)
    basic = Bound(whose="plan 'basic'", lanes=frozenset({"small", "standard"}))
    of = policy(SMALL, STANDARD, REASONING, tenant=tenant(basic), routing=Routing(default="standard", rules=(rule,)))
    walk = a_walk(of)
    hinted = request().hints
    record = await asked(walk, hints=msgspec.structs.replace(hinted, task="code_review"))
    assert (record.lane, record.degraded, record.reason) == ("standard", True, "rule:1")
    (told,) = [event for event in walk.events if isinstance(event, Degraded)]
    assert (told.from_, told.to) == ("reasoning", "standard")
    assert "plan 'basic' does not reach the lane 'reasoning'; lanes: small, standard" in told.reason


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ({"model": "lane:reasoning"}, "The plan 'basic' does not reach the lane 'reasoning'; lanes: small, standard"),
        ({"model": "house-big"}, "The plan 'basic' does not reach the lane 'reasoning'"),
        ({"model": "us/large"}, "The plan 'basic' does not reach the lane 'reasoning'"),
        ({"model": "alone"}, "The plan 'basic' does not reach the lane 'pin'"),
        ({"effort": "medium"}, "The plan 'basic' does not reach the effort 'medium'; the most is 'low'"),
        ({"thinking_budget_tokens": 30_000}, "The plan 'basic' does not reach the effort 'high'"),
    ],
)
async def test_what_a_caller_asks_for_by_name_is_refused_with_the_plan_and_what_it_reaches(
    of: dict[str, Any], said: str
) -> None:
    basic = Bound(whose="plan 'basic'", lanes=frozenset({"small", "standard"}), max_effort="low")
    names = {"house-big": ModelName(meaning="lane", lane="reasoning"), "*": ModelName(meaning="pin")}
    made = policy(SMALL, STANDARD, REASONING, tenant=tenant(basic), models=names, routing=Routing(default="standard"))
    alone = deployment("us/alone")
    walk = a_walk(dataclasses.replace(made, deployments=made.deployments | {"us/alone": alone}))
    with pytest.raises(NotAllowed) as refused:
        await asked(walk, **of)
    assert said in refused.value.message
    assert walk.provider.asked() == []
    assert walk.ledger.records == []


async def test_a_model_is_found_in_another_lane_where_it_may_be_asked() -> None:
    of = policy(lane("small", "us/small"), lane("standard", "eu/small"), tenant=tenant(bound("eu/small")))
    walk = a_walk(of)
    assert (await asked(walk, model="small")).deployment == "eu/small"


async def test_the_way_down_leaves_out_lanes_that_nobody_may_be_asked_in() -> None:
    of = policy(
        lane("small", "eu/large"),
        lane("middle", "us/small", degrade_to="small"),
        lane("standard", "eu/small", degrade_to="middle"),
        tenant=tenant(bound("eu/small", "eu/large")),
        routing=Routing(default="standard"),
    )
    walk = a_walk(of, {"eu/small": [fails(FailureKind.VENDOR_ACCESS)]})
    record = await asked(walk)
    assert (record.lane, walk.provider.asked()) == ("small", ["eu/small", "eu/large"])


async def test_a_model_that_would_by_itself_think_too_hard_is_told_to_think_less() -> None:
    thinker = dataclasses.replace(deployment("eu/small"), facts=ModelFacts(thinking="effort", efforts=("low", "high")))
    of = policy(Lane(name="standard", deployments=(thinker,)), tenant=tenant(bound(max_effort="low")))
    walk = a_walk(of)
    await asked(walk)
    await asked(walk, effort="minimal")
    assert [call.effort for call in walk.provider.calls] == ["low", None]


@pytest.mark.parametrize(
    ("tools", "names", "refused"), [((), ["sum"], True), (("su*",), ["sum"], False), (("sum",), ["mail"], True)]
)
async def test_tools_are_held_to_the_plan(tools: tuple[str, ...], names: list[str], refused: bool) -> None:
    walk = a_walk(
        policy(STANDARD, tenant=tenant(bound(whose="plan 'free'", tools=tools)), routing=Routing(default="standard"))
    )
    offered = [{"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in names]
    body = msgspec.json.encode({"model": "auto", "messages": [{"role": "user", "content": "Hi"}], "tools": offered})
    if refused:
        with pytest.raises(NotAllowed, match=r"plan 'free' does not reach the tool"):
            await asked(walk, body=body, has_tools=True)
        assert walk.provider.asked() == []
    else:
        assert (await asked(walk, body=body, has_tools=True)).outcome == "success"


async def test_tools_that_a_vendor_runs_are_not_for_a_plan_that_names_tools() -> None:
    walk = a_walk(policy(STANDARD, tenant=tenant(bound(whose="plan 'free'", tools=("*x",)))))
    with pytest.raises(NotAllowed, match="of a vendor"):
        await asked(walk, has_tools=True, vendor_tools=True)


async def test_a_key_is_held_to_its_own_lanes() -> None:
    walk = a_walk(policy(SMALL, STANDARD))
    key = Caller(tenant="acme", key_id="key_9", scope=KeyScope(lanes=("small",)))
    assert (await asked(walk, key)).lane == "small"
    with pytest.raises(NotAllowed, match="The key key_9 does not reach the lane 'standard'; lanes: small"):
        await asked(walk, key, model="lane:standard")


async def test_a_user_or_feature_that_the_tenant_has_not_declared_is_refused_before_anything_is_asked() -> None:
    known = Known(tenant="acme", users=frozenset({"anna"}), features=frozenset({"chat"}))
    of = policy(SMALL, STANDARD, tenant=dataclasses.replace(tenant(), known=known))
    walk = a_walk(of)
    hints = request().hints
    assert (await asked(walk, hints=msgspec.structs.replace(hints, user="anna", feature="chat"))).outcome == "success"
    calls = len(walk.provider.calls)
    unknown: list[dict[str, Any]] = [{"user": "bob"}, {"user": "anna", "feature": "batch"}]
    for named in unknown:
        with pytest.raises(NotAllowed, match="takes no others than it has declared"):
            await asked(walk, hints=msgspec.structs.replace(hints, **named))
    assert len(walk.provider.calls) == calls


class AskingVerifier:
    """Asks the model that it is made with, and takes whatever comes."""

    def __init__(self, name: str) -> None:
        self.asked = deployment(name)

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        told = await ask(
            Question(
                purpose="judge", deployment=self.asked, system="Judge.", text="4", max_output_tokens=8, timeout_s=2.0
            )
        )
        return Verdict(
            verifier="judge",
            word="unverifiable" if told is None else "reject",
            kind="evidence",
            reason="never good enough",
        )


@st.composite
def scenes(draw: st.DrawFn) -> dict[str, Any]:
    """Lanes over deployments anywhere, with all that may ask somebody else than the first; and who fails how."""
    somebody = st.sampled_from(EVERYBODY[:-1])
    some = st.lists(somebody, min_size=1, max_size=4, unique=True)
    names = ("small", "standard", "reasoning")
    lanes = [
        lane(
            name,
            *draw(some),
            degrade_to=draw(st.sampled_from([None, *names[:place]])),
            hedge_after=draw(st.sampled_from([None, 1.0])),
            checks=(JUDGE,) if draw(st.booleans()) else (),
            strategy=draw(st.sampled_from(["single", "vote", "draft"])),
            samples=draw(st.integers(1, 3)),
            repairs=draw(st.integers(0, 1)),
            effort="high" if name == "reasoning" else None,
        )
        for place, name in enumerate(names)
    ]
    vectors = dataclasses.replace(deployment("cn/vectors"), facts=ModelFacts(embeddings=True))
    lanes.append(Lane(name="vectors", deployments=(vectors,)))
    kinds = st.sampled_from([FailureKind.OVERLOADED, FailureKind.VENDOR_ACCESS, FailureKind.SERVER_ERROR, None, "hang"])
    return {
        "lanes": lanes,
        "grader": draw(somebody),
        "judge": draw(somebody),
        "classifier": draw(st.sampled_from(["none", "small_model", "heuristic"])),
        "default": draw(st.sampled_from(names)),
        "escalate": draw(st.sampled_from([(), names])),
        "fails": {name: draw(kinds) for name in EVERYBODY},
        "pin": draw(st.lists(st.sampled_from(EVERYBODY), max_size=4, unique=True)),
        "requests": draw(
            st.lists(
                st.sampled_from(
                    [
                        {"model": "auto"},
                        {"model": "lane:reasoning"},
                        {"model": "small"},
                        {"model": "us/large"},
                        {"model": "auto", "embeds": True, "choices": 0},
                        {"model": "auto", "stream": True},
                        {"model": "auto", "text": "Prove that there are infinitely many primes, step by step."},
                    ]
                ),
                min_size=1,
                max_size=3,
            )
        ),
    }


def staged(scene: dict[str, Any], *bounds: Bound) -> Walk:
    grades = {"easy": "small", "moderate": "standard", "hard": "reasoning"}
    routing = Routing(
        default=scene["default"],
        classifier=scene["classifier"],
        grades=grades,  # type: ignore[arg-type]
        small_model=SmallModel(deployment=deployment(scene["grader"])),
        escalate=scene["escalate"],
    )
    of = policy(*scene["lanes"], tenant=tenant(*bounds), routing=routing, amplification=Amplification(max_calls=20))
    walk = Walk(of, {name: [_script(kind)] for name, kind in scene["fails"].items()}, clock=LoopClock())
    walk.verifiers[JUDGE] = AskingVerifier(scene["judge"])
    parts = walk.gateway.parts
    walk.gateway.parts = dataclasses.replace(parts, router=router(walk.clock, walk.history))
    for each in scene["lanes"]:
        for one in each.deployments:
            usually(walk, each.name, takes_s=1.0, begins_s=1.0, deployment=one.name)
    return walk


def _script(kind: FailureKind | str | None) -> Script:
    if kind == "hang":
        return hangs
    return _says if kind is None else after(0.1, fails(FailureKind(kind)))


async def _says(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
    generation = await answers("easy")(call, meter, on_deltas)
    return msgspec.structs.replace(generation, content=Content(text="easy"))


@settings(max_examples=60, deadline=None)
@given(scene=scenes())
@in_virtual_time
async def test_no_call_ever_leaves_the_pin(scene: dict[str, Any]) -> None:
    walk = staged(scene, bound(*scene["pin"]) if scene["pin"] else Bound(whose="residency", deployments=frozenset()))
    for of in scene["requests"]:
        try:
            await asked(walk, **of)
        except LanewiseError:
            continue
    assert set(walk.provider.asked()) <= set(scene["pin"])
    assert all(record.deployment in {"", *scene["pin"]} for record in walk.ledger.records)


@in_virtual_time
async def test_without_a_pin_every_way_to_ask_somebody_else_is_taken() -> None:
    lanes = [
        lane("small", "cn/small", repairs=0),
        lane("standard", "us/small", "eu/small", hedge_after=1.0, degrade_to="small", checks=(JUDGE,), repairs=1),
        lane("reasoning", "us/large"),
    ]
    scene = {
        "lanes": lanes, "grader": "eu/large", "judge": "cn/small", "classifier": "small_model", "default": "standard",
        "escalate": ("small", "standard", "reasoning"), "fails": dict.fromkeys(EVERYBODY) | {"us/small": "hang"},
    }  # fmt: skip
    text = "Compare two sorting algorithms."
    walk = staged(scene)
    await asked(walk, text=text)
    kinds = {call.kind for record in walk.ledger.records for call in record.trace.calls}
    assert {"classify", "first", "hedge", "judge", "repair", "escalated"} <= kinds
    assert len(set(walk.provider.asked())) == 5
    held = staged(scene, bound("eu/small", "eu/large"))
    await asked(held, text=text)
    assert set(held.provider.asked()) == {"eu/small", "eu/large"}
