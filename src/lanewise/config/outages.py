"""Who answers while something is down, and how that is marked: the way of the pipeline through a policy, without a request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from lanewise.config.quantities import format_duration
from lanewise.core.plurals import counted
from lanewise.core.policy import Deployment, Lane, Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class Outage:
    """What happens while something is down: who answers instead, and how an answer is marked."""

    kind: Literal["vendor", "lane", "store", "redis"]
    down: str
    lane: str  # whose requests are meant; empty for all
    answers: str
    marked: str


class _Outcome(NamedTuple):
    answers: str
    marked: str


_NOBODY = "nobody: 503 with Retry-After (429 where the vendor limits rates, 504 where it is silent)"
_AS_FAILURE = "outcome `failure`; the error says which deployment failed and why"
_UNMARKED = "not marked: nothing changes"
_STORE_DOWN = Outage(
    kind="store",
    down="the store",
    lane="",
    answers="nobody: new requests get 503; answers in flight are given once their row is in the local spool. Where gateways share it, "
    "further calls for them are made from what is leased of caps, for a few seconds, then refused with 503 `budget_unknown`",
    marked="/ready fails and names the store; the spool is written to the store when it is back",
)


_REDIS_DOWN = Outage(
    kind="redis",
    down="redis",
    lane="",
    answers="everybody, as before: each process holds every rate and concurrency divided by the processes there were",
    marked="X-Lanewise-Limits and `lanewise.limits` say `alone`, as do the log and lanewise_limits_alone; limits are shared again when it "
    "is back",
)


def outages(policy: Policy, *, shares_limits: bool = False) -> tuple[Outage, ...]:
    """Each vendor's outage for each lane that has it, each lane's with all its vendors, the store's, and Redis's where it shares limits."""
    return (*_vendors(policy), *_lanes(policy), _STORE_DOWN, *([_REDIS_DOWN] if shares_limits else []))


def _vendors(policy: Policy) -> Iterator[Outage]:
    lanes = policy.lanes.values()
    for vendor in dict.fromkeys(each.provider.name for lane in lanes for each in lane.deployments):
        for lane in lanes:
            if any(each.provider.name == vendor for each in lane.deployments):
                found = _without(lane, frozenset({vendor}), policy)
                yield Outage(kind="vendor", down=vendor, lane=lane.name, answers=found.answers, marked=found.marked)


def _lanes(policy: Policy) -> Iterator[Outage]:
    for lane in policy.lanes.values():
        vendors = frozenset(each.provider.name for each in lane.deployments)
        found = _without(lane, vendors, policy)
        yield Outage(kind="lane", down=lane.name, lane=lane.name, answers=found.answers, marked=found.marked)


def _without(lane: Lane, down: frozenset[str], policy: Policy) -> _Outcome:
    """What becomes of a lane's requests: its own other deployments, else the lanes it degrades to, else the waiting room."""
    left = _left(lane, down)
    if left:
        return _elsewhere(lane, left)
    marks = []
    while lane.degrade_to is not None:
        marks.append(_mark("degraded", lane.name, lane.degrade_to))
        lane = policy.lanes[lane.degrade_to]
        left = _left(lane, down)
        if left:
            if left[0] is not lane.deployments[0]:
                marks.append(_mark("fallback", _before(lane, left[0]), left[0].name))
            return _Outcome(f"{left[0].name}, in the lane {lane.name}", _header(marks))
    return _Outcome(_NOBODY + _who_waits(policy), _AS_FAILURE)


def _left(lane: Lane, down: frozenset[str]) -> list[Deployment]:
    return [each for each in lane.deployments if each.provider.name not in down]


def _elsewhere(lane: Lane, left: list[Deployment]) -> _Outcome:
    """Another deployment of the same lane: for all requests, or for those that the weights send to one that is down."""
    first = left[0]
    if lane.weights:
        share = 1 - sum(
            weight for each, weight in zip(lane.deployments, lane.weights, strict=True) if each in left
        ) / sum(lane.weights)
        if share == 0:
            return _Outcome("as before: none of it is asked first", _UNMARKED)
        gone = " or ".join(each.name for each in lane.deployments if each not in left)
        return _Outcome(
            f"{first.name}, for the {share:.0%} that {gone} has else", _header([_mark("fallback", gone, first.name)])
        )
    if first is lane.deployments[0]:
        return _Outcome(f"{first.name}, as before, with fewer behind it", _UNMARKED)
    return _Outcome(first.name, _header([_mark("fallback", _before(lane, first), first.name)]))


def _before(lane: Lane, deployment: Deployment) -> str:
    return lane.deployments[lane.deployments.index(deployment) - 1].name


def _mark(word: str, from_: str, to: str) -> str:
    return f"{word}: ...; from={from_}; to={to}"


def _header(marks: list[str]) -> str:
    return f"outcome `fallback`, header X-Lanewise-Degraded: {', '.join(marks)}"


def _who_waits(policy: Policy) -> str:
    waiting = policy.waiting
    if waiting.places == 0:
        return ""
    return f"; who can wait is kept up to {format_duration(waiting.max_wait_s)}, {counted(waiting.places, 'request')} at a time"
