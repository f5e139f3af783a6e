"""The policy doctor on plans and residencies: lanes that they leave empty, and checks that they leave out."""

from __future__ import annotations

from collections.abc import Iterator

from lanewise.config.advice import Advice
from lanewise.core.bounds import Bound, why_refused
from lanewise.core.policy import Check, Deployment, Lane, Policy


def confined(policy: Policy) -> Iterator[Advice]:
    """Everything that is amiss with what tenants and plans may use."""
    bounds = {bound.whose: bound for bound in policy.plans.values()}
    for tenant in (*policy.tenants.values(), policy.default_tenant):
        bounds |= {bound.whose: bound for bound in tenant.bounds}
    for bound in bounds.values():
        yield from _lanes(policy, bound)
        yield from _asked_beside(policy, bound)
    for tenant in policy.tenants.values():
        yield from _together(policy, tenant.name, tenant.bounds)


def _lanes(policy: Policy, bound: Bound) -> Iterator[Advice]:
    """Lanes that a bound leaves without anybody to ask."""
    for lane in policy.lanes.values():
        if bound.lane_refused(lane.name) is None and not _anybody(lane, (bound,)):
            yield Advice(
                code="lane_left_empty",
                message=f"The {bound.whose} leaves nobody to ask in the lane {lane.name}: requests that are sent there go to "
                "another lane, marked, and those that name it are refused",
                remedy=f"Add a deployment to lanes.{lane.name} that it reaches, or leave the lane out of the plan.",
            )


def _asked_beside(policy: Policy, bound: Bound) -> Iterator[Advice]:
    """Models that grade or judge and are not reached: they are passed over."""
    for what, deployment in _beside(policy):
        if bound.deployment_refused(deployment) is not None:
            yield Advice(
                code="asked_beside_out_of_reach",
                message=f"The {bound.whose} does not reach {deployment.name}, so {what} is passed over there",
                remedy="Name a model that it reaches, or know that it is so.",
            )


def _together(policy: Policy, tenant: str, bounds: tuple[Bound, ...]) -> Iterator[Advice]:
    """Tenants for whom nothing is left, although each of its bounds leaves something."""
    lanes = [each for each in policy.lanes.values() if all(bound.lane_refused(each.name) is None for bound in bounds)]
    if bounds and not any(_anybody(lane, bounds) for lane in lanes):
        yield Advice(
            code="tenant_left_empty",
            message=f"Plan and residency leave the tenant {tenant} nobody to ask: every request of it is refused",
            remedy=f"Write a residency or a plan for tenants.{tenant} that reach a deployment of some lane together.",
        )


def _anybody(lane: Lane, bounds: tuple[Bound, ...]) -> bool:
    if any(bound.effort_refused(lane.effort) for bound in bounds):
        return False
    return any(why_refused(each, bounds) is None for each in lane.deployments)


def _beside(policy: Policy) -> Iterator[tuple[str, Deployment]]:
    if policy.routing.small_model is not None:
        yield "the classifier", policy.routing.small_model.deployment
    seen: set[tuple[str, str]] = set()
    for check in _checks(policy):
        asked = getattr(check.options, "deployment", None)
        if isinstance(asked, Deployment) and (check.verifier, asked.name) not in seen:
            seen.add((check.verifier, asked.name))
            yield f"the verifier {check.verifier}", asked
    yield from _of_similar(policy)


def _of_similar(policy: Policy) -> Iterator[tuple[str, Deployment]]:
    tenants = (*policy.tenants.values(), policy.default_tenant)
    wishes = dict.fromkeys(each.caching.semantic for each in tenants if each.caching.semantic is not None)
    asked = {
        (what, name): policy.deployments[name]
        for wish in wishes
        for what, name in (
            ("the search for similar questions", wish.embedding),
            ("the judge of their audits", wish.judge),
        )
        if name in policy.deployments
    }
    yield from ((what, deployment) for (what, _), deployment in asked.items())


def _checks(policy: Policy) -> Iterator[Check]:
    for rule in policy.verification.rules:
        yield from rule.checks
    for lane in policy.lanes.values():
        yield from lane.checks
