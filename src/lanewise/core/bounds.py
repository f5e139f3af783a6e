"""What a caller may use: its tenant's plan and residency, its key's own plan and lanes. Each bound is asked about every call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lanewise.core.errors import NotAllowed

if TYPE_CHECKING:
    from lanewise.core.policy import Deployment, Effort, Policy, TenantPolicy
    from lanewise.core.request import Caller

EFFORTS: tuple[Effort, ...] = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""Every level of effort, the weakest first."""

_MOST_NAMED = 8  # of what is allowed, in an error


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """One limit on what may be used, and whose it is. What is None is not limited by it."""

    whose: str  # in words: `plan 'basic'`, `residency of tenant 'acme'`, `key key_1`
    lanes: frozenset[str] | None = None
    deployments: frozenset[str] | None = None  # by `provider/model`
    max_effort: Effort | None = None
    tools: tuple[str, ...] | None = None  # names, `*` at the end: all that begin so; empty: none at all

    def lane_refused(self, lane: str) -> str | None:
        """Why a lane may not be used; None where it may."""
        if self.lanes is None or lane in self.lanes:
            return None
        return f"the {self.whose} does not reach the lane {lane!r}; lanes: {_listed(self.lanes)}"

    def deployment_refused(self, deployment: Deployment) -> str | None:
        """Why a deployment may not be asked; None where it may."""
        if self.deployments is not None and deployment.name not in self.deployments:
            return f"the {self.whose} does not reach {deployment.name}; models: {_listed(self.deployments)}"
        if self.max_effort == "none" and deployment.facts.thinking_always:
            return f"the {self.whose} allows no thinking, and {deployment.name} always thinks"
        return None

    def effort_refused(self, effort: str | None) -> str | None:
        """Why a call may not think as hard as this; None where it may, or where nothing is said."""
        most = self.max_effort
        if most is None or effort is None or effort in EFFORTS[: EFFORTS.index(most) + 1]:
            return None
        return f"the {self.whose} does not reach the effort {effort!r}; the most is {most!r}"


Bounds = tuple[Bound, ...]
NO_BOUNDS: Bounds = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """The users and features that a tenant has declared, where it takes no others. None: any may be named."""

    tenant: str
    users: frozenset[str] | None = None
    features: frozenset[str] | None = None

    def refuse_unknown(self, user: str | None, feature: str | None) -> None:
        """Raises NotAllowed where one is named that was not declared. Whoever names none is let pass."""
        for what, name, declared in (("user", user, self.users), ("feature", feature, self.features)):
            if name is not None and declared is not None and name not in declared:
                raise NotAllowed(
                    f"The tenant {self.tenant!r} has no {what} {name!r}, and takes no others than it has declared",
                    param=f"lanewise.{what}",
                )


def bounds_of(policy: Policy, tenant: TenantPolicy, caller: Caller) -> Bounds:
    """All that binds a caller under this policy; empty where nothing does."""
    scope = caller.scope
    if scope is None:
        return tenant.bounds
    bounds = tenant.bounds
    if scope.plan is not None:
        nothing = Bound(whose=f"plan {scope.plan!r}, which the policy does not have,", lanes=frozenset(), tools=())
        bounds = (*bounds, policy.plans.get(scope.plan, nothing))
    if scope.lanes:
        bounds = (*bounds, Bound(whose=f"key {caller.key_id}", lanes=frozenset(scope.lanes)))
    return bounds


def why_refused(deployment: Deployment, bounds: Bounds) -> str | None:
    """Why a deployment may not be asked; None where it may."""
    return _first(bound.deployment_refused(deployment) for bound in bounds)


def why_too_hard(effort: str | None, bounds: Bounds) -> str | None:
    """Why a call may not think as hard as this; None where it may."""
    return _first(bound.effort_refused(effort) for bound in bounds)


def most_effort(bounds: Bounds) -> Effort | None:
    """The hardest that a call may think; None where nothing bounds it."""
    most = [bound.max_effort for bound in bounds if bound.max_effort is not None]
    return min(most, key=EFFORTS.index) if most else None


def refused_tool(names: Iterable[str], bounds: Bounds) -> str | None:
    """Why the first of these tools may not be offered to a model; None where all may."""
    for name in names:
        for bound in bounds:
            if bound.tools is not None and not any(_covers(each, name) for each in bound.tools):
                allowed = f"tools: {_listed(bound.tools)}" if bound.tools else "it allows no tools"
                return f"the {bound.whose} does not reach the tool {name!r}; {allowed}"
    return None


def not_allowed(why: str, *, param: str | None = None) -> NotAllowed:
    """A refusal in these words."""
    return NotAllowed(f"{why[0].upper()}{why[1:]}", param=param)


def _covers(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _first(refusals: Iterable[str | None]) -> str | None:
    return next((each for each in refusals if each is not None), None)


def _listed(names: Iterable[str]) -> str:
    """Names for people, and how many more there are."""
    ordered = sorted(names)
    more = f" and {len(ordered) - _MOST_NAMED} more" if len(ordered) > _MOST_NAMED else ""
    return ", ".join(ordered[:_MOST_NAMED]) + more if ordered else "none"
