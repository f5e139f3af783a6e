"""Whoever waits gets the best lane whose measured times fit, and is told what a slower one would have added."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from lanewise.core.plan import Plan, Timing
from lanewise.core.policy import Condition, ModelFacts, Policy, Profile, Routing, Rule, TenantPolicy
from lanewise.core.record import RunRecord
from lanewise.core.request import Hints, LatencyClass, Request
from walking import CALLER, ask_nobody, at_once, ladder, lane, policy, request

WAITS = Hints(latency="interactive", deadline_s=5.0)


class Measured:
    """A history that was told what it knows."""

    def __init__(self, **p95_s: float | Timing) -> None:
        self.timings = {
            name: each if isinstance(each, Timing) else Timing(p50_s=each / 2, p95_s=each)
            for name, each in p95_s.items()
        }

    def observe(self, record: RunRecord) -> None:
        raise AssertionError("routing learns nothing by itself")

    def lane(self, lane: str) -> Timing | None:
        return self.timings.get(lane)

    def deployment(self, lane: str, deployment: str) -> Timing | None:
        raise AssertionError("a lane has not been chosen yet")


def profile(name: str, max_latency_s: float, latency: LatencyClass = "interactive") -> Profile:
    return Profile(
        name=name,
        max_latency_s=max_latency_s,
        lanes=("reasoning",),
        latency=latency,
    )


def of_lanes(**settings: Any) -> Policy:
    """Every request goes to `reasoning` by a rule, unless something says otherwise; lanes stand from the weakest to the strongest."""
    rule = Rule(when=Condition(), lane="reasoning", number=1)
    return policy(
        lane("small", "openai/nano"),
        lane("standard", "openai/gpt-4o"),
        lane("frontier", "openai/gpt-5"),
        lane("reasoning", "anthropic/opus"),
        lane("research", "openai/deep"),
        **({"routing": Routing(rules=(rule,), interactive_s=10.0)} | settings),
    )


def decide(known: Measured, asked: Request, of: Policy | None = None) -> Plan:
    return at_once(ladder(history=known).route(asked, CALLER, of or of_lanes(), ask_nobody))


def lane_of(known: Measured, hints: Hints = WAITS, of: Policy | None = None, **settings: Any) -> str:
    return decide(known, request("auto", hints=hints, **settings), of).rungs[0].lane.name


def test_the_best_lane_at_or_below_the_chosen_one_that_fits() -> None:
    assert lane_of(Measured(small=1.0, standard=3.0, frontier=8.0, reasoning=41.0)) == "standard"
    assert lane_of(Measured(small=1.0, standard=3.0, frontier=4.9, reasoning=41.0)) == "frontier"
    assert lane_of(Measured(small=1.0, standard=3.0, frontier=4.0, reasoning=5.0)) == "reasoning"


def test_no_stronger_lane_is_taken_however_fast() -> None:
    assert lane_of(Measured(small=9.0, standard=9.0, reasoning=41.0, research=1.0)) == "standard"


def test_a_lane_that_was_never_measured_is_kept() -> None:
    assert lane_of(Measured(small=1.0, standard=1.0, frontier=1.0)) == "reasoning"


def test_a_lane_that_was_never_measured_is_not_stepped_down_to() -> None:
    assert lane_of(Measured(small=1.0, reasoning=41.0)) == "small"
    assert lane_of(Measured(reasoning=41.0)) == "reasoning"


def test_where_none_fits_the_fastest_measured_answers_and_of_two_alike_the_better() -> None:
    assert lane_of(Measured(small=9.0, standard=7.0, frontier=20.0, reasoning=41.0)) == "standard"
    assert lane_of(Measured(small=7.0, standard=7.0, reasoning=41.0)) == "standard"
    assert lane_of(Measured(standard=41.0, reasoning=41.0)) == "reasoning"


def test_what_is_told_are_measured_facts_only() -> None:
    reasoning = Timing(p50_s=20.0, p95_s=41.2, thinking_tokens=8_231.0)
    standard = Timing(p50_s=1.0, p95_s=2.0, thinking_tokens=12.0)

    assert decide(Measured(standard=standard, reasoning=reasoning), request("auto", hints=WAITS)).note == (
        "lane reasoning was passed over: its P95 of 41 s is longer than your 5 s; "
        "it thinks about 8,200 tokens more per answer"
    )
    assert decide(Measured(standard=2.0, reasoning=41.0), request("auto", hints=WAITS)).note == (
        "lane reasoning was passed over: its P95 of 41 s is longer than your 5 s"
    )
    assert decide(Measured(standard=6.5, reasoning=41.0), request("auto", hints=WAITS)).note == (
        "lane reasoning was passed over: its P95 of 41 s is longer than your 5 s; "
        "this lane is the fastest known, with a P95 of 6.5 s"
    )
    assert decide(Measured(reasoning=41.0), request("auto", hints=WAITS)).note == (
        "the P95 of lane reasoning, 41 s, is longer than your 5 s, and no lane below it is known to be faster"
    )


def test_a_lane_that_fits_is_not_spoken_of() -> None:
    plan = decide(Measured(standard=1.0, reasoning=4.0), request("auto", hints=WAITS))

    assert plan.note == ""
    assert "fitted_from" not in plan.features


def test_the_reason_stays_that_of_the_router_and_the_lane_passed_over_is_recorded() -> None:
    plan = decide(Measured(standard=1.0, reasoning=41.0), request("auto", hints=WAITS))

    assert plan.reason == "rule:1"
    assert plan.features["fitted_from"] == "reasoning"
    assert plan.features["latency"] == "interactive"
    assert plan.deadline_s == 5.0


@pytest.mark.parametrize(
    ("hints", "lane_name"),
    [
        (Hints(), "reasoning"),
        (Hints(latency="can_wait", deadline_s=5.0), "reasoning"),
        (Hints(deadline_s=5.0), "reasoning"),
        (Hints(latency="interactive"), "frontier"),
        (Hints(latency="interactive", deadline_s=50.0), "reasoning"),
        (Hints(latency="interactive", deadline_s=3.0), "standard"),
        (Hints(profile="chatbot"), "standard"),
        (Hints(profile="chatbot", deadline_s=1.5), "small"),
        (Hints(profile="chatbot", latency="can_wait"), "reasoning"),
        (Hints(profile="theorems"), "reasoning"),
        (Hints(profile="theorems", latency="interactive"), "frontier"),
    ],
)
def test_who_waits_and_for_how_long(hints: Hints, lane_name: str) -> None:
    """The policy's interactive deadline is 10 s, the chatbot's most is 2 s; theorems may take an hour."""
    of = of_lanes(profiles={"chatbot": profile("chatbot", 2.0), "theorems": profile("theorems", 3600.0, "can_wait")})

    assert lane_of(Measured(small=1.0, standard=2.0, frontier=9.0, reasoning=41.0), hints, of) == lane_name


def test_a_tenants_profile_is_its_requests_word_where_they_say_nothing() -> None:
    acme = TenantPolicy(name="acme", daily_cap_nanousd=None, profile="chatbot")
    of = of_lanes(profiles={"chatbot": profile("chatbot", 2.0)}, tenant=acme)

    plan = decide(Measured(standard=2.0, reasoning=41.0), request("auto"), of)

    assert plan.rungs[0].lane.name == "standard"
    assert plan.note == "lane reasoning was passed over: its P95 of 41 s is longer than the profile chatbot's 2 s"


def test_the_profiles_own_note_is_kept() -> None:
    audit = dataclasses.replace(profile("audit", 2.0), review=True)
    of = of_lanes(profiles={"audit": audit}, routing=Routing(default="standard"))

    note = decide(Measured(standard=1.0, reasoning=41.0), request("auto", hints=Hints(profile="audit")), of).note

    assert note.startswith("a person must sign this off")
    assert note.endswith("; lane reasoning was passed over: its P95 of 41 s is longer than the profile audit's 2 s")


@pytest.mark.parametrize("model", ["lane:reasoning", "opus", "gpt-5-lane"])
def test_a_lane_or_a_model_that_somebody_named_is_never_changed(model: str) -> None:
    names = of_lanes().models | {
        "gpt-5-lane": dataclasses.replace(of_lanes().models["*"], meaning="lane", lane="reasoning")
    }

    plan = decide(Measured(standard=1.0, reasoning=41.0), request(model, hints=WAITS), of_lanes(models=names))

    assert plan.rungs[0].lane.name == "reasoning"
    assert plan.deadline_s == 5.0


def test_the_default_lane_and_a_classifiers_are_fitted_like_any_other() -> None:
    known = Measured(small=1.0, standard=20.0, reasoning=41.0)

    assert lane_of(known, of=of_lanes(routing=Routing(default="standard"))) == "small"
    heuristic = Routing(default="standard", classifier="heuristic", grades={"expert": "reasoning", "hard": "reasoning"})
    asked = request("auto", "Prove that the square root of 2 is irrational.", hints=WAITS)
    plan = decide(known, asked, of_lanes(routing=heuristic))
    assert (plan.rungs[0].lane.name, plan.features["fitted_from"]) == ("small", "reasoning")


@pytest.mark.parametrize(
    ("facts", "asked"),
    [
        (ModelFacts(images=False), {"has_images": True}),
        (ModelFacts(tools=False), {"has_tools": True}),
        (ModelFacts(json_schema=False), {"response_format": "json_schema"}),
    ],
)
def test_a_step_down_loses_nothing_that_the_request_brings(facts: ModelFacts, asked: dict[str, Any]) -> None:
    of = of_lanes()
    standard = of.lanes["standard"]
    cannot = dataclasses.replace(standard.deployments[0], facts=facts)
    lanes = of.lanes | {"standard": dataclasses.replace(standard, deployments=(cannot,))}
    of = dataclasses.replace(of, lanes=lanes)
    known = Measured(small=1.0, standard=2.0, reasoning=41.0)

    assert lane_of(known, of=of) == "standard"
    assert lane_of(known, of=of, **asked) == "small"
