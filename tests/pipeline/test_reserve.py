"""A refused reservation is told in words, and what follows is what its cap says."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest

from lanewise.core.bounds import Bound
from lanewise.core.caps import Cap, Spend, Terms
from lanewise.core.events import Degraded, Queued
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import Amplification, TenantPolicy, Waiting
from lanewise.core.protocols.budget import Payer, Refused, Reservation, Standing
from lanewise.core.request import Hints
from lanewise.pipeline.attempt import attempt_at
from lanewise.pipeline.gateway import Answer
from lanewise.pipeline.reserve import reserve, set_aside
from pipeline.runs import ONE, a_run, a_timed_walk, a_walk
from virtual_time import in_virtual_time
from walking import CALLER, Walk, deployment, lane, payer, request

SMALL = deployment("alpha/small")
ANN = request(hints=Hints(user="ann"), max_output_tokens=100)


def capped(*caps: Cap, daily: int | None = None) -> TenantPolicy:
    return TenantPolicy(name="acme", daily_cap_nanousd=daily, caps=caps)


async def refused(tenant: TenantPolicy, worst: Spend = Spend(10), spent: Spend = Spend(1)) -> Failure:  # noqa: B008 - tuples
    run = a_run(a_walk(tenant=tenant), ANN)
    for_others = Payer(tenant=tenant, key_id="key-1", user="ann")
    assert isinstance(await set_aside(run.parts.budget, for_others, spent), Reservation)
    failure = await reserve(run, attempt_at(run, SMALL, reason="first"), worst, 100)
    assert isinstance(failure, Failure)
    return failure


@pytest.mark.parametrize(
    ("cap", "words"),
    [
        (Cap(scope="tenant", period="weekly", amount=10), "The weekly budget of tenant 'acme'"),
        (Cap(scope="user", period="monthly", amount=10), "The monthly budget of user 'ann' of tenant 'acme'"),
        (
            Cap(scope="feature", period="daily", amount=10),
            "The daily budget of requests that name no feature of tenant 'acme'",
        ),
        (Cap(scope="key", period="total", amount=10), "The whole budget of key 'key-1' of tenant 'acme'"),
    ],
)
async def test_it_says_whose_budget_does_not_hold_the_call(cap: Cap, words: str) -> None:
    failure = await refused(capped(cap))
    assert failure.kind is FailureKind.BUDGET
    assert failure.message.startswith(
        f"{words} does not hold this call: its worst case is $0.000000010, $0.000000009 of"
    )
    assert failure.code == cap.limit


async def test_it_says_when_the_budget_begins_anew_if_ever() -> None:
    of_a_day = await refused(capped(daily=10))
    assert of_a_day.message.endswith("; it begins anew at 2026-09-22T00:00Z")
    assert of_a_day.retry_after_s == 35_200.0
    for_good = await refused(capped(Cap(scope="tenant", period="total", amount=10)))
    assert for_good.message.endswith("; it never begins anew")
    assert for_good.retry_after_s is None


async def test_who_asks_for_more_than_the_whole_budget_is_not_told_to_come_back() -> None:
    never = await refused(capped(daily=10), Spend(11))
    assert never.retry_after_s is None
    assert never.message.endswith(
        "; all of it would not hold this call: ask for fewer output tokens, or with a shorter body"
    )
    rolls_over = Cap(scope="tenant", period="weekly", amount=10, terms=Terms(roll_over=0.2))
    assert (await refused(capped(rolls_over), Spend(12), Spend(3))).retry_after_s is not None
    assert (await refused(capped(rolls_over), Spend(13))).retry_after_s is None


async def test_tokens_are_told_as_tokens() -> None:
    cap = Cap(scope="tenant", period="daily", amount=1_000, unit="tokens")
    told = (await refused(capped(cap), Spend(0, 1_200))).message
    assert told.startswith(
        "The daily token budget of tenant 'acme' does not hold this call: its worst case is 1,200 tokens, 1,000 tokens of"
    )


async def test_a_lane_s_budget_is_the_lane_s() -> None:
    cap = Cap(scope="lane", period="daily", amount=10)
    run = a_run(a_walk(lane("standard", "alpha/small", caps=(cap,)), tenant=capped()), ANN)
    failure = await reserve(run, attempt_at(run, SMALL, reason="first"), Spend(11), 100)
    assert isinstance(failure, Failure)
    assert failure.message.startswith("The daily budget of lane 'standard' does not")


async def asked(walk: Walk, **hints: Any) -> Answer:
    return await walk.gateway.answer(request(hints=Hints(**hints), max_output_tokens=100), CALLER, walk.emit)


async def test_where_the_cap_names_a_cheaper_lane_that_one_answers_and_it_is_marked() -> None:
    cap = Cap(scope="lane", period="daily", amount=10, terms=Terms(at_stop="lane", lane="cheap"))
    walk = a_timed_walk(lane("standard", "alpha/small", caps=(cap,)), lane("cheap", "beta/large"), tenant=capped())

    answer = await asked(walk)

    assert (answer.record.lane, answer.record.outcome, answer.record.degraded) == ("cheap", "fallback", True)
    assert [event for event in walk.events if isinstance(event, Degraded)] == [
        Degraded(reason="degraded: budget", from_="standard", to="cheap", lane="cheap")
    ]


async def test_a_tenant_s_cap_that_names_a_lane_still_holds_in_it() -> None:
    tenant = capped(Cap(scope="tenant", period="daily", amount=10, terms=Terms(at_stop="lane", lane="cheap")))
    walk = a_timed_walk(lane("standard", "alpha/small"), lane("cheap", "beta/large"), tenant=tenant)

    answer = await asked(walk)

    assert (answer.record.status, answer.record.failure, walk.provider.calls) == (429, FailureKind.BUDGET, [])


async def test_a_lane_that_the_caller_s_plan_does_not_reach_answers_at_no_stop() -> None:
    cap = Cap(scope="tenant", period="daily", amount=10, terms=Terms(at_stop="lane", lane="cheap"))
    basic = Bound(whose="plan 'basic'", lanes=frozenset({"standard"}))
    tenant = dataclasses.replace(capped(cap), bounds=(basic,))
    walk = a_timed_walk(lane("standard", "alpha/small"), lane("cheap", "beta/large"), tenant=tenant)

    answer = await asked(walk)

    assert (answer.record.status, answer.record.failure, answer.record.degraded) == (429, FailureKind.BUDGET, False)


WAITS = capped(Cap(scope="tenant", period="daily", amount=1_000_000, terms=Terms(at_stop="wait")))


@in_virtual_time
async def test_who_can_wait_is_kept_until_a_call_under_way_gives_back_what_it_did_not_use() -> None:
    walk = a_timed_walk(ONE, tenant=WAITS, waiting=Waiting(max_wait_s=60.0))
    held = await set_aside(walk.budget, payer(WAITS), Spend(1_000_000))
    assert isinstance(held, Reservation)

    async def gives_back(event: object) -> None:
        walk.events.append(event)  # type: ignore[arg-type]
        if isinstance(event, Queued):
            walk.budget.charge(held, Spend(0))

    asking = request(hints=Hints(latency="can_wait"), max_output_tokens=100)
    answer = await walk.gateway.answer(asking, CALLER, gives_back)

    assert answer.record.outcome == "success"
    assert [event.reason for event in walk.events if isinstance(event, Queued)] == [FailureKind.BUDGET]
    assert 2e6 <= answer.record.waited_us <= 3e6


@in_virtual_time
async def test_who_waits_in_vain_is_told_429_after_max_wait_and_who_cannot_wait_at_once() -> None:
    walk = a_timed_walk(ONE, tenant=WAITS, waiting=Waiting(max_wait_s=20.0))
    await set_aside(walk.budget, payer(WAITS), Spend(1_000_000))

    patient, hasty = await asked(walk, latency="can_wait"), await asked(walk)

    assert (patient.record.status, patient.record.failure) == (429, FailureKind.BUDGET)
    assert 19e6 <= patient.record.waited_us <= 20e6
    assert (hasty.record.status, hasty.record.waited_us) == (429, 0)


@in_virtual_time
async def test_nobody_waits_for_what_the_whole_cap_could_not_hold() -> None:
    tiny = capped(Cap(scope="tenant", period="daily", amount=10, terms=Terms(at_stop="wait")))
    answer = await asked(a_timed_walk(ONE, tenant=tiny), latency="can_wait")
    assert (answer.record.status, answer.record.waited_us) == (429, 0)


async def test_a_question_of_our_own_counts_in_the_lane_that_asks_it() -> None:
    cap = Cap(scope="lane", period="daily", amount=100)
    walk = a_walk(lane("standard", "alpha/small", caps=(cap,)), tenant=capped())
    run = a_run(walk, ANN)
    attempt = attempt_at(run, SMALL, reason="judge")
    aside = type(attempt)(call=attempt.call, lane=lane("judge", "alpha/small"), reason="judge")

    assert isinstance(await reserve(run, aside, Spend(60), 100), Reservation)
    assert isinstance(await reserve(run, aside, Spend(60), 100), Failure)


class Shared:
    """A budget of which this process has so much; others can spare more, a bit each time they are asked."""

    def __init__(self, *spare: int, unknown: bool = False) -> None:
        self.room = 0
        self.asked = 0
        self._spare = list(spare)
        self._unknown = unknown

    def reserve(self, payer: Payer, worst: Spend) -> Reservation | Refused:
        if worst.nanousd <= self.room:
            self.room -= worst.nanousd
            return Reservation(worst=worst)
        cap = Cap(scope="tenant", period="daily", amount=1_000)
        left = sum(self._spare) + self.room
        return Refused(
            cap=cap,
            subject=payer.tenant.name,
            amount=cap.amount,
            left=left,
            asked=worst.nanousd,
            retry_after_s=60.0,
            short=True,
            unknown=self._unknown,
        )

    async def replenish(self, payer: Payer, worst: Spend) -> bool:
        self.asked += 1
        if self._spare:
            self.room += self._spare.pop(0)
        return not self._unknown and worst.nanousd <= self.room + sum(self._spare)

    def charge(self, reservation: Reservation, spent: Spend) -> None:
        self.room += reservation.worst.nanousd - spent.nanousd

    def standings(self) -> list[Standing]:
        return []


@pytest.mark.parametrize(
    ("spare", "asked", "is_made"), [((11,), 1, True), ((4, 4, 4), 3, True), ((4, 4), 1, False), ((1,) * 20, 3, False)]
)
async def test_where_a_shared_cap_is_short_others_are_asked_a_few_times(
    spare: tuple[int, ...], asked: int, is_made: bool
) -> None:
    budget = Shared(*spare)
    answer = await set_aside(budget, payer(TenantPolicy(name="acme", daily_cap_nanousd=1_000)), Spend(11))
    assert (isinstance(answer, Reservation), budget.asked) == (is_made, asked)


async def test_where_nobody_knows_what_is_left_the_caller_is_told_to_come_again_soon() -> None:
    walk = a_timed_walk(ONE)
    walk.gateway.parts = dataclasses.replace(walk.gateway.parts, budget=Shared(unknown=True))

    answer = await asked(walk)

    assert (answer.record.status, answer.record.failure, walk.provider.calls) == (503, FailureKind.BUDGET_UNKNOWN, [])
    assert answer.record.outcome == "failure"
    assert answer.generation.failure is not None
    assert answer.generation.failure.retry_after_s == 2.0


async def test_whoever_leaves_while_more_is_asked_for_gives_its_allowance_back() -> None:
    class Slow(Shared):
        async def replenish(self, payer: Payer, worst: Spend) -> bool:
            await asyncio.Event().wait()
            return await super().replenish(payer, worst)

    run = a_run(a_walk(amplification=Amplification(max_cost_nanousd=20)), ANN)
    run.parts = dataclasses.replace(run.parts, budget=Slow())
    waiting = asyncio.create_task(reserve(run, attempt_at(run, SMALL, reason="first"), Spend(20), 100))
    await asyncio.sleep(0)
    assert not run.allowance.holds(worst_nanousd=20, output_tokens=100)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert run.allowance.holds(worst_nanousd=20, output_tokens=100)
