from __future__ import annotations

from dataclasses import replace

import pytest

from lanewise.config.outages import Outage, outages
from lanewise.core.failure import FailureKind
from lanewise.core.policy import Policy, Waiting
from lanewise.core.request import Hints
from lanewise.server.outcome import degraded_header
from walking import CALLER, Walk, answers, fails, lane, policy, request

#: Three vendors: a lane that can lose any one, one that gives way to it, one behind that, and one that stands alone.
POLICY = policy(
    lane("standard", "a/m", "b/m"),
    lane("low", "b/think", degrade_to="standard"),
    lane("high", "a/deep", "c/deep", degrade_to="low"),
    lane("alone", "c/own"),
)


def found(of: Policy) -> dict[tuple[str, str, str], Outage]:
    return {(each.kind, each.down, each.lane): each for each in outages(of)}


def test_another_deployment_answers_and_says_so() -> None:
    gone = found(POLICY)["vendor", "a", "standard"]
    assert gone.answers == "b/m"
    assert gone.marked == "outcome `fallback`, header X-Lanewise-Degraded: fallback: ...; from=a/m; to=b/m"
    spare = found(POLICY)["vendor", "b", "standard"]
    assert (spare.answers, spare.marked) == ("a/m, as before, with fewer behind it", "not marked: nothing changes")


def test_a_lane_with_nobody_left_gives_way_and_every_step_down_is_marked() -> None:
    one_down = found(POLICY)["vendor", "b", "low"]
    assert one_down.answers == "a/m, in the lane standard"
    assert one_down.marked.endswith("header X-Lanewise-Degraded: degraded: ...; from=low; to=standard")
    all_down = found(POLICY)["lane", "high", "high"]
    assert all_down.answers == "b/think, in the lane low"
    both = found(replace(POLICY, lanes=POLICY.lanes | {"high": lane("high", "b/deep", "a/deep", degrade_to="low")}))
    assert both["lane", "high", "high"].answers.startswith("nobody: 503 with Retry-After")


def test_down_to_the_second_deployment_of_another_lane() -> None:
    of = policy(lane("standard", "a/m", "b/m"), lane("high", "a/deep", degrade_to="standard"))
    gone = found(of)["vendor", "a", "high"]
    assert gone.answers == "b/m, in the lane standard"
    assert gone.marked.endswith("degraded: ...; from=high; to=standard, fallback: ...; from=a/m; to=b/m")


def test_where_nobody_is_left_those_who_can_wait_wait() -> None:
    gone = found(POLICY)["vendor", "c", "alone"]
    assert gone.answers.endswith("; who can wait is kept up to 1m, 100 requests at a time")
    assert gone.marked.startswith("outcome `failure`")
    nobody_waits = replace(POLICY, waiting=Waiting(places=0))
    assert "who can wait" not in found(nobody_waits)["vendor", "c", "alone"].answers


def test_weights_say_whose_requests_are_marked() -> None:
    of = policy(lane("standard", "a/m", "b/m", "c/m", weights=(1.0, 3.0, 0.0)))
    assert found(of)["vendor", "b", "standard"].answers == "a/m, for the 75% that b/m has else"
    assert found(of)["vendor", "b", "standard"].marked.endswith("fallback: ...; from=b/m; to=a/m")
    assert found(of)["vendor", "a", "standard"].answers == "b/m, for the 25% that a/m has else"
    assert found(of)["vendor", "c", "standard"].answers == "as before: none of it is asked first"


def test_each_vendor_is_told_of_for_the_lanes_that_have_it_and_the_store_once() -> None:
    kinds = [(each.kind, each.down, each.lane) for each in outages(POLICY)]
    assert len(kinds) == len(set(kinds)) == 2 + 2 + 2 + 4 + 1
    assert kinds[-1] == ("store", "the store", "")


@pytest.mark.parametrize("outage", outages(POLICY)[:-1], ids=lambda each: f"{each.kind} {each.down}: {each.lane}")
async def test_the_pipeline_does_as_it_is_told_here(outage: Outage) -> None:
    vendors = {each.provider.name for each in POLICY.lanes[outage.lane].deployments}
    down = vendors if outage.kind == "lane" else {outage.down}
    scripts = {
        each.name: [fails(FailureKind.VENDOR_ACCESS) if each.provider.name in down else answers()]
        for each in POLICY.deployments.values()
    }
    walk = Walk(POLICY, scripts)
    answer = await walk.gateway.answer(request(hints=Hints(lane=outage.lane)), CALLER, walk.emit)
    record = answer.record
    if outage.answers.startswith("nobody"):
        assert record.outcome == "failure"
        return
    assert outage.answers.startswith(record.deployment)
    assert ("not marked" in outage.marked) == (record.outcome == "success")
    told = degraded_header(record.trace.degraded).decode().replace(f": {FailureKind.VENDOR_ACCESS};", ": ...;")
    shown = outage.marked.partition("X-Lanewise-Degraded: ")[2]
    assert all(mark in told for mark in shown.split(", "))


def test_redis_can_be_down_where_limits_are_shared_on_it_and_nobody_is_turned_away() -> None:
    *others, redis = outages(POLICY, shares_limits=True)
    assert tuple(others) == outages(POLICY)
    assert (redis.kind, redis.lane) == ("redis", "")
    assert "everybody" in redis.answers
    assert "alone" in redis.marked
