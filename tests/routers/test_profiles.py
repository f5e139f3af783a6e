"""The kind of application decides the lane, and says where a person has to look."""

from __future__ import annotations

import dataclasses

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.core.plan import Plan
from lanewise.core.policy import Policy, Profile, TenantPolicy
from lanewise.core.request import Hints
from lanewise.routers.profiles import ProfileRouter, profile_of
from lanewise.routers.taxonomy import PROFILES
from walking import CALLER, ask_nobody, at_once, lane, policy, request

SMALL = lane("small", "openai/nano")
STANDARD = lane("standard", "openai/gpt-4o")
REASONING = lane("reasoning", "anthropic/opus")


def acme(profile: str | None) -> TenantPolicy:
    return TenantPolicy(name="acme", daily_cap_nanousd=None, profile=profile)


def with_profiles(tenants: str | None = None) -> Policy:
    return policy(STANDARD, SMALL, REASONING, tenant=acme(tenants), profiles=PROFILES)


def decide(of: Policy, hint: str | None = None) -> Plan | None:
    return at_once(ProfileRouter().route(request(hints=Hints(profile=hint)), CALLER, of, ask_nobody))


def test_the_callers_profile_names_the_lane() -> None:
    plan = decide(with_profiles(), "chatbot")

    assert plan is not None
    assert plan.rungs[0].lane is SMALL
    assert plan.reason == "profile:chatbot"
    assert plan.features == {"profile": "chatbot"}
    assert plan.note == ""


def test_the_tenants_profile_holds_where_the_caller_says_nothing() -> None:
    plan = decide(with_profiles("theorem_proving"))

    assert plan is not None
    assert plan.rungs[0].lane is REASONING


def test_the_callers_word_goes_before_its_tenants() -> None:
    plan = decide(with_profiles("theorem_proving"), "chatbot")

    assert plan is not None
    assert plan.reason == "profile:chatbot"


def test_without_a_profile_others_decide() -> None:
    assert decide(with_profiles()) is None
    assert profile_of(request(), CALLER, with_profiles()) is None


def test_a_tenant_that_the_policy_does_not_name_has_the_default_tenants_profile() -> None:
    of = policy(STANDARD, SMALL, profiles=PROFILES, default_tenant=acme("chatbot"))

    plan = decide(of)

    assert plan is not None
    assert plan.rungs[0].lane is SMALL


def test_lanes_that_the_policy_lacks_are_passed_over() -> None:
    """A chat prefers a small lane; this policy has none."""
    plan = decide(policy(REASONING, STANDARD, profiles=PROFILES), "chatbot")

    assert plan is not None
    assert plan.rungs[0].lane is STANDARD


def test_a_profile_none_of_whose_lanes_are_there_leaves_it_to_others() -> None:
    assert decide(policy(REASONING, profiles=PROFILES), "chatbot") is None


def test_a_human_lane_is_passed_over_and_the_review_is_the_callers_to_see_to() -> None:
    first = dataclasses.replace(PROFILES["legal_review"], lanes=("human", "reasoning"))
    of = policy(STANDARD, REASONING, lane("human", "openai/gpt-4o"), profiles={"legal_review": first})

    plan = decide(of, "legal_review")

    assert plan is not None
    assert plan.rungs[0].lane is REASONING
    assert "a person must sign this off" in plan.note
    assert "no review queue" in plan.note


@pytest.mark.parametrize("read", [decide, lambda of, hint: profile_of(request(hints=Hints(profile=hint)), CALLER, of)])
def test_a_profile_that_is_not_there_is_refused_with_those_that_are(read: object) -> None:
    assert callable(read)
    with pytest.raises(InvalidRequest) as refused:
        read(with_profiles("chatbot"), "chat")

    assert refused.value.message.startswith("There is no profile 'chat'. Profiles: chatbot, live_coding, ")
    assert refused.value.param == "lanewise.profile"


def test_a_profile_of_ones_own_is_known_like_a_shipped_one() -> None:
    kiosk = Profile(
        name="kiosk",
        max_latency_s=3,
        lanes=("small",),
        latency="interactive",
    )
    of = policy(STANDARD, SMALL, profiles={"kiosk": kiosk}, tenant=acme("kiosk"))

    assert profile_of(request(), CALLER, of) is kiosk
    assert decide(of) is not None
