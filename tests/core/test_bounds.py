from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from lanewise.core.bounds import EFFORTS, Bound, Known, bounds_of, most_effort, refused_tool, why_refused, why_too_hard
from lanewise.core.errors import NotAllowed
from lanewise.core.policy import Effort, ModelFacts, TenantPolicy
from lanewise.core.request import Caller
from lanewise.core.scope import KeyScope
from walking import deployment, lane, policy

BASIC = Bound(whose="plan 'basic'", lanes=frozenset({"small"}), max_effort="low", tools=("search_*", "sum"))
EU = Bound(whose="residency of tenant 'acme'", deployments=frozenset({"eu/small"}))


def test_levels_are_those_that_there_are_in_their_order() -> None:
    assert get_args(Effort) == EFFORTS


@pytest.mark.parametrize(
    ("effort", "refused"),
    [(None, False), ("none", False), ("low", False), ("medium", True), ("max", True), ("turbo", True)],
)
def test_an_effort_is_held_to_the_most(effort: str | None, refused: bool) -> None:
    assert (why_too_hard(effort, (BASIC, EU)) is not None) is refused


def test_of_several_bounds_the_narrowest_counts() -> None:
    assert most_effort((BASIC, Bound(whose="key", max_effort="minimal"), EU)) == "minimal"
    assert most_effort((EU,)) is None


def test_a_tool_is_known_by_its_name_or_its_beginning() -> None:
    assert refused_tool(["sum", "search_web"], (BASIC,)) is None
    assert refused_tool(["sum", "send_mail"], (BASIC,)) == (
        "the plan 'basic' does not reach the tool 'send_mail'; tools: search_*, sum"
    )
    assert refused_tool(["sum"], (Bound(whose="plan 'free'", tools=()),)) == (
        "the plan 'free' does not reach the tool 'sum'; it allows no tools"
    )


def test_a_model_that_always_thinks_is_not_for_who_may_not_think() -> None:
    thinker = dataclasses.replace(deployment("eu/small"), facts=ModelFacts(thinking="effort", thinking_always=True))
    assert why_refused(thinker, (EU,)) is None
    assert "always thinks" in (why_refused(thinker, (EU, Bound(whose="plan 'free'", max_effort="none"))) or "")


def test_a_refusal_names_what_is_allowed_and_not_without_end() -> None:
    many = Bound(whose="plan 'wide'", deployments=frozenset(f"eu/model-{number:02}" for number in range(12)))
    said = why_refused(deployment("us/large"), (many,))
    assert said is not None
    assert said.startswith("the plan 'wide' does not reach us/large; models: eu/model-00, ")
    assert said.endswith(" and 4 more")


def test_who_asks_is_bound_by_tenant_plan_and_key_together() -> None:
    acme = TenantPolicy(name="acme", daily_cap_nanousd=None, bounds=(EU,))
    of = policy(lane("small", "eu/small"), tenant=acme, plans={"basic": BASIC})
    key = Caller(tenant="acme", key_id="key_1")
    assert bounds_of(of, acme, key) == (EU,)
    scoped = KeyScope(plan="basic", lanes=("small",))
    own = Bound(whose="key key_1", lanes=frozenset({"small"}))
    assert bounds_of(of, acme, Caller(tenant="acme", key_id="key_1", scope=scoped)) == (EU, BASIC, own)


def test_a_key_whose_plan_the_policy_does_not_have_reaches_nothing() -> None:
    acme = TenantPolicy(name="acme", daily_cap_nanousd=None)
    caller = Caller(tenant="acme", key_id="key_1", scope=KeyScope(plan="gone"))
    (bound,) = bounds_of(policy(lane("small", "eu/small")), acme, caller)
    assert "plan 'gone', which the policy does not have" in (bound.lane_refused("small") or "")


@pytest.mark.parametrize(
    ("user", "feature", "param"),
    [(None, None, None), ("anna", "anything", None), ("carol", None, "lanewise.user")],
)
def test_only_who_was_declared_may_be_named(user: str | None, feature: str | None, param: str | None) -> None:
    known = Known(tenant="acme", users=frozenset({"anna"}))
    if param is None:
        known.refuse_unknown(user, feature)
        return
    with pytest.raises(NotAllowed, match="The tenant 'acme' has no user 'carol'") as refused:
        known.refuse_unknown(user, feature)
    assert refused.value.param == param
