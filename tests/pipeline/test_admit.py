"""Admission: refused before anything is asked, and without taking a place."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from lanewise.core.errors import LimitReached, Unavailable
from lanewise.core.limiting import Limits
from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.admission import Place
from lanewise.core.request import Hints
from lanewise.pipeline.admit import admit
from virtual_time import LoopClock, in_virtual_time
from walking import CALLER, Walk, answers, lane, policy, request

ONE_AT_A_TIME = TenantPolicy(name="acme", daily_cap_nanousd=None, limits=Limits(concurrency=1))
OF = policy(lane("standard", "alpha/small"))


def walk(**settings: object) -> Walk:
    return Walk(OF, {"alpha/small": [answers()]}, **settings)  # type: ignore[arg-type]


async def admitted(of: Walk, tenant: TenantPolicy = ONE_AT_A_TIME, **hints: object) -> Place:
    asked = request(max_output_tokens=50, input_chars=400, hints=msgspec.convert(hints, Hints))
    return await admit(asked, CALLER, replace(OF, tenants={"acme": tenant}), of.gateway.parts)


async def test_a_place_is_taken_once() -> None:
    of = walk()
    await admitted(of)

    with pytest.raises(LimitReached):
        await admitted(of)


async def test_while_the_ledger_cannot_be_written_nobody_is_let_in_and_no_place_is_lost() -> None:
    of = walk()
    of.ledger.healthy = False
    for _ in range(3):
        with pytest.raises(Unavailable, match="ledger") as refused:
            await admitted(of)
        assert refused.value.retry_after_s > 0

    of.ledger.healthy = True
    await admitted(of)


async def test_a_request_counts_with_its_input_and_no_more_output_than_its_caller_allows() -> None:
    of, counted = walk(), TenantPolicy(name="acme", daily_cap_nanousd=None, limits=Limits(tokens_per_minute=1_000))
    place = await admitted(of, counted)
    assert place.standing is not None
    assert place.standing.tokens is not None
    assert place.standing.tokens.remaining == 1_000 - 400 // 4 - 50


@in_virtual_time
async def test_who_can_wait_waits_no_longer_than_the_caller_does() -> None:
    clock = LoopClock()
    of = walk(clock=clock)
    await admitted(of)
    began_s = clock.monotonic_s()
    with pytest.raises(LimitReached):
        await admitted(of, latency="can_wait", deadline_s=7.0)
    assert clock.monotonic_s() - began_s == pytest.approx(7.0)
