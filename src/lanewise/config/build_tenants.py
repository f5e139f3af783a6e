"""Plans and residencies as bounds: every name in them resolved to the deployments of the policy."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from lanewise.config.schema import PolicyFile
from lanewise.config.schema_tenants import NamesSection, PlanSection, ResidencySection, TenantSection
from lanewise.core.bounds import Bound, Known
from lanewise.core.policy import Policy, TenantPolicy

NO_TOOLS = "none"
_EVERYONE = "*"


def with_bounds(policy: Policy, file: PolicyFile) -> Policy:
    """The policy with its plans, and each tenant bound by its plan and its residency."""
    plans = {name: _plan(name, section, policy.deployments) for name, section in file.plans.items()}
    everyone = file.tenants.get(_EVERYONE, TenantSection())

    def bound(tenant: TenantPolicy, section: TenantSection) -> TenantPolicy:
        plan = plans.get(tenant.plan or "")
        residency = section.residency or everyone.residency  # where it says nothing, everyone's
        bounds = [] if plan is None else [plan]
        if residency is not None:
            here = frozenset(pinned(residency, file, policy.deployments))
            bounds.append(Bound(whose=f"residency of tenant {tenant.name!r}", deployments=here))
        users, features = section.users or everyone.users, section.features or everyone.features
        return dataclasses.replace(tenant, bounds=tuple(bounds), known=_known(tenant.name, users, features))

    return dataclasses.replace(
        policy,
        plans=plans,
        tenants={name: bound(tenant, file.tenants[name]) for name, tenant in policy.tenants.items()},
        default_tenant=bound(policy.default_tenant, TenantSection()),
    )


def _known(tenant: str, users: NamesSection | None, features: NamesSection | None) -> Known | None:
    """What a tenant has declared, where that keeps others out."""
    known = Known(tenant=tenant, users=_alone(users), features=_alone(features))
    return None if known.users is None and known.features is None else known


def _alone(names: NamesSection | None) -> frozenset[str] | None:
    return frozenset(names.declared) if names is not None and names.others == "refuse" else None


def pinned(residency: ResidencySection, file: PolicyFile, deployments: Collection[str]) -> list[str]:
    """The deployments that a residency names, in one way or another."""
    providers = {name for name, section in file.providers.items() if section.region in residency.regions}
    providers |= set(residency.providers)
    return [name for name in deployments if name in residency.deployments or name.partition("/")[0] in providers]


def _plan(name: str, section: PlanSection, deployments: Collection[str]) -> Bound:
    models, tools = section.models, section.tools
    reached = None
    if models is not None:
        reached = frozenset(each for each in deployments if each in models or each.partition("/")[2] in models)
    return Bound(
        whose=f"plan {name!r}",
        lanes=None if section.lanes is None else frozenset(section.lanes),
        deployments=reached,
        max_effort=section.max_effort,
        tools=() if tools == (NO_TOOLS,) else tools,
    )
