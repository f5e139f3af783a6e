"""Who is asked first: a switch of this run, the conversation's last answerer, a draw by weights, the order of the policy."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.policy import Lane
from lanewise.core.request import Request
from lanewise.pipeline.order import awake, broken_s, in_order, rests_s
from lanewise.pipeline.run import Run
from pipeline.runs import ONE, THREE, a_run, a_walk, hold, trip
from walking import CALLER, Walk, lane, request

LATER_TURN: dict[str, Any] = {"opening": "How many legs", "continues": True}


def names(run: Run) -> list[str]:
    return [each.name for each in in_order(run)]


def three(**settings: Any) -> Lane:
    return dataclasses.replace(THREE, **settings)


def kept(walk: Walk, deployment: str, asked: Request) -> None:
    walk.gateway.parts.affinity.keep(asked, CALLER, "standard", deployment)


def test_the_policy_s_order_where_nothing_else_is_known() -> None:
    assert names(a_run(a_walk(THREE))) == ["alpha/small", "beta/large", "gamma/other"]


def test_a_conversation_stays_where_it_was_answered_and_the_others_keep_their_order() -> None:
    for weights in ((), (1.0, 1.0, 0.0)):
        walk, turn = a_walk(three(weights=weights)), request(**LATER_TURN)
        kept(walk, "gamma/other", turn)
        assert names(a_run(walk, turn)) == ["gamma/other", "alpha/small", "beta/large"]


def test_a_first_turn_belongs_to_no_conversation_yet() -> None:
    walk = a_walk(THREE)
    kept(walk, "gamma/other", request(**LATER_TURN))
    assert names(a_run(walk, request(opening="How many legs")))[0] == "alpha/small"


def test_a_switch_of_this_run_comes_before_the_conversation_s() -> None:
    walk, turn = a_walk(THREE), request(**LATER_TURN)
    kept(walk, "gamma/other", turn)
    run = a_run(walk, turn)
    run.switched["standard"] = "beta/large"
    assert names(run)[0] == "beta/large"


def test_a_deployment_that_has_left_the_lane_is_not_asked_for_old_times_sake() -> None:
    walk, turn = a_walk(three(weights=(0.0, 1.0, 0.0))), request(**LATER_TURN)
    kept(walk, "delta/gone", turn)
    assert names(a_run(walk, turn))[0] == "beta/large"


def test_weights_say_how_often_each_is_asked_first() -> None:
    run = a_run(a_walk(three(weights=(6.0, 3.0, 1.0))))
    first = Counter(names(run)[0] for _ in range(1_000))  # the walk's chance is seeded
    assert 550 < first["alpha/small"] < 650
    assert 250 < first["beta/large"] < 350
    assert 60 < first["gamma/other"] < 140


@given(st.sampled_from(["alpha/small", "beta/large", "gamma/other", "delta/gone", None]), st.booleans())
def test_nobody_is_lost_or_asked_twice(switched: str | None, weighted: bool) -> None:
    run = a_run(a_walk(three(weights=(1.0, 1.0, 1.0) if weighted else ())))
    if switched is not None:
        run.switched["standard"] = switched
    assert sorted(names(run)) == ["alpha/small", "beta/large", "gamma/other"]


def test_who_rests_is_passed_over_and_who_was_asked_already() -> None:
    walk = a_walk(THREE)
    trip(walk, THREE, "alpha/small")
    run = a_run(walk)

    assert awake(run, THREE.deployments) == [1, 2]
    assert awake(run, THREE.deployments, {1: "asked"}) == [2]
    assert awake(run, THREE.deployments, (1, 2)) == []


def test_a_vendor_that_asked_to_be_left_alone_rests_without_being_broken() -> None:
    walk = a_walk(THREE)
    beta = THREE.deployments[1]
    hold(walk, "beta/large", 4.0)
    run = a_run(walk)

    assert (rests_s(run, beta), broken_s(run, beta)) == (4.0, 0.0)
    assert awake(run, THREE.deployments) == [0, 2]


def test_the_only_deployment_of_a_lane_rests_only_where_nothing_went_well() -> None:
    walk = a_walk(ONE)
    alpha = ONE.deployments[0]
    walk.breaker.note(ONE, alpha, walk.breaker.enter(ONE, alpha), None)
    trip(walk, ONE, "alpha/small")
    assert broken_s(a_run(walk), alpha) == 0.0

    faster_below = lane("standard", "alpha/small", degrade_to="fast")
    other = a_walk(faster_below)
    other.breaker.note(faster_below, alpha, other.breaker.enter(faster_below, alpha), None)
    trip(other, faster_below, "alpha/small")
    assert broken_s(a_run(other), alpha) > 0
