"""Tokens are counted before a request is put: by whoever would answer it, within the tenant's limits, and for nothing."""

from __future__ import annotations

import dataclasses

import pytest

from lanewise.core.errors import LimitReached, UnknownModel
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.limiting import Limits
from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.counting import Counted
from lanewise.core.request import Dialect
from lanewise.pipeline.count import count_tokens
from lanewise.wire import INBOUND
from serving import Abacus
from walking import CALLER, Walk, lane, policy

REQUEST = INBOUND[Dialect.ANTHROPIC_MESSAGES].read_request(
    b'{"model":"auto","messages":[{"role":"user","content":"Hello"}]}'
)
TWO = policy(lane("standard", "one/a", "two/b"))
BUSY = Failure(kind=FailureKind.OVERLOADED, message="busy")
WRONG = Failure(kind=FailureKind.BAD_REQUEST, message="no")


@pytest.mark.parametrize(
    ("abacus", "counted", "asked"),
    [
        (Abacus(one=12), Counted(input_tokens=12), ["one/a"]),
        (Abacus(two=12), Counted(input_tokens=12), ["one/a", "two/b"]),
        (Abacus(one=BUSY, two=12), Counted(input_tokens=12), ["one/a", "two/b"]),
        (Abacus(one=BUSY), Counted(input_tokens=7, estimated=True), ["one/a", "two/b"]),
        (Abacus(), Counted(input_tokens=7, estimated=True), ["one/a", "two/b"]),
        (Abacus(one=WRONG, two=12), WRONG, ["one/a"]),
    ],
)
async def test_whoever_can_say_is_believed_and_else_it_is_estimated(
    abacus: Abacus, counted: Counted | Failure, asked: list[str]
) -> None:
    walk = Walk(TWO, {})
    assert await count_tokens(walk.gateway, abacus, REQUEST, CALLER) == counted
    assert abacus.asked == asked
    assert walk.ledger.records == []


async def test_a_tenant_s_rate_holds_for_counting_too() -> None:
    tenant = TenantPolicy(name="acme", daily_cap_nanousd=None, limits=Limits(requests_per_minute=1))
    walk = Walk(dataclasses.replace(TWO, tenants={"acme": tenant}), {})
    await count_tokens(walk.gateway, Abacus(one=1), REQUEST, CALLER)
    with pytest.raises(LimitReached):
        await count_tokens(walk.gateway, Abacus(one=1), REQUEST, CALLER)


async def test_a_place_is_given_back_however_it_ends() -> None:
    tenant = TenantPolicy(name="acme", daily_cap_nanousd=None, limits=Limits(concurrency=1))
    walk = Walk(dataclasses.replace(TWO, tenants={"acme": tenant}), {})
    unknown = INBOUND[Dialect.ANTHROPIC_MESSAGES].read_request(REQUEST.body.replace(b"auto", b"nobody"))
    for _ in range(2):
        with pytest.raises(UnknownModel):
            await count_tokens(walk.gateway, Abacus(one=1), unknown, CALLER)
    assert await count_tokens(walk.gateway, Abacus(one=1), REQUEST, CALLER) == Counted(input_tokens=1)
