"""How lanes and deployments stand right now: what `/ready` says of them, and what an operator sees and can undo."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec
import structlog

from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import Deployment, Lane
from lanewise.core.protocols.breaker import BreakerState
from lanewise.core.protocols.pace import PaceState
from lanewise.pipeline.gateway import Gateway

_log = structlog.get_logger()


class NotInPolicy(InvalidRequest):
    """The policy in force has no such lane or deployment."""

    status = 404


def lanes_that_rest(gateway: Gateway) -> list[str]:
    """Lanes of which no deployment may be asked now: their requests go to a faster lane, wait, or fail."""
    return [
        lane.name
        for lane in gateway.policy.lanes.values()
        if all(_rests(gateway, lane, each) for each in lane.deployments)
    ]


def _rests(gateway: Gateway, lane: Lane, deployment: Deployment) -> bool:
    alone = lane.degrade_to is None and len(lane.deployments) == 1  # as the walk asks
    breaker, pace = gateway.parts.breaker, gateway.parts.pace
    return breaker.rests_s(lane, deployment, alone=alone) > 0 or pace.rests_s(deployment, alone=alone) > 0


def troubles(gateway: Gateway) -> dict[str, Any]:
    """What is out of the ordinary: breakers that are not closed, deployments on hold, lanes that cannot answer by themselves."""
    known, parts = gateway.policy.deployments, gateway.parts
    return {
        "breakers": [
            {
                "lane": each.lane,
                "deployment": each.deployment,
                "position": each.position,
                "retry_after_s": round(each.retry_after_s, 1),
            }
            for each in parts.breaker.states()
            if each.position != "closed" and each.deployment in known
        ],
        "held": [
            {"deployment": each.deployment, "held_s": round(each.held_s, 1)}
            for each in parts.pace.states()
            if each.held_s > 0 and each.deployment in known
        ],
        "degraded": lanes_that_rest(gateway),
    }


def deployments(gateway: Gateway) -> list[dict[str, Any]]:
    """Every deployment of the policy: its pace, and in each lane its breaker and how long it usually takes there."""
    policy, parts = gateway.policy, gateway.parts
    paces = {each.deployment: each for each in parts.pace.states()}
    breakers = {(each.lane, each.deployment): each for each in parts.breaker.states()}
    lanes: defaultdict[str, list[str]] = defaultdict(list)
    for lane in policy.lanes.values():
        for each in lane.deployments:
            lanes[each.name].append(lane.name)
    for lane_name, name in breakers:  # calls outside the policy's lanes: pinned models, our own small questions
        if lane_name not in lanes[name]:
            lanes[name].append(lane_name)
    return [
        _plain_pace(name, paces.get(name))
        | {"lanes": [_in_lane(gateway, lane, name, breakers.get((lane, name))) for lane in lanes[name]]}
        for name in policy.deployments
    ]


def wake(gateway: Gateway, *, lane: str | None, deployment: str | None) -> dict[str, Any]:
    """Close breakers and lift holds, all of them or those of a lane or deployment; what was changed. Raises NotInPolicy.

    A hold is of a deployment, whatever lane asks it: with a lane, those of its deployments are lifted.
    """
    policy, parts = gateway.policy, gateway.parts
    if lane is not None and lane not in policy.lanes:
        raise NotInPolicy(f"There is no lane {lane!r}; there are {', '.join(policy.lanes)}", param="lane")
    if deployment is not None and deployment not in policy.deployments:
        there = ", ".join(policy.deployments)
        raise NotInPolicy(f"There is no deployment {deployment!r}; there are {there}", param="deployment")
    of_lane = None if lane is None else {each.name for each in policy.lanes[lane].deployments}
    closed = [
        {"lane": each.lane, "deployment": each.deployment}
        for each in parts.breaker.states()
        if lane in (None, each.lane)
        and deployment in (None, each.deployment)
        and parts.breaker.wake(each.lane, each.deployment)
    ]
    lifted = [
        each.deployment
        for each in parts.pace.states()
        if deployment in (None, each.deployment)
        and (of_lane is None or each.deployment in of_lane)
        and parts.pace.wake(each.deployment)
    ]
    _log.info("woken by an operator", closed=closed, lifted=lifted)
    return {"closed": closed, "lifted": lifted}


def _plain_pace(name: str, pace: PaceState | None) -> dict[str, Any]:
    pace = pace or PaceState(deployment=name, running=0, limit=None, held_s=0.0)
    plain: dict[str, Any] = msgspec.to_builtins(pace)
    return plain


def _in_lane(gateway: Gateway, lane: str, name: str, breaker: BreakerState | None) -> dict[str, Any]:
    state = breaker or BreakerState(
        lane=lane, deployment=name, position="closed", calls=0, failed=0, opens_in_all=0, open_s=0.0, retry_after_s=0.0
    )
    plain: dict[str, Any] = msgspec.to_builtins(state)
    del plain["deployment"]
    timing = gateway.parts.history.deployment(lane, name)
    return plain | {"timing": None if timing is None else msgspec.to_builtins(timing)}
