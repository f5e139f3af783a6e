"""A question of our own: bounded, reserved, billed and recorded like the caller's, and never a reason to fail."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from lanewise.core.answer import Content, Generation, Meter
from lanewise.core.errors import InvalidRequest, LanewiseError, NotAllowed
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import Amplification, Lane, TenantPolicy
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.protocols.router import Question, Unanswered
from lanewise.pipeline.aside import ask_aside
from lanewise.pipeline.run import Run
from pipeline.runs import a_timed_walk, a_walk, spent_nanousd, trip, unrouted
from virtual_time import in_virtual_time
from walking import CALLER, Script, Walk, answers, deployment, fails, hangs, lane, request

CHEAP = deployment("tiny/judge")
QUESTION = Question(
    purpose="classify", deployment=CHEAP, system="Grade it.", text="2+2?", max_output_tokens=8, timeout_s=2.0
)


async def grades(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
    generation = await answers(input_tokens=30, output_tokens=2)(call, meter, on_deltas)
    return msgspec.structs.replace(generation, content=Content(text="easy"))


def walk_of(script: Script = grades, **settings: Any) -> Walk:
    walk = a_walk(**settings)
    walk.provider.scripts[CHEAP.name] = [script]
    return walk


async def why_not(run: Run) -> str:
    """Why no answer came."""
    told = await ask_aside(run, QUESTION)
    assert isinstance(told, Unanswered)
    return told.why


async def test_the_answer_s_text_comes_back_and_the_call_is_in_the_run_s_books() -> None:
    walk = walk_of()
    run = unrouted(walk)

    assert await ask_aside(run, QUESTION) == "easy"

    (call,) = run.calls
    assert (call.lane, call.deployment, call.reason, call.iteration) == ("classify", "tiny/judge", "classify", 0)
    assert call.cost.total_nanousd == 38_000 == spent_nanousd(walk)


async def test_it_asks_in_few_words_and_for_few() -> None:
    walk = walk_of()
    await ask_aside(unrouted(walk), QUESTION)

    (call,) = walk.provider.calls
    sent = msgspec.json.decode(call.request.body)
    assert sent["messages"] == [{"role": "system", "content": "Grade it."}, {"role": "user", "content": "2+2?"}]
    assert (call.max_output_tokens, call.stream, call.want_content) == (8, False, True)


@pytest.mark.parametrize("kind", [FailureKind.OVERLOADED, FailureKind.BAD_REQUEST, FailureKind.CONTENT_FILTER])
async def test_a_failure_is_no_answer_and_recorded(kind: FailureKind) -> None:
    run = unrouted(walk_of(fails(kind)))
    assert await ask_aside(run, QUESTION) == Unanswered(why=f"scripted {kind}")
    assert [call.failure for call in run.calls] == [kind]


@in_virtual_time
async def test_what_comes_too_late_is_cut_off_by_its_own_time_and_not_by_a_deadline_that_nobody_has_set_yet() -> None:
    walk = a_timed_walk(scripts={CHEAP.name: [hangs]})
    run = unrouted(walk)
    began_s = asyncio.get_running_loop().time()

    assert "No answer within 2 s" in await why_not(run)

    assert asyncio.get_running_loop().time() - began_s == 2.0
    assert [call.failure for call in run.calls] == [FailureKind.SLOW]


@pytest.mark.parametrize(
    "settings",
    [
        {"amplification": Amplification(max_cost_nanousd=1)},
        {"tenant": TenantPolicy(name="acme", daily_cap_nanousd=1)},
    ],
)
async def test_what_a_limit_does_not_hold_is_not_asked(settings: dict[str, Any]) -> None:
    walk = walk_of(**settings)
    run = unrouted(walk)
    assert await why_not(run)
    assert (walk.provider.calls, run.calls) == ([], [])


async def test_it_counts_among_the_calls_a_request_may_set_in_motion_and_leaves_one_for_the_caller() -> None:
    walk = walk_of(amplification=Amplification(max_calls=2))
    run = unrouted(walk)
    assert await ask_aside(run, QUESTION) == "easy"
    assert "limits.max_calls" in await why_not(run)
    assert run.allowance.calls == 1


async def test_a_deployment_that_rests_is_not_disturbed() -> None:
    walk = walk_of()
    trip(walk, Lane(name="classify", deployments=(CHEAP,)), CHEAP.name)
    assert "is left alone for now" in await why_not(unrouted(walk))

    busy = walk_of()
    told = Failure(kind=FailureKind.RATE_LIMITED, message="", retry_after_s=5.0)
    busy.pace.end(CHEAP, busy.pace.begin(CHEAP), told, None)
    assert "is left alone for now" in await why_not(unrouted(busy))

    assert (walk.provider.calls, busy.provider.calls) == ([], [])


@pytest.mark.parametrize("refusal", [InvalidRequest("There is no such lane"), NotAllowed("Not with this key")])
async def test_what_was_asked_before_a_router_gave_up_is_recorded_with_its_cost(refusal: LanewiseError) -> None:
    class AsksAndGivesUp:
        async def route(self, request: Any, caller: Any, policy: Any, ask: Any) -> Any:
            await ask(QUESTION)
            raise refusal

    walk = walk_of(of=lane("standard", "alpha/small"))
    walk.gateway.parts = replace(walk.gateway.parts, router=AsksAndGivesUp())

    with pytest.raises(type(refusal)):
        await walk.gateway.answer(request(), CALLER, walk.emit)

    (record,) = walk.ledger.records
    assert (record.calls, record.cost_nanousd, record.status) == (1, 38_000, 400)
