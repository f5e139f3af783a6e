"""How deployments stand, over real breakers and paces: what is out of the ordinary, and how an operator undoes it."""

from __future__ import annotations

import msgspec
import pytest

from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import BreakerPolicy, Lane
from lanewise.server import standing
from lanewise.server.standing import NotInPolicy
from stores.samples import a_call, a_record, a_trace
from walking import Walk, deployment, lane, policy

QUICK = BreakerPolicy(min_calls=2, open_s=30.0)
STANDARD = lane("standard", "alpha/small", "beta/small", breaker=QUICK)
REASONING = lane("reasoning", "alpha/large", breaker=QUICK, degrade_to="standard")
DOWN = Failure(kind=FailureKind.SERVER_ERROR, message="down")
BUSY = Failure(kind=FailureKind.RATE_LIMITED, message="busy", retry_after_s=20.0)


@pytest.fixture
def walk() -> Walk:
    return Walk(policy(STANDARD, REASONING), {})


def fail(walk: Walk, of: Lane, name: str) -> None:
    """Enough failures for its breaker to open."""
    for _ in range(2):
        walk.breaker.note(of, deployment(name), walk.breaker.enter(of, deployment(name)), DOWN)


def hold(walk: Walk, name: str) -> None:
    """Its vendor asks to be left alone for 20 seconds."""
    walk.pace.end(deployment(name), walk.pace.begin(deployment(name)), BUSY, None)


def test_where_all_is_well_there_is_nothing_to_say(walk: Walk) -> None:
    assert standing.troubles(walk.gateway) == {"breakers": [], "held": [], "degraded": []}


def test_a_lane_with_a_deployment_that_can_be_asked_is_not_degraded(walk: Walk) -> None:
    fail(walk, STANDARD, "alpha/small")
    assert standing.troubles(walk.gateway) == {
        "breakers": [{"lane": "standard", "deployment": "alpha/small", "position": "open", "retry_after_s": 30.0}],
        "held": [],
        "degraded": [],
    }


def test_a_lane_all_of_whose_deployments_rest_for_either_reason_is(walk: Walk) -> None:
    fail(walk, STANDARD, "alpha/small")
    hold(walk, "beta/small")
    told = standing.troubles(walk.gateway)
    assert told["held"] == [{"deployment": "beta/small", "held_s": 20.0}]
    assert told["degraded"] == ["standard"]


def test_a_breaker_that_may_be_tried_again_is_half_open_and_its_lane_not_degraded(walk: Walk) -> None:
    fail(walk, REASONING, "alpha/large")
    assert standing.lanes_that_rest(walk.gateway) == ["reasoning"]
    walk.clock.time_s += 30
    told = standing.troubles(walk.gateway)
    assert [each["position"] for each in told["breakers"]] == ["half_open"]
    assert told["degraded"] == []


def test_what_the_policy_does_not_have_any_more_is_not_spoken_of(walk: Walk) -> None:
    gone = lane("old", "gamma/large", breaker=QUICK)
    fail(walk, gone, "gamma/large")
    hold(walk, "gamma/large")
    assert standing.troubles(walk.gateway) == {"breakers": [], "held": [], "degraded": []}
    assert "gamma/large" not in {each["deployment"] for each in standing.deployments(walk.gateway)}


def test_every_deployment_is_told_with_its_pace_its_breakers_and_its_times(walk: Walk) -> None:
    fail(walk, REASONING, "alpha/large")
    walk.pace.begin(deployment("alpha/large"))
    usual = a_call(lane="reasoning", deployment="alpha/large", latency_us=2_000_000)
    for number in range(30):
        walk.history.observe(a_record(f"run_{number}", trace=a_trace(usual)))

    told = {each["deployment"]: each for each in standing.deployments(walk.gateway)}

    assert list(told) == ["alpha/small", "beta/small", "alpha/large"]
    (quiet,) = told["beta/small"].pop("lanes")
    assert told["beta/small"] == {"deployment": "beta/small", "running": 0, "limit": None, "held_s": 0.0}
    assert (quiet["lane"], quiet["position"], quiet["calls"], quiet["timing"]) == ("standard", "closed", 0, None)
    large = told["alpha/large"]
    (broken,) = large["lanes"]
    assert large["running"] == 1
    assert (broken["position"], broken["failed"], broken["opens_in_all"]) == ("open", 2, 1)
    assert broken["timing"]["p50_s"] == pytest.approx(2.0, rel=0.1)
    assert msgspec.json.encode(list(told.values()))


def test_breakers_outside_the_lanes_of_the_policy_are_told_with_their_deployment(walk: Walk) -> None:
    fail(walk, lane("classify", "alpha/small", breaker=QUICK), "alpha/small")
    (small,) = (each for each in standing.deployments(walk.gateway) if each["deployment"] == "alpha/small")
    assert {each["lane"]: each["position"] for each in small["lanes"]} == {"standard": "closed", "classify": "open"}


def test_everything_is_woken_where_nothing_else_is_said(walk: Walk) -> None:
    fail(walk, REASONING, "alpha/large")
    fail(walk, STANDARD, "alpha/small")
    hold(walk, "beta/small")
    assert standing.wake(walk.gateway, lane=None, deployment=None) == {
        "closed": [
            {"lane": "reasoning", "deployment": "alpha/large"},
            {"lane": "standard", "deployment": "alpha/small"},
        ],
        "lifted": ["beta/small"],
    }
    assert standing.troubles(walk.gateway) == {"breakers": [], "held": [], "degraded": []}
    assert standing.wake(walk.gateway, lane=None, deployment=None) == {"closed": [], "lifted": []}


def test_one_lane_or_deployment_is_woken_and_the_others_rest_on(walk: Walk) -> None:
    fail(walk, REASONING, "alpha/large")
    fail(walk, STANDARD, "alpha/small")
    hold(walk, "alpha/large")
    hold(walk, "beta/small")

    by_lane = standing.wake(walk.gateway, lane="standard", deployment=None)
    assert by_lane == {"closed": [{"lane": "standard", "deployment": "alpha/small"}], "lifted": ["beta/small"]}
    assert standing.lanes_that_rest(walk.gateway) == ["reasoning"]

    by_name = standing.wake(walk.gateway, lane=None, deployment="alpha/large")
    assert by_name == {"closed": [{"lane": "reasoning", "deployment": "alpha/large"}], "lifted": ["alpha/large"]}


@pytest.mark.parametrize(
    ("lane_name", "name", "says"),
    [
        ("fast", None, "no lane 'fast'; there are standard, reasoning"),
        (None, "alpha/larg", "no deployment 'alpha/larg'; there are alpha/small, beta/small, alpha/large"),
    ],
)
def test_a_slip_of_the_pen_is_told_with_what_there_is(
    walk: Walk, lane_name: str | None, name: str | None, says: str
) -> None:
    with pytest.raises(NotInPolicy, match=says):
        standing.wake(walk.gateway, lane=lane_name, deployment=name)
