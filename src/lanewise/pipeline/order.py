"""In which order a lane's deployments are asked, and which of them rest."""

from __future__ import annotations

from collections.abc import Container

from lanewise.core.policy import Deployment, Lane
from lanewise.pipeline.run import Run


def in_order(run: Run) -> tuple[Deployment, ...]:
    """The lane's deployments, the one to ask first in front.

    A switch made in this run stays; then the deployment that answered this conversation's earlier turns; by weights then where its
    prefix is at home, else a draw; else the order of the policy.
    """
    lane, deployments = run.lane, run.lane.deployments
    if len(deployments) == 1:
        return deployments
    first = run.switched.get(lane.name) or run.parts.affinity.last(run.request, run.caller, lane.name)
    place = next((place for place, each in enumerate(deployments) if each.name == first), None) if first else None
    if place is None and lane.weights:
        place = run.parts.affinity.begin(run.request, lane, run.parts.random)
    return (deployments[place], *deployments[:place], *deployments[place + 1 :]) if place else deployments


def awake(run: Run, deployments: tuple[Deployment, ...], passed: Container[int] = ()) -> list[int]:
    """The places of those that may be asked now, those `passed` over left out."""
    lane, breaker, pace = run.lane, run.parts.breaker, run.parts.pace
    alone = _alone(lane)
    places = []
    for place, deployment in enumerate(deployments):
        if place in passed or breaker.rests_s(lane, deployment, alone=alone):
            continue
        if not pace.rests_s(deployment, alone=alone):
            places.append(place)
    return places


def rests_s(run: Run, deployment: Deployment) -> float:
    """Seconds for which a deployment is to be left alone; 0 where it may be asked."""
    return broken_s(run, deployment) or run.parts.pace.rests_s(deployment, alone=_alone(run.lane))


def broken_s(run: Run, deployment: Deployment) -> float:
    """Seconds for which its breaker keeps callers away: that long it is no use to wait for it."""
    return run.parts.breaker.rests_s(run.lane, deployment, alone=_alone(run.lane))


def _alone(lane: Lane) -> bool:
    return lane.degrade_to is None and len(lane.deployments) == 1
