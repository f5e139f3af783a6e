"""A request's tokens, counted before it is put: within the tenant's limits, but no run, since nothing is answered and nothing paid."""

from __future__ import annotations

from msgspec import structs

from lanewise.core.bounds import bounds_of
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import Lane
from lanewise.core.protocols.counting import Counted, TokenCounter
from lanewise.core.protocols.router import Question
from lanewise.core.request import Caller, Request
from lanewise.pipeline.admit import admit
from lanewise.pipeline.bounding import within
from lanewise.pipeline.gateway import Gateway

#: The caller's own fault, which it must hear of: the same request would be refused when it is put.
_TOLD = frozenset({FailureKind.BAD_REQUEST, FailureKind.CONTENT_FILTER})


async def count_tokens(gateway: Gateway, counter: TokenCounter, request: Request, caller: Caller) -> Counted | Failure:
    """The tokens as the lane's first deployment counts them that can be asked; estimated where none of them says.

    Raises LimitReached, Unavailable, UnknownModel, InvalidRequest, NotAllowed.
    """
    policy, parts = gateway.policy, gateway.parts
    place = await admit(structs.replace(request, input_chars=0, choices=0), caller, policy, parts)
    try:
        plan = await parts.router.route(request, caller, policy, _ask_nobody)
        assert plan is not None, "the last router of the ladder always decides"
        bounds = bounds_of(policy, place.entrant.tenant, caller)
        if bounds:
            plan, _ = within(plan, bounds, policy)
        return await _count(gateway, counter, request, plan.rungs[0].lane)
    finally:
        parts.limiter.leave(place, 0)


async def _count(gateway: Gateway, counter: TokenCounter, request: Request, lane: Lane) -> Counted | Failure:
    """Ask one deployment after the other; whoever answers in the end may count otherwise, which no count can know."""
    breaker, alone = gateway.parts.breaker, len(lane.deployments) == 1
    for deployment in lane.deployments:
        if breaker.rests_s(lane, deployment, alone=alone) > 0:
            continue
        counted = await counter.count(request, deployment)
        if isinstance(counted, int):
            return Counted(input_tokens=counted)
        if counted is not None and counted.kind in _TOLD:
            return counted
    return Counted(input_tokens=counter.estimate(request), estimated=True)


async def _ask_nobody(question: Question) -> str | None:  # noqa: ARG001 - a router's own question costs money, and this is for nothing
    return None
