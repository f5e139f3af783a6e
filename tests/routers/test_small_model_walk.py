"""The small model in the walk: asked like any other call, and paid like one."""

from __future__ import annotations

import dataclasses

import pytest

from lanewise.core.answer import Content, Finish, Generation, Meter
from lanewise.core.caps import Spend
from lanewise.core.failure import FailureKind
from lanewise.core.policy import ModelFacts, Policy, TenantPolicy
from lanewise.core.protocols.budget import Refused
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.usage import RateCard, Usage
from lanewise.pipeline.reserve import set_aside
from routers.cheap_model import OTHER_CALLER, graded_by_small_model
from walking import CALLER, Script, Walk, answers, deployment, fails, hangs, payer, request

NANO = RateCard(input=100_000_000, output=400_000_000)  # $0.10 and $0.40 per million tokens


def says(text: str) -> Script:
    """A model that grades, for 200 tokens in and 2 out."""

    async def script(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        assert call.want_content
        meter.first_output_s = 0.0
        return Generation(
            dialect=call.deployment.provider.dialect,
            body=b"{}",
            content=Content(text=text),
            finish=Finish.STOP,
            usage=Usage(input_tokens=200, output_tokens=2),
            served_model=call.deployment.model,
        )

    return script


def walk(nano: Script, of: Policy | None = None) -> Walk:
    answering = {
        name: [answers(input_tokens=1_000, output_tokens=1_000)] for name in ("openai/gpt-4o", "anthropic/opus")
    }
    of = of or graded_by_small_model(deployment=deployment("openai/nano", NANO))
    return Walk(of, {"openai/nano": [nano], "openai/mini": [answers()], **answering})


async def test_what_it_cost_is_in_the_runs_row_and_its_call_in_the_trace() -> None:
    walked = walk(says("hard"))

    answer = await walked.gateway.answer(request("auto", "Why is the sky blue?"), CALLER, walked.emit)

    asked, answered = answer.record.trace.calls
    assert (asked.lane, asked.reason, asked.deployment, answered.lane) == (
        "classify",
        "classify",
        "openai/nano",
        "reasoning",
    )
    assert asked.cost.total_nanousd == 200 * 100 + 2 * 400
    assert answered.cost.total_nanousd == 1_000 * 1_000 + 1_000 * 4_000
    assert answer.record.cost_nanousd == asked.cost.total_nanousd + answered.cost.total_nanousd
    assert answer.record.calls == 2
    assert answer.record.input_tokens == 1_200
    assert answer.record.reason == "small_model:hard"
    everyone = walked.gateway.policy.default_tenant
    left_nanousd = (everyone.daily_cap_nanousd or 0) - answer.record.cost_nanousd
    assert isinstance(await set_aside(walked.budget, payer(everyone), Spend(left_nanousd + 1)), Refused)
    assert not isinstance(await set_aside(walked.budget, payer(everyone), Spend(left_nanousd)), Refused)


async def test_a_remembered_grade_costs_nothing() -> None:
    walked = walk(says("hard"))
    await walked.gateway.answer(request("auto", "Why is the sky blue?"), CALLER, walked.emit)

    answer = await walked.gateway.answer(request("auto", "Why is the sky blue?"), CALLER, walked.emit)

    assert answer.record.calls == 1
    assert answer.record.trace.features["classifier_cached"] is True
    assert walked.provider.asked().count("openai/nano") == 1


@pytest.mark.parametrize("nano", [fails(FailureKind.SERVER_ERROR), fails(FailureKind.RATE_LIMITED), hangs])
async def test_where_it_fails_or_is_late_the_heuristic_decides_and_the_request_is_answered(nano: Script) -> None:
    walked = walk(nano, graded_by_small_model(timeout_s=0.05))

    answer = await walked.gateway.answer(
        request("auto", "Prove that the root of 2 is irrational."), CALLER, walked.emit
    )

    assert answer.record.outcome == "success"
    assert answer.record.reason in ("difficulty:hard", "difficulty:expert")
    assert answer.record.trace.calls[0].lane == "classify"


async def test_a_budget_that_holds_no_question_still_may_hold_an_answer() -> None:
    unpriced = dataclasses.replace(deployment("openai/nano"), prices=RateCard(input=10**15, output=10**15))
    walked = walk(says("hard"), graded_by_small_model(deployment=unpriced))

    answer = await walked.gateway.answer(request("auto", "Hello!"), CALLER, walked.emit)

    assert walked.provider.asked() == ["openai/mini"]
    assert answer.record.reason == "difficulty:trivial"


async def test_a_model_that_can_think_is_asked_not_to() -> None:
    thinks = dataclasses.replace(
        deployment("openai/nano"), facts=ModelFacts(thinking="effort", efforts=("none", "low"))
    )
    walked = walk(says("hard"), graded_by_small_model(deployment=thinks))

    await walked.gateway.answer(request("auto", "Why?"), CALLER, walked.emit)

    assert walked.provider.calls[0].effort == "none"


async def test_two_tenants_share_neither_words_nor_costs() -> None:
    of = graded_by_small_model()
    tenants = {name: TenantPolicy(name=name, daily_cap_nanousd=10**10) for name in ("acme", "globex")}
    walked = walk(says("hard"), dataclasses.replace(of, tenants=tenants))

    for caller in (CALLER, OTHER_CALLER):
        await walked.gateway.answer(request("auto", "Why?"), caller, walked.emit)

    assert [record.calls for record in walked.ledger.records] == [2, 2]
