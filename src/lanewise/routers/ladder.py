"""The composite of all routers: the first that decides wins, and the default lane is always there."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from lanewise.core.errors import UnknownModel
from lanewise.core.plan import Plan, Rung
from lanewise.core.policy import Policy
from lanewise.core.protocols.router import Router
from lanewise.core.request import Caller, Request


class LadderRouter:
    """Asks routers in order, then takes the default lane; writes down what the decision was made from."""

    def __init__(self, routers: Sequence[Router]) -> None:
        self._routers = tuple(routers)

    def route(self, request: Request, caller: Caller, policy: Policy) -> Plan:
        """A plan, always. Raises UnknownModel where the caller names something that is not there."""
        for router in self._routers:
            plan = router.route(request, caller, policy)
            if plan is not None:
                return structs.replace(plan, features=features(request))
        lane = policy.lanes.get(policy.routing.default)
        if lane is None:
            raise UnknownModel(f"The default lane {policy.routing.default!r} does not exist", param="model")
        return Plan(rungs=(Rung(lane=lane),), reason="default", features=features(request))


def features(request: Request) -> dict[str, str | int | bool]:
    """What routing saw of a request: recorded with the decision, so that it can be judged and replayed."""
    seen: dict[str, str | int | bool] = {
        "model": request.model,
        "input_chars": request.input_chars,
        "stream": request.stream,
        "tools": request.has_tools,
        "images": request.has_images,
    }
    if request.response_format is not None:
        seen["response_format"] = request.response_format
    if request.hints.task is not None:
        seen["task"] = request.hints.task
    return seen
