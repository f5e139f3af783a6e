"""Two requests have one name where nothing that could change the answer differs, and never otherwise."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from lanewise.core.bounds import Bound
from lanewise.core.caching import Caching
from lanewise.core.plan import Plan, Rung
from lanewise.core.policy import Check, Lane, ModelFacts, Policy, TenantPolicy
from lanewise.core.request import Caller, Dialect, Hints, Passed, Request
from lanewise.core.usage import RateCard
from lanewise.pipeline import cache_name
from lanewise.pipeline.cache_name import CacheNames, asked
from lanewise.pipeline.run import Run
from pipeline.runs import a_walk
from walking import CALLER, deployment, lane, request

ONE = lane("standard", "alpha/small")


def partition(
    of: Request | None = None,
    *rungs: Rung,
    caller: Caller = CALLER,
    shared: bool = False,
    policy: Policy | None = None,
) -> bytes:
    walk = a_walk()
    made = policy or walk.gateway.policy
    tenant = TenantPolicy(name="acme", daily_cap_nanousd=1, caching=Caching(exact=True, shared_between_users=shared))
    run = Run(
        request=of or request(), caller=caller, tenant=tenant, policy=made, parts=walk.gateway.parts, emit=walk.emit
    )
    run.follow(Plan(rungs=rungs or (Rung(lane=ONE),), reason="default"))
    return CacheNames().partition(run)


def body(**members: Any) -> Request:
    return request(model="auto").__class__(
        dialect=Dialect.OPENAI_CHAT, body=msgspec.json.encode(members), model="auto", stream=False
    )


def test_what_decides_nothing_about_the_answer_is_no_part_of_it() -> None:
    same = partition()
    assert partition(request(hints=Hints(feature="help", latency="can_wait", deadline_s=3.0, cache="refresh"))) == same
    assert partition(request(request_id="req_7")) == same
    assert partition(caller=Caller(tenant="acme", key_id="another")) == same
    dearer = dataclasses.replace(ONE, deployments=(deployment("alpha/small", RateCard(input=9, output=9)),))
    assert partition(None, Rung(lane=dearer)) == same
    patient = dataclasses.replace(ONE, timeout_s=99.0, max_cost_nanousd=7, hedge_after=2.0, weights=(1.0,))
    assert partition(None, Rung(lane=patient)) == same


@pytest.mark.parametrize(
    "other",
    [
        {"model": "gpt-5"},
        {"stream": True},
        {"embeds": True},
        {"dialect": Dialect.ANTHROPIC_MESSAGES},
        {"hints": Hints(user="alice")},
        {"hints": Hints(task="chat")},
        {"hints": Hints(expected="8")},
        {"hints": Hints(tests="assert answer() == 8")},
        {"passed": Passed(headers=(("anthropic-beta", "tools-2"),))},
        {"passed": Passed(query=(("beta", "true"),))},
    ],
)
def test_whatever_of_a_request_may_change_the_answer_is_part_of_it(other: dict[str, Any]) -> None:
    assert partition(structs.replace(request(), **other)) != partition()


def test_tenants_have_nothing_in_common() -> None:
    assert partition(caller=Caller(tenant="globex", key_id="key-1"), shared=True) != partition(shared=True)


def test_users_have_it_in_common_only_where_the_policy_says_so() -> None:
    alice, bob = request(hints=Hints(user="alice")), request(hints=Hints(user="bob"))
    assert partition(alice) != partition(bob)
    assert partition(alice, shared=True) == partition(bob, shared=True)
    assert partition(alice, shared=True) != partition(request())


def with_facts(**facts: Any) -> Lane:
    made = dataclasses.replace(ONE.deployments[0], facts=ModelFacts(**facts))
    return dataclasses.replace(ONE, deployments=(made,))


@pytest.mark.parametrize(
    "rungs",
    [
        (Rung(lane=lane("standard", "alpha/large")),),
        (Rung(lane=lane("standard", "beta/small")),),
        (Rung(lane=lane("standard", "alpha/small", "beta/small")),),
        (Rung(lane=dataclasses.replace(ONE, effort="high")),),
        (Rung(lane=dataclasses.replace(ONE, max_output_tokens=99)),),
        (Rung(lane=dataclasses.replace(ONE, strategy="vote", samples=3)),),
        (Rung(lane=with_facts(json_schema=False)),),
        (Rung(lane=ONE, checks=(Check(verifier="form", options={"max_chars": 9}),)),),
        (Rung(lane=ONE, threshold=0.9),),
        (Rung(lane=ONE), Rung(lane=lane("reasoning", "alpha/large"))),
    ],
)
def test_whoever_would_answer_otherwise_is_part_of_it(rungs: tuple[Rung, ...]) -> None:
    assert partition(None, *rungs) != partition()


def test_the_options_of_a_check_are_part_of_it() -> None:
    strict, loose = (Rung(lane=ONE, checks=(Check(verifier="form", options=each, why="verify[0]"),)) for each in (1, 2))
    assert partition(None, strict) != partition(None, loose)


def test_another_version_s_verifiers_are_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = partition()
    monkeypatch.setattr(cache_name, "__version__", "another")
    assert partition() != before


def test_the_same_words_of_a_new_policy_are_worked_out_anew() -> None:
    walk, names = a_walk(), CacheNames()
    tenant = TenantPolicy(name="acme", daily_cap_nanousd=1, caching=Caching(exact=True))
    found = []
    for of in (ONE, with_facts(sampling=False)):
        made = dataclasses.replace(walk.gateway.policy, lanes={"standard": of})
        run = Run(
            request=request(), caller=CALLER, tenant=tenant, policy=made, parts=walk.gateway.parts, emit=walk.emit
        )
        run.follow(Plan(rungs=(Rung(lane=of),), reason="default"))
        found.append(names.partition(run))
    assert found[0] != found[1]


def test_the_order_of_members_and_what_is_said_to_lanewise_are_no_part_of_a_body() -> None:
    plain = asked(body(model="m", messages=[1], temperature=1), shared=False)
    assert asked(body(temperature=1, messages=[1], model="m"), shared=False) == plain
    assert asked(body(model="m", messages=[1], temperature=1, lanewise={"feature": "x"}), shared=False) == plain
    assert asked(body(model="m", messages=[1], temperature=1, metadata={"trace": "1"}), shared=False) == plain
    assert asked(body(model="m", messages=[1], temperature=0), shared=False) != plain


@pytest.mark.parametrize("key", ["user", "safety_identifier", "prompt_cache_key"])
def test_for_whom_it_is_asked_matters_unless_users_share(key: str) -> None:
    one, other = (body(model="m", messages=[1], **{key: who}) for who in ("alice", "bob"))
    assert asked(one, shared=False) != asked(other, shared=False)
    assert asked(one, shared=True) == asked(other, shared=True)


def test_anthropic_s_metadata_names_a_user() -> None:
    one, other = (
        structs.replace(body(model="m", metadata={"user_id": who}), dialect=Dialect.ANTHROPIC_MESSAGES)
        for who in ("alice", "bob")
    )
    assert asked(one, shared=False) != asked(other, shared=False)
    assert asked(one, shared=True) == asked(other, shared=True)


VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))
BODIES = st.dictionaries(st.sampled_from(["model", "messages", "a", "a:b", 'c"', "temperature"]), VALUES, max_size=5)


@given(BODIES, BODIES)
def test_two_bodies_are_one_only_where_they_say_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    alike = msgspec.json.encode(dict(sorted(one.items()))) == msgspec.json.encode(dict(sorted(other.items())))
    assert (asked(body(**one), shared=False) == asked(body(**other), shared=False)) is alike


def test_what_a_caller_may_use_is_part_of_it() -> None:
    walk = a_walk()
    bound = Bound(whose="plan 'basic'", max_effort="low")
    tenant = TenantPolicy(name="acme", daily_cap_nanousd=1, caching=Caching(exact=True), bounds=(bound,))
    run = Run(
        request=request(),
        caller=CALLER,
        tenant=tenant,
        policy=walk.gateway.policy,
        parts=walk.gateway.parts,
        emit=walk.emit,
    )
    run.follow(Plan(rungs=(Rung(lane=ONE),), reason="default"))
    assert CacheNames().partition(run) != partition()
