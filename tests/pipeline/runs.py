"""Runs at their begin, for the steps that are tested by themselves, and what came of them."""

from __future__ import annotations

from typing import Any

from lanewise.core.events import Deltas
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.plan import Plan, Rung
from lanewise.core.policy import Lane, Policy
from lanewise.core.request import Request
from lanewise.pipeline.run import Run
from stores.samples import a_call, a_record, a_trace
from virtual_time import LoopClock
from walking import CALLER, Script, Walk, answers, lane, policy, request

ONE = lane("standard", "alpha/small")
TWO = lane("standard", "alpha/small", "beta/large")
THREE = lane("standard", "alpha/small", "beta/large", "gamma/other")


def a_walk(of: Lane = ONE, scripts: dict[str, list[Script]] | None = None, **settings: Any) -> Walk:
    """A gateway over one lane, whose deployments answer where nothing else is said."""
    return _walk((of,), scripts, None, settings)


def a_timed_walk(*lanes: Lane, scripts: dict[str, list[Script]] | None = None, **settings: Any) -> Walk:
    """A gateway whose clock is the running loop's."""
    return _walk(lanes or (ONE,), scripts, LoopClock(), settings)


def _walk(
    lanes: tuple[Lane, ...], scripts: dict[str, list[Script]] | None, clock: LoopClock | None, settings: Any
) -> Walk:
    made: Policy = policy(*lanes, **settings)
    everybody: dict[str, list[Script]] = {each.name: [answers()] for of in lanes for each in of.deployments}
    return Walk(made, everybody | (scripts or {}), clock=clock)


def a_run(walk: Walk | None = None, asked: Request | None = None, **plan: Any) -> Run:
    """A run that has been routed to the first lane and has asked nobody yet."""
    walk = walk or a_walk()
    run = unrouted(walk, asked)
    rung = Rung(lane=next(iter(run.policy.lanes.values())))
    run.follow(Plan(rungs=(rung,), **({"reason": "default"} | plan)))
    return run


def unrouted(walk: Walk, asked: Request | None = None) -> Run:
    """A run whose router is still at work."""
    of, parts = walk.gateway.policy, walk.gateway.parts
    tenant = of.tenant(CALLER.tenant)
    return Run(request=asked or request(), caller=CALLER, tenant=tenant, policy=of, parts=parts, emit=walk.emit)


def trip(walk: Walk, of: Lane, *names: str) -> None:
    """Open the breakers of these deployments."""
    down = Failure(kind=FailureKind.OVERLOADED, message="down")
    for each in of.deployments:
        if each.name in names:
            for _ in range(of.breaker.min_calls):
                walk.breaker.note(of, each, walk.breaker.enter(of, each), down)


def hold(walk: Walk, name: str, for_s: float) -> None:
    """Let a vendor ask to be left alone for a while."""
    of = walk.gateway.policy.deployments[name]
    busy = Failure(kind=FailureKind.RATE_LIMITED, message="busy", retry_after_s=for_s)
    walk.pace.end(of, walk.pace.begin(of), busy, None)


def usually(
    walk: Walk, of: str, *, takes_s: float, begins_s: float | None = None, deployment: str = "alpha/small"
) -> None:
    """Let the history know how long a deployment of a lane takes."""
    first_us = None if begins_s is None else int(begins_s * 1e6)
    call = a_call(lane=of, deployment=deployment, latency_us=int(takes_s * 1e6), first_token_us=first_us)
    for number in range(30):
        walk.history.observe(a_record(f"run_{number}", stream=begins_s is not None, trace=a_trace(call)))


def shown(walk: Walk) -> str:
    """Everything the caller saw of a stream, in order."""
    return "".join(delta.raw.decode() for event in walk.events if isinstance(event, Deltas) for delta in event.deltas)


def spent_nanousd(walk: Walk) -> int:
    """What the budget holds the tenant to have spent or set aside."""
    tenant = walk.gateway.policy.tenant(CALLER.tenant)
    assert tenant.daily_cap_nanousd is not None
    return sum(each.amount - each.left for each in walk.budget.standings() if each.cap.limit == "tenant.daily")
