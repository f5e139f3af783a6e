"""The kind of application decides the lane: who waits one second for a chat is not sent where answers take a minute."""

from __future__ import annotations

from lanewise.core.errors import InvalidRequest
from lanewise.core.plan import Plan, Rung
from lanewise.core.policy import Policy, Profile
from lanewise.core.protocols.router import Ask
from lanewise.core.request import Caller, Request

_HUMAN = "human"
_UNREVIEWED = "a person must sign this off: this version has no review queue, so it is the caller's to see to"


class ProfileRouter:
    """Takes the first lane of the profile that the policy has; abstains where there is no profile, or none of its lanes."""

    async def route(self, request: Request, caller: Caller, policy: Policy, ask: Ask) -> Plan | None:
        """The plan of the profile. Raises InvalidRequest where the caller names one that is not there."""
        profile = profile_of(request, caller, policy)
        if profile is None:
            return None
        for name in profile.lanes:
            if name != _HUMAN and name in policy.lanes:
                return Plan(
                    rungs=(Rung(lane=policy.lanes[name]),),
                    reason=f"profile:{profile.name}",
                    features={"profile": profile.name},
                    note=_UNREVIEWED if profile.review else "",
                )
        return None


def profile_of(request: Request, caller: Caller, policy: Policy) -> Profile | None:
    """The request's profile: the caller's word, else its tenant's. Raises InvalidRequest where the caller's is not there."""
    hint = request.hints.profile
    if hint is None:
        return policy.profiles.get(policy.tenants.get(caller.tenant, policy.default_tenant).profile or "")
    profile = policy.profiles.get(hint)
    if profile is None:
        raise InvalidRequest(
            f"There is no profile {hint!r}. Profiles: {', '.join(policy.profiles) or 'none'}", param="lanewise.profile"
        )
    return profile
