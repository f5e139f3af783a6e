"""What a caller names: a lane, a model, or nothing in particular."""

from __future__ import annotations

import dataclasses

from lanewise.core.errors import UnknownModel
from lanewise.core.plan import Plan, Rung
from lanewise.core.policy import Lane, ModelName, Policy
from lanewise.core.protocols.router import Ask
from lanewise.core.request import AUTO, Caller, Request

_PIN = ModelName(meaning="pin")


class NameRouter:
    """An explicit lane wins; then the policy's `models` says what the model name means; `auto` is left to the next router."""

    async def route(self, request: Request, caller: Caller, policy: Policy, ask: Ask) -> Plan | None:
        """Decide where the caller named a lane or a pinned model. Raises UnknownModel where nothing has that name."""
        if request.hints.lane is not None:
            return _to_lane(request.hints.lane, policy, reason="caller", named_by="lanewise.lane")
        if request.model.startswith("lane:"):
            return _to_lane(request.model.removeprefix("lane:"), policy, reason="caller")
        name = self._meaning(
            request.model, policy.tenants.get(caller.tenant, policy.default_tenant).models, policy.models
        )
        if name.meaning == "auto":
            return None
        if name.meaning == "lane" and name.lane is not None:
            return _to_lane(name.lane, policy, reason="model")
        return _pinned(request.model, policy)

    @staticmethod
    def _meaning(model: str, of_tenant: dict[str, ModelName], of_policy: dict[str, ModelName]) -> ModelName:
        for names in (of_tenant, of_policy):
            if model in names:
                return names[model]
        if model == AUTO:
            return ModelName(meaning="auto")
        return of_tenant.get("*") or of_policy.get("*") or _PIN


def _to_lane(lane: str, policy: Policy, *, reason: str, named_by: str = "model") -> Plan:
    if lane not in policy.lanes:
        which = "" if named_by == "model" else f", which X-Lanewise-Lane or `{named_by}` names"
        raise UnknownModel(f"There is no lane {lane!r}{which}. Lanes: {', '.join(policy.lanes)}", param=named_by)
    return Plan(rungs=(Rung(lane=policy.lanes[lane]),), reason=reason)


def _pinned(model: str, policy: Policy) -> Plan:
    """Only deployments of this model, in the first lane that has one."""
    for lane in policy.lanes.values():
        places = [place for place, each in enumerate(lane.deployments) if model in (each.model, each.name)]
        if places:
            return Plan(rungs=(Rung(lane=narrowed(lane, places)),), reason="pin")
    deployments = tuple(each for each in policy.deployments.values() if model in (each.model, each.name))
    if deployments:
        return Plan(rungs=(Rung(lane=Lane(name="pin", deployments=deployments)),), reason="pin")
    raise UnknownModel(
        f"No deployment has the model {model!r}. Write 'auto' to be routed, 'lane:NAME' for a lane "
        f"({', '.join(policy.lanes)}), or one of: {', '.join(sorted({each.model for each in policy.deployments.values()}))}",
        param="model",
    )


def narrowed(lane: Lane, places: list[int]) -> Lane:
    """The lane with these deployments only. Nobody answers in the place of a pinned model, no faster lane either."""
    if len(places) == len(lane.deployments) and lane.degrade_to is None:
        return lane
    weights = tuple(lane.weights[place] for place in places) if lane.weights else ()
    return dataclasses.replace(
        lane,
        deployments=tuple(lane.deployments[place] for place in places),
        weights=weights if any(weights) else (),
        degrade_to=None,
    )
