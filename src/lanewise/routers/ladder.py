"""The composite of all routers: the first that decides wins, and the default lane is always there."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from lanewise.core.errors import UnknownModel
from lanewise.core.plan import Plan, Rung
from lanewise.core.policy import Policy
from lanewise.core.protocols.history import History
from lanewise.core.protocols.router import Ask, Router
from lanewise.core.request import Caller, Request
from lanewise.routers import embeddings
from lanewise.routers.checks import Checks
from lanewise.routers.graded import GradeOf
from lanewise.routers.latency import LatencyFit, patience
from lanewise.routers.profiles import profile_of

#: Reasons of plans that somebody asked for by name (a lane, a model, or what the policy says this model's name means); for vectors
#: no other lane would do either.
_EXPLICIT = frozenset({"caller", "model", "pin", embeddings.REASON})


class LadderRouter:
    """Asks routers in order, then takes the default lane.

    Fits the lane to how long the caller waits, unless somebody named it; writes down what the decision was made from.
    """

    def __init__(self, routers: Sequence[Router], history: History, grade_of: GradeOf | None = None) -> None:
        self._routers = tuple(routers)
        self._latency = LatencyFit(history)
        self._checks = Checks(grade_of)

    async def route(self, request: Request, caller: Caller, policy: Policy, ask: Ask) -> Plan:
        """A plan, always. Raises UnknownModel or InvalidRequest where the caller names something that is not there."""
        for router in self._routers:
            plan = await router.route(request, caller, policy, ask)
            if plan is not None:
                break
        else:
            plan = _default(policy)
        if plan.reason not in _EXPLICIT:
            waits = patience(request, profile_of(request, caller, policy), policy)
            if waits is not None:
                plan = self._latency.fit(plan, waits, request, policy)
        plan = self._checks.weigh(plan, request, caller, policy, climbs=plan.reason not in _EXPLICIT)
        seen = features(request)
        if plan.features:
            seen |= plan.features
        return structs.replace(plan, features=seen, deadline_s=request.hints.deadline_s or plan.deadline_s)


def _default(policy: Policy) -> Plan:
    lane = policy.lanes.get(policy.routing.default)
    if lane is None:
        raise UnknownModel(f"The default lane {policy.routing.default!r} does not exist", param="model")
    return Plan(rungs=(Rung(lane=lane),), reason="default")


def features(request: Request) -> dict[str, str | int | bool]:
    """What routing saw of a request: recorded with the decision, so that it can be judged and replayed."""
    hints = request.hints
    seen: dict[str, str | int | bool] = {
        "model": request.model,
        "input_chars": request.input_chars,
        "stream": request.stream,
        "tools": request.has_tools,
        "images": request.has_images,
    }
    if request.response_format is not None:
        seen["response_format"] = request.response_format
    if hints.task is not None:
        seen["task"] = hints.task
    if hints.latency is not None:
        seen["latency"] = hints.latency
    return seen
