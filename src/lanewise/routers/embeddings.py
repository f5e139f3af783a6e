"""Requests for vectors: to a lane that gives them, and within it to one model only, because the vectors of two cannot be compared."""

from __future__ import annotations

from lanewise.core.errors import UnknownModel
from lanewise.core.plan import Plan, Rung
from lanewise.core.policy import Deployment, Lane, Policy
from lanewise.core.protocols.router import Ask
from lanewise.core.request import Caller, Request
from lanewise.routers.names import NameRouter, narrowed

REASON = "embeddings"


class EmbeddingRouter:
    """Decides every request for vectors; leaves all others to the next router."""

    def __init__(self, names: NameRouter) -> None:
        self._names = names

    async def route(self, request: Request, caller: Caller, policy: Policy, ask: Ask) -> Plan | None:
        """The named lane or model, else the first lane of embedding models. Raises UnknownModel where there is none."""
        if not request.embeds:
            return None
        plan = await self._names.route(request, caller, policy, ask)
        lane = _first_lane(policy, request.model) if plan is None else plan.rungs[0].lane
        first = lane.deployments[0]
        places = [place for place, each in enumerate(lane.deployments) if not _another_space(first, each)]
        return Plan(rungs=(Rung(lane=narrowed(lane, places)),), reason=REASON if plan is None else plan.reason)


def _first_lane(policy: Policy, asked: str) -> Lane:
    for lane in policy.lanes.values():
        if all(each.facts.embeddings for each in lane.deployments):
            return lane
    raise UnknownModel(
        f"No lane has only embedding models, so nobody can be chosen for {asked!r}. Write the model of a deployment, or "
        "'lane:NAME'; a model that is not known to give vectors is one with `facts: {provider/model: {embeddings: true}}`",
        param="model",
    )


def _another_space(one: Deployment, other: Deployment) -> bool:
    """Whether two deployments are known to be different embedding models. A name that says nothing is the operator's word."""
    known = one.facts.embeddings and other.facts.embeddings
    return known and one.model.rsplit("/", 1)[-1].lower() != other.model.rsplit("/", 1)[-1].lower()
