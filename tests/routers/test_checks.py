"""Which checks a request gets, where it may climb to, and what its stream shows before the verdict."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from lanewise.core.plan import HUMAN, Plan, Rung
from lanewise.core.policy import Check, Condition, ModelFacts, Policy, Routing, Task, Verification, VerifyRule
from lanewise.core.request import Hints
from lanewise.routers.checks import Checks
from walking import CALLER, deployment, lane, policy, request

SCHEMA, MATHS = Check(verifier="json_schema", why="verify[0]"), Check(verifier="math_answer", why="verify[1]")
LOOPS = Check(verifier="loops", why="thinking", written=False)
OF_TASK = Check(verifier="math_answer", why="task:sums", written=False)
EXPECTED = Check(verifier="math_answer", why="expected", cost=1)
TESTS = Check(verifier="python_tests", why="tests", cost=2)
STANDARD, THINKING = lane("standard", "a/b"), lane("reasoning", "c/d", effort="high")
TASKS = {
    name: Task(name=name, gain="wins", grade="hard", check=check)
    for name, check in (("sums", "math_answer"), ("email_draft", "none"), ("extract", "json_schema"))
}


def a_policy(*lanes: Any, routing: Routing | None = None, **verification: Any) -> Policy:
    whole = (
        Verification(
            of_thinking=(LOOPS,), of_tasks={"sums": (OF_TASK,)}, expected=EXPECTED, tests=TESTS, **verification
        )
        if "of_thinking" not in verification
        else Verification(**verification)
    )
    made = policy(*(lanes or (STANDARD, THINKING)), verification=whole, tasks=TASKS)
    return made if routing is None else dataclasses.replace(made, routing=routing)


def weighed(of: Policy, asked: Any = None, lane_: str = "standard", *, climbs: bool = True) -> Plan:
    plan = Plan(rungs=(Rung(lane=of.lanes[lane_]),), reason="default")
    return Checks().weigh(plan, asked or request(), CALLER, of, climbs=climbs)


def names(plan: Plan) -> list[list[str]]:
    return [[check.verifier for check in rung.checks] for rung in plan.rungs]


def test_what_nobody_checks_stays_the_plan_that_it_was() -> None:
    of = a_policy()
    plan = Plan(rungs=(Rung(lane=STANDARD),), reason="default")
    assert Checks().weigh(plan, request(), CALLER, of, climbs=True) is plan


def test_every_rule_that_holds_adds_its_checks_in_order() -> None:
    rules = (
        VerifyRule(when=Condition(response_format=("json_schema",)), checks=(SCHEMA,)),
        VerifyRule(when=Condition(task=("sums",)), checks=(MATHS,)),
        VerifyRule(when=Condition(), checks=(Check(verifier="regex"),)),
    )
    of = a_policy(rules=rules)
    assert names(weighed(of, request(response_format="json_schema", hints=Hints(task="sums")))) == [
        ["json_schema", "math_answer", "regex"]
    ]
    assert names(weighed(of)) == [["regex"]]


def test_the_cheapest_is_asked_first_whoever_wrote_it_and_those_that_cost_alike_in_their_order() -> None:
    costly = [Check(verifier=name, cost=cost) for name, cost in (("webhook", 4), ("judge", 3), ("form", 0))]
    of = a_policy(
        dataclasses.replace(STANDARD, checks=(Check(verifier="loops", cost=0), Check(verifier="python_tests", cost=2))),
        rules=tuple(VerifyRule(when=Condition(), checks=(each,)) for each in costly),
    )
    plan = weighed(of, request(hints=Hints(expected="391")))
    assert names(plan) == [["form", "loops", "math_answer", "python_tests", "judge", "webhook"]]


def test_each_verifier_is_asked_once_as_who_wrote_it_first_says() -> None:
    of = a_policy(
        dataclasses.replace(STANDARD, checks=(Check(verifier="json_schema", why="lanes.standard"),)),
        rules=(VerifyRule(when=Condition(), checks=(SCHEMA,)),),
    )
    (rung,) = weighed(of).rungs
    assert rung.checks == (SCHEMA,)


def test_the_caller_s_expected_answer_and_tests_bring_their_verifiers() -> None:
    plan = weighed(a_policy(), request(hints=Hints(expected="391", tests="assert f()")))
    assert names(plan) == [["math_answer", "python_tests"]]
    assert plan.rungs[0].held


def test_a_task_s_default_is_made_where_nobody_wrote_a_check() -> None:
    of = a_policy()
    assert names(weighed(of, request(hints=Hints(task="sums")))) == [["math_answer"]]
    assert not weighed(of, request(hints=Hints(task="email_draft"))).weighed
    written = a_policy(rules=(VerifyRule(when=Condition(), checks=(SCHEMA,)),))
    assert names(weighed(written, request(hints=Hints(task="sums")))) == [["json_schema"]]


def test_a_lane_that_thinks_has_a_default() -> None:
    assert names(weighed(a_policy(), lane_="reasoning")) == [["loops"]]


@pytest.mark.parametrize(
    ("stream", "said", "written", "held"),
    [
        (False, None, False, True),
        (True, None, False, False),
        (True, None, True, True),
        (True, "released", True, False),
        (True, "held", False, True),
    ],
)
def test_a_stream_is_held_where_somebody_wrote_a_check_unless_the_lane_says(
    stream: bool, said: Any, written: bool, held: bool
) -> None:
    rules = (VerifyRule(when=Condition(), checks=(SCHEMA,)),) if written else ()
    of = a_policy(dataclasses.replace(THINKING, stream=said), rules=rules)
    assert weighed(of, request(stream=stream), "reasoning").rungs[0].held is held


def test_several_samples_are_never_shown_before_one_is_chosen() -> None:
    of = a_policy(dataclasses.replace(STANDARD, strategy="vote", samples=5))
    plan = weighed(of, request(stream=True))
    assert plan.weighed
    assert plan.rungs[0].held


LADDER = Routing(default="standard", escalate=("standard", "reasoning", HUMAN))


def test_the_ladder_s_later_lanes_are_the_plan_s_later_rungs() -> None:
    plan = weighed(a_policy(routing=LADDER))
    assert [rung.lane.name for rung in plan.rungs] == ["standard", "reasoning", HUMAN]
    assert names(plan) == [[], ["loops"], []]
    assert [rung.lane.name for rung in weighed(a_policy(routing=LADDER), lane_="reasoning").rungs] == [
        "reasoning",
        HUMAN,
    ]


def test_who_names_a_lane_or_a_model_is_not_climbed_from() -> None:
    assert [rung.lane.name for rung in weighed(a_policy(routing=LADDER), climbs=False).rungs] == ["standard"]


@pytest.mark.parametrize(
    ("task", "threshold"), [("sums", 0.80), ("email_draft", 0.40), ("extract", 0.75), (None, 0.75), ("unheard", 0.75)]
)
def test_how_much_confidence_is_enough_depends_on_the_work(task: str | None, threshold: float) -> None:
    plan = weighed(a_policy(routing=LADDER), request(hints=Hints(task=task)))
    assert plan.rungs[0].threshold == threshold


def test_irreversible_tools_hold_every_stream_and_bring_a_check() -> None:
    of = a_policy(irreversible_tools=("refund",), tool_calls=SCHEMA)
    plan = weighed(of, request(stream=True, has_tools=True))
    assert (plan.guarded_tools, names(plan), plan.rungs[0].held) == (("refund",), [["json_schema"]], True)
    assert not weighed(of, request(stream=True)).weighed


@pytest.mark.parametrize("stream", [False, True])
def test_several_answers_of_one_call_are_asked_for_once_and_wait_for_no_verdict(stream: bool) -> None:
    voting = dataclasses.replace(STANDARD, strategy="vote", samples=5, repairs=2)
    of = a_policy(voting, THINKING, rules=(VerifyRule(when=Condition(), checks=(SCHEMA,)),), routing=LADDER)
    (rung,) = weighed(of, request(choices=2, stream=stream)).rungs
    assert (rung.lane.strategy, rung.lane.samples, rung.lane.repairs, rung.held) == ("single", 1, 0, False)
    assert rung.checks == (SCHEMA,)


def test_several_answers_that_nobody_checks_stay_the_plan_that_they_were() -> None:
    assert not weighed(a_policy(), request(choices=2)).weighed


def test_a_lane_whose_model_always_thinks_has_the_default_of_lanes_that_think() -> None:
    always = dataclasses.replace(deployment("a/b"), facts=ModelFacts(thinking="effort", thinking_always=True))
    of = a_policy(dataclasses.replace(STANDARD, deployments=(always,)), THINKING)
    assert names(weighed(of)) == names(weighed(of, lane_="reasoning")) == [["loops"]]


def test_vectors_are_not_checked() -> None:
    of = a_policy(rules=(VerifyRule(when=Condition(), checks=(SCHEMA,)),))
    assert not weighed(of, request(embeds=True)).weighed


def test_what_a_vendor_s_tools_may_have_done_is_not_asked_for_twice() -> None:
    voting = dataclasses.replace(STANDARD, strategy="vote", samples=5)
    of = a_policy(voting, THINKING, rules=(VerifyRule(when=Condition(), checks=(SCHEMA,)),), routing=LADDER)
    (rung,) = weighed(of, request(vendor_tools=True)).rungs
    assert (
        rung.lane.strategy,
        rung.lane.samples,
        rung.lane.repairs,
        names(weighed(of, request(vendor_tools=True))),
    ) == (
        "single",
        1,
        0,
        [["json_schema"]],
    )
