"""One call: its worst case set aside before, its true cost charged after, whatever happens in between."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import msgspec
import pytest

from lanewise.core.answer import Delta, Finish, Generation, Meter
from lanewise.core.caps import Spend
from lanewise.core.errors import InvalidRequest
from lanewise.core.failure import FailureKind
from lanewise.core.keeping import Capture, Record
from lanewise.core.policy import Amplification, Deployment, ModelFacts, TenantPolicy
from lanewise.core.protocols.budget import Reservation
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.record import CallRecord
from lanewise.core.request import Dialect
from lanewise.core.usage import Usage
from lanewise.pipeline.attempt import attempt_at
from lanewise.pipeline.bill import worst_case
from lanewise.pipeline.generate import generate, thinking_budget_tokens
from lanewise.pipeline.reserve import set_aside
from lanewise.pipeline.run import Run
from lanewise.pipeline.showing import Showing
from pipeline.runs import a_run, a_timed_walk, a_walk
from pipeline.vendors import ROLE, said, streams, thought
from virtual_time import in_virtual_time
from walking import PRICES, Script, Walk, answers, deployment, fails, hangs, lane, payer, provider, request

SMALL = deployment("alpha/small")
DAY_NANOUSD = 100_000_000
ACME = TenantPolicy(name="acme", daily_cap_nanousd=DAY_NANOUSD)


def walk_of(script: Script, **settings: Any) -> Walk:
    return a_walk(scripts={"alpha/small": [script]}, tenant=ACME, **settings)


def left(walk: Walk) -> int:
    """What the tenant's day still holds."""
    (stands,) = walk.budget.standings()
    return stands.left


async def made(walk: Walk, run: Run | None = None, to: Deployment = SMALL) -> Generation:
    run = run or a_run(walk)
    return await generate(run, attempt_at(run, to, reason="first"), Showing(run, to))


async def test_the_worst_case_is_set_aside_while_the_call_runs_and_the_rest_comes_back() -> None:
    during: list[int] = []

    async def looks(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        during.append(left(walk))
        return await answers(input_tokens=10, output_tokens=5)(call, meter, on_deltas)

    walk = walk_of(looks)
    await made(walk)

    assert DAY_NANOUSD - during[0] >= 16_384 * 4_000  # the lane's output cap at its price, and the question
    assert left(walk) == DAY_NANOUSD - 30_000


async def test_what_the_budget_does_not_hold_is_not_asked_and_takes_nothing_from_the_request_s_own_allowance() -> None:
    walk = walk_of(answers(), amplification=Amplification(max_calls=1))
    held = await set_aside(walk.budget, payer(ACME), Spend(DAY_NANOUSD))
    assert isinstance(held, Reservation)
    run = a_run(walk)

    refused = await made(walk, run)
    walk.budget.charge(held, Spend(0))
    run.allowance.give_back(nanousd=0, output_tokens=0)

    assert refused.failure is not None
    assert refused.failure.kind is FailureKind.BUDGET
    assert refused.failure.retry_after_s is not None
    assert (walk.provider.calls, run.calls) == ([], [])


@pytest.mark.parametrize(
    ("asked", "of_lane", "of_model", "sent"),
    [(None, 1_000, None, 1_000), (None, 1_000, 500, 500), (2_000, 1_000, None, 2_000)],
)
async def test_the_output_cap_is_the_caller_s_else_the_lane_s_within_what_the_model_can(
    asked: int | None, of_lane: int, of_model: int | None, sent: int
) -> None:
    walk = a_walk(lane("standard", "alpha/small", max_output_tokens=of_lane))
    to = dataclasses.replace(SMALL, facts=ModelFacts(max_output_tokens=of_model))
    await made(walk, a_run(walk, request(max_output_tokens=asked)), to)
    assert walk.provider.calls[0].max_output_tokens == sent


async def test_a_lane_s_thinking_and_idle_limit_go_with_the_call() -> None:
    walk = a_walk(lane("standard", "alpha/small", effort="high", thinking_budget_tokens=8_192, idle_timeout_s=7.0))
    await made(walk)
    call = walk.provider.calls[0]
    assert (call.effort, call.thinking_budget_tokens, call.idle_timeout_s) == ("high", 8_192, 7.0)


@pytest.mark.parametrize(
    ("dialect", "capture", "wanted"),
    [
        (Dialect.OPENAI_CHAT, "off", False),
        (Dialect.OPENAI_CHAT, "full", True),
        (Dialect.ANTHROPIC_MESSAGES, "off", True),
    ],
)
async def test_an_answer_s_meaning_is_read_only_where_somebody_needs_it(
    dialect: Dialect, capture: Capture, wanted: bool
) -> None:
    walk = a_walk(record=Record(content=capture))
    await made(walk, to=Deployment(provider=provider("alpha", dialect), model="small", prices=PRICES))
    assert walk.provider.calls[0].want_content is wanted


async def test_a_deadline_that_is_over_is_a_failure_and_not_an_exception() -> None:
    walk = walk_of(hangs)
    run = a_run(walk)
    walk.clock.time_s += 61.0

    generation = await made(walk, run)

    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.DEADLINE
    assert "60 s of lane 'standard'" in generation.failure.message


async def test_what_cannot_be_said_in_a_vendor_s_dialect_is_a_failure_that_names_the_parameter() -> None:
    async def cannot(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        raise InvalidRequest("`n`: one answer per call", param="n")

    generation = await made(walk_of(cannot))

    assert generation.failure is not None
    assert (generation.failure.kind, generation.failure.param) == (FailureKind.UNTRANSLATABLE, "n")


def counted(call: CallRecord) -> int:
    """What a call counts for in caps."""
    return call.cost.total_nanousd + call.held_nanousd


async def test_a_caller_who_leaves_pays_for_what_was_shown_and_what_its_vendor_may_bill_beside_is_held() -> None:
    shown = asyncio.Event()

    async def shows_and_hangs(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        meter.first_output_s, meter.output_chars = 0.0, 40
        await on_deltas([Delta(text="x" * 40)])
        shown.set()
        return await hangs(call, meter, on_deltas)

    walk = walk_of(shows_and_hangs)
    run = a_run(walk, request(stream=True))
    call = asyncio.create_task(made(walk, run))
    await shown.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    (made_call,) = run.calls
    assert (made_call.output_tokens, made_call.failure) == (10, FailureKind.CANCELLED)
    assert left(walk) == DAY_NANOUSD - counted(made_call)
    assert counted(made_call) == worst_case(walk.provider.calls[0], Amplification()).nanousd


@pytest.mark.parametrize("fault", [ZeroDivisionError, TimeoutError])
async def test_a_fault_in_the_provider_is_raised_named_as_ours_and_no_more_is_set_aside_than_it_may_have_cost(
    fault: type[Exception],
) -> None:
    """Somebody else's TimeoutError is none of this call's limits."""

    async def breaks(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        raise fault

    walk = walk_of(breaks)
    run = a_run(walk)
    with pytest.raises(fault):
        await made(walk, run)

    assert [call.failure for call in run.calls] == [FailureKind.INTERNAL]
    assert left(walk) == DAY_NANOUSD - counted(run.calls[0])


async def test_a_call_that_the_shutdown_ended_says_so() -> None:
    walk = walk_of(hangs)
    run = a_run(walk)
    call = asyncio.create_task(made(walk, run))
    while not walk.provider.calls:
        await asyncio.sleep(0)
    call.cancel(FailureKind.SHUTDOWN)
    with pytest.raises(asyncio.CancelledError):
        await call
    assert [call.failure for call in run.calls] == [FailureKind.SHUTDOWN]


@pytest.mark.parametrize(
    ("patience", "after_s", "kind", "says"),
    [
        ({}, 60.0, FailureKind.DEADLINE, "within the 60 s of lane 'standard'"),
        ({"first_token_s": 90.0, "whole_s": 70.0}, 60.0, FailureKind.DEADLINE, "within the 60 s of lane 'standard'"),
        ({"first_token_s": 4.0}, 4.0, FailureKind.LATE_START, "alpha/small gave no sign of an answer within 4 s"),
        ({"first_token_s": 4.0, "whole_s": 9.0}, 4.0, FailureKind.LATE_START, "within 4 s"),
        ({"first_token_s": 9.0, "whole_s": 9.0}, 9.0, FailureKind.LATE_START, "within 9 s"),
        ({"first_token_s": 9.0, "whole_s": 4.0}, 4.0, FailureKind.SLOW, "as lane 'standard' is waited for"),
        ({"whole_s": 4.0}, 4.0, FailureKind.SLOW, "within 4 s"),
    ],
)
@in_virtual_time
async def test_which_limit_a_silent_call_ran_into(
    patience: dict[str, float], after_s: float, kind: FailureKind, says: str
) -> None:
    walk = a_timed_walk(scripts={"alpha/small": [hangs]})
    run = a_run(walk, request(stream=True))
    attempt = msgspec.structs.replace(attempt_at(run, SMALL, reason="first"), **patience)

    failure = (await generate(run, attempt, Showing(run, SMALL))).failure

    assert failure is not None
    assert (failure.kind, run.elapsed_s()) == (kind, after_s)
    assert says in failure.message


@pytest.mark.parametrize(
    ("pieces", "after_s", "kind"),
    [
        ((1.0, thought()), 9.0, FailureKind.SLOW),
        ((1.0, said("Ei")), 60.0, FailureKind.DEADLINE),
        ((1.0, thought(), 5.0, said("Ei")), 60.0, FailureKind.DEADLINE),
        ((1.0, ROLE), 4.0, FailureKind.LATE_START),
    ],
)
@in_virtual_time
async def test_each_sign_of_an_answer_gives_it_more_time(
    pieces: tuple[Any, ...], after_s: float, kind: FailureKind
) -> None:
    walk = a_timed_walk(scripts={"alpha/small": [streams(*pieces, 999.0)]})
    run = a_run(walk, request(stream=True))
    attempt = msgspec.structs.replace(attempt_at(run, SMALL, reason="first"), first_token_s=4.0, whole_s=9.0)

    failure = (await generate(run, attempt, Showing(run, SMALL))).failure

    assert failure is not None
    assert (failure.kind, run.elapsed_s()) == (kind, after_s)


async def test_a_failed_call_gives_its_grant_back_to_the_request() -> None:
    walk = walk_of(fails(FailureKind.OVERLOADED), amplification=Amplification(max_calls=9, max_output_tokens=20_000))
    run = a_run(walk)
    for _ in range(3):  # each grants 16,384 tokens: a second one without the first's would be refused
        failure = (await made(walk, run)).failure
        assert failure is not None
        assert failure.kind is FailureKind.OVERLOADED

    assert [call.name for call in run.calls] == ["standard/call-0", "standard/call-1", "standard/call-2"]


async def test_n_answers_may_together_not_pass_the_request_s_own_tokens() -> None:
    async def uses_all(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        usage = Usage(input_tokens=10, output_tokens=4_000)
        return Generation(dialect=call.deployment.provider.dialect, finish=Finish.STOP, usage=usage)

    walk = walk_of(uses_all, amplification=Amplification(max_output_tokens=2_000))
    await made(walk, a_run(walk, request(max_output_tokens=1_000, choices=4)))

    assert walk.provider.calls == []


async def test_a_model_of_unknown_price_is_asked_and_flagged_under_the_limits_nobody_wrote() -> None:
    walk = a_walk()
    await made(walk, to=dataclasses.replace(SMALL, prices=None))
    assert len(walk.provider.calls) == 1


@pytest.mark.parametrize(
    ("thinks", "lane_says", "asked", "told"),
    [
        ("budget", {"effort": "low"}, {}, 4_096),
        ("budget", {}, {"effort": "medium"}, 16_384),
        ("budget", {"thinking_budget_tokens": 9_000}, {}, 9_000),
        ("budget", {"effort": "high", "max_output_tokens": 8_192}, {}, 7_168),
        ("budget", {}, {"effort": "as long as it takes"}, None),
        ("budget", {}, {}, None),
        ("effort", {"effort": "low"}, {}, None),
        ("effort", {"thinking_budget_tokens": 9_000}, {}, 9_000),
    ],
)
def test_how_long_a_model_may_think_is_told_where_it_is_a_number(
    thinks: Any, lane_says: dict[str, Any], asked: dict[str, Any], told: int | None
) -> None:
    thinker = dataclasses.replace(deployment("alpha/small"), facts=ModelFacts(thinking=thinks))
    of = dataclasses.replace(lane("standard", max_output_tokens=64_000), deployments=(thinker,))
    run = a_run(a_walk(dataclasses.replace(of, **lane_says)), request(**asked))
    assert thinking_budget_tokens(run) == told
