"""A request, a plan and its lanes, held to what their caller may use.

What a caller asks for by name and may not have is refused. What the router chose for it gives way to the nearest lane that it may use,
weaker before stronger, visibly. A lane that is bound to fewer deployments is the same lane with these alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from msgspec import structs

from lanewise.core.bounds import (
    Bounds,
    most_effort,
    not_allowed,
    refused_tool,
    why_refused,
    why_too_hard,
)
from lanewise.core.conversation import Conversation
from lanewise.core.errors import InvalidRequest
from lanewise.core.events import Degraded
from lanewise.core.plan import HUMAN, Plan, Rung
from lanewise.core.policy import Deployment, Effort, Lane, Policy
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Request
from lanewise.pipeline.parts import Parts
from lanewise.wire.thinking import level_of_budget, wish_of

#: Reasons of plans that somebody asked for by name, and of vectors, for which no other lane would do either.
_BY_NAME = frozenset({"caller", "model", "pin", "embeddings"})
_VENDOR_TOOLS = "of a vendor"
_TAKEN_FOR_GRANTED: Effort = "medium"  # by vendors, where nobody says how hard to think


def hold(request: Request, bounds: Bounds, parts: Parts) -> None:
    """Raises NotAllowed where a request itself asks for more than its caller may use: harder thinking, tools."""
    why = why_too_hard(_effort(request.effort, request.thinking_budget_tokens), bounds)
    if why is not None:
        raise not_allowed(why, param="reasoning_effort")
    if request.has_tools and any(bound.tools is not None for bound in bounds):
        why = refused_tool(_tools(request, parts), bounds)
        if why is not None:
            raise not_allowed(why, param="tools")


def within(plan: Plan, bounds: Bounds, policy: Policy) -> tuple[Plan, Degraded | None]:
    """The plan with what may be used of it, and what had to give way. Raises NotAllowed where nothing is left."""
    first, *later = plan.rungs
    lane, degraded = first.lane, None
    here = bounded(lane, bounds, policy)
    if here is None:
        why = why_outside(lane, bounds, policy) or ""
        here = _instead(plan, bounds, policy)
        if here is None:
            raise not_allowed(why, param="model")
        if here.name != lane.name:
            degraded = Degraded(reason=f"not allowed: {why}", from_=lane.name, to=here.name, lane=here.name)
    rungs = [structs.replace(first, lane=here), *_above(later, here, bounds, policy)]
    return structs.replace(plan, rungs=tuple(rungs)), degraded


def bounded(lane: Lane, bounds: Bounds, policy: Policy) -> Lane | None:
    """The lane with what may be asked of it; None where that is nobody."""
    if why_outside(lane, bounds, policy) is not None:
        return None
    places = [place for place, each in enumerate(lane.deployments) if why_refused(each, bounds) is None]
    if len(places) == len(lane.deployments):
        return lane
    weights = tuple(lane.weights[place] for place in places) if lane.weights else ()
    deployments = tuple(lane.deployments[place] for place in places)
    return dataclasses.replace(lane, deployments=deployments, weights=weights if any(weights) else ())


def why_outside(lane: Lane, bounds: Bounds, policy: Policy) -> str | None:
    """Why nobody of a lane may be asked; None where somebody may.

    A lane that was made up for one model is within lanes where a bound names its model.
    """
    for bound in bounds:
        if lane.name in policy.lanes or bound.deployments is None:
            refused = bound.lane_refused(lane.name)
            if refused is not None:
                return refused
    too_hard = why_too_hard(_effort(lane.effort, lane.thinking_budget_tokens), bounds)
    if too_hard is not None:
        return too_hard
    refusals = [why_refused(each, bounds) for each in lane.deployments]
    return refusals[0] if refusals and all(refusals) else None


def faster_lane(lane: Lane, bounds: Bounds, policy: Policy) -> Lane | None:
    """The lane that answers instead of this one: the first on its way down that may be used."""
    name = lane.degrade_to
    while name is not None:
        following = policy.lanes[name]
        here = bounded(following, bounds, policy)
        if here is not None:
            return here
        name = following.degrade_to
    return None


def effort_within(deployment: Deployment, wished: str | None, bounds: Bounds) -> Effort | None:
    """The effort to send where nobody says one, and the model would by itself think harder than is allowed; else None."""
    most = most_effort(bounds)
    facts = deployment.facts
    thinks = facts.thinking == "effort" or facts.thinking_always
    if most is None or wished is not None or not thinks or why_too_hard(_TAKEN_FOR_GRANTED, bounds) is None:
        return None
    return most


def why_not_called(call: Call, lane: Lane, bounds: Bounds, policy: Policy) -> str | None:
    """Why this call may not be made, whoever wants it; None where it may. Asked last of all, just before the call."""
    wish = wish_of(call)
    if lane.name in policy.lanes:
        for bound in bounds:
            refused = bound.lane_refused(lane.name)
            if refused is not None:
                return refused
    return why_refused(call.deployment, bounds) or why_too_hard(_effort(wish.effort, wish.budget_tokens), bounds)


def _instead(plan: Plan, bounds: Bounds, policy: Policy) -> Lane | None:
    """What may be used in the place of a plan's first lane."""
    lane = plan.rungs[0].lane
    if plan.reason == "pin":
        whole = plan.features.get("model") in policy.deployments  # it was asked for with its provider
        return None if whole else _same_model(lane, bounds, policy)
    if plan.reason in _BY_NAME:
        return None
    for other in _nearest(lane, policy):
        here = bounded(other, bounds, policy)
        if here is not None:
            return here
    return None


def _same_model(lane: Lane, bounds: Bounds, policy: Policy) -> Lane | None:
    """Another lane's deployments of the model that was asked for."""
    models = {each.model for each in lane.deployments}
    for other in policy.lanes.values():
        same = tuple(each for each in other.deployments if each.model in models)
        here = bounded(dataclasses.replace(other, deployments=same, weights=(), degrade_to=None), bounds, policy)
        if same and here is not None:
            return here
    return None


def _nearest(lane: Lane, policy: Policy) -> Iterator[Lane]:
    """Lanes that answer, the nearest weaker ones first, then the stronger ones: the file has the weakest first."""
    lanes = [each for each in policy.lanes.values() if not all(one.facts.embeddings for one in each.deployments)]
    names = [each.name for each in lanes]
    place = names.index(lane.name) if lane.name in names else 0
    yield from reversed(lanes[:place])
    yield from lanes[place + 1 :]


def _above(rungs: list[Rung], first: Lane, bounds: Bounds, policy: Policy) -> Iterator[Rung]:
    """The rungs to climb to that may be used; a person may always decide."""
    for rung in rungs:
        here = rung.lane if rung.lane.name == HUMAN else bounded(rung.lane, bounds, policy)
        if here is not None and here.name != first.name:
            yield structs.replace(rung, lane=here)


def _tools(request: Request, parts: Parts) -> Iterator[str]:
    """The names of the tools that are offered; what cannot be read has a name that no plan has."""
    if request.vendor_tools:
        yield _VENDOR_TOOLS
    try:
        conversation: Conversation | None = parts.read(request)
    except InvalidRequest:
        conversation = None
    if conversation is None or not (conversation.tools or request.vendor_tools):
        yield "that only its vendor can read"
    else:
        yield from (tool.name for tool in conversation.tools)


def _effort(effort: str | None, budget_tokens: int | None) -> str | None:
    """How hard somebody wants it to be thought, as a level."""
    if budget_tokens is not None:
        return level_of_budget(budget_tokens)
    return effort
