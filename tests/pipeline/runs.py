"""Runs at their begin, for the steps that are tested by themselves."""

from __future__ import annotations

from typing import Any

from lanewise.core.plan import Plan, Rung
from lanewise.core.policy import Lane, Policy
from lanewise.core.request import Request
from lanewise.pipeline.run import Run
from walking import CALLER, Script, Walk, answers, lane, policy, request

ONE = lane("standard", "alpha/small")
TWO = lane("standard", "alpha/small", "beta/large")


def a_walk(of: Lane = ONE, scripts: dict[str, list[Script]] | None = None, **settings: Any) -> Walk:
    """A gateway over one lane, whose deployments answer where nothing else is said."""
    made: Policy = policy(of, **settings)
    return Walk(made, {each.name: [answers()] for each in of.deployments} | (scripts or {}))


def a_run(walk: Walk | None = None, asked: Request | None = None) -> Run:
    """A run that has been routed and has asked nobody yet."""
    walk = walk or a_walk()
    gateway = walk.gateway
    plan = Plan(rungs=(Rung(lane=next(iter(gateway.policy.lanes.values()))),), reason="default")
    return Run(
        request=asked or request(),
        caller=CALLER,
        policy=gateway.policy,
        plan=plan,
        parts=gateway.parts,
        emit=walk.emit,
    )
