"""Answers that thinking left no room for: asked once more with more room, and never lost over it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from lanewise.core.answer import Finish, Generation
from lanewise.core.failure import FailureKind
from lanewise.core.policy import Amplification, Lane, ModelFacts, ThinkingControl
from lanewise.core.request import Dialect
from lanewise.core.usage import Usage
from lanewise.pipeline.attempt import attempt_at
from lanewise.pipeline.gateway import Answer
from lanewise.pipeline.widen import lacks_room, widen
from pipeline.runs import ONE, a_run, a_timed_walk, a_walk, shown, spent_nanousd, usually
from pipeline.vendors import ROLE, after, cut_off, ended, said, streams, thought
from virtual_time import in_virtual_time
from walking import CALLER, Script, Walk, answers, deployment, fails, hangs, lane, request

WHOLE = streams(ROLE, said("Eight."), ended())


def thinker(thinking: ThinkingControl = "effort", most: int | None = None, **settings: Any) -> Lane:
    """A lane of one model that thinks."""
    facts = ModelFacts(thinking=thinking, max_output_tokens=most)
    model = dataclasses.replace(deployment("alpha/small"), facts=facts)
    return dataclasses.replace(ONE, deployments=(model,), max_output_tokens=4_000, **settings)


async def asked(walk: Walk, **of: Any) -> Answer:
    return await walk.gateway.answer(request(**of), CALLER, walk.emit)


def first_then(first: Script, then: Script, of: Lane | None = None, **settings: Any) -> Walk:
    return a_walk(of or thinker(), {"alpha/small": [first, then]}, **settings)


def answer_of(finish: Finish, *, reasoning: int = 0, output: int = 100, empty: bool = False) -> Generation:
    usage = Usage(output_tokens=output, reasoning_tokens=reasoning)
    return Generation(dialect=Dialect.OPENAI_CHAT, finish=finish, usage=usage, empty=empty)


@pytest.mark.parametrize(
    ("generation", "lacks"),
    [
        (answer_of(Finish.STOP), False),
        (answer_of(Finish.STOP, reasoning=99), False),  # it thought long, and said what it had to say
        (answer_of(Finish.LENGTH, reasoning=40), False),  # a long answer, cut off where the caller wanted it cut
        (answer_of(Finish.LENGTH, reasoning=60), True),
        (answer_of(Finish.STOP, empty=True), True),
        (answer_of(Finish.LENGTH, empty=True), True),
        (answer_of(Finish.CONTENT_FILTER, empty=True), False),  # a refusal is an answer
        (Generation(dialect=Dialect.OPENAI_CHAT, finish=Finish.LENGTH), False),  # nobody knows what it spent
    ],
)
def test_which_answers_had_no_room(generation: Generation, lacks: bool) -> None:
    assert lacks_room(generation) is lacks


@pytest.mark.parametrize("stream", [True, False])
async def test_where_the_lane_set_the_cap_it_is_doubled_once(stream: bool) -> None:
    walk = first_then(cut_off(), WHOLE)

    answer = await asked(walk, stream=stream)

    assert [call.max_output_tokens for call in walk.provider.calls] == [4_000, 8_000]
    assert answer.generation.finish is Finish.STOP
    assert [call.reason for call in answer.record.trace.calls] == ["first", "wider: length"]
    assert (answer.record.outcome, answer.record.degraded) == ("success", False)
    assert answer.record.answered_by == answer.record.trace.calls[1]
    assert spent_nanousd(walk) == answer.record.cost_nanousd


async def test_what_the_first_call_held_is_never_seen() -> None:
    walk = first_then(cut_off(), WHOLE)
    await asked(walk, stream=True)
    assert shown(walk) == "role;Eight.;[stop];"


async def test_thinking_that_was_shown_stays_and_its_end_is_not_told_before_the_answer_s() -> None:
    usage = Usage(output_tokens=100, reasoning_tokens=90)
    cut = streams(ROLE, thought(), ended(Finish.LENGTH), empty=True, usage=usage)
    walk = first_then(cut, streams(ROLE, thought(), said("Eight."), ended()))

    await asked(walk, stream=True)

    assert shown(walk) == "role;(hm);role;(hm);Eight.;[stop];"


async def test_where_clients_count_blocks_thinking_that_was_shown_stands() -> None:
    walk = first_then(streams(thought(), ended(Finish.LENGTH), empty=True), WHOLE)
    await asked(walk, stream=True, dialect=Dialect.OPENAI_RESPONSES)
    assert len(walk.provider.calls) == 1
    assert shown(walk) == "(hm);[length];"


@pytest.mark.parametrize("kind", [FailureKind.OVERLOADED, FailureKind.BAD_REQUEST, FailureKind.CUT_STREAM])
@pytest.mark.parametrize("stream", [True, False])
async def test_where_the_wider_call_fails_the_first_answer_stands(stream: bool, kind: FailureKind) -> None:
    walk = first_then(cut_off(), fails(kind))

    answer = await asked(walk, stream=stream)

    assert answer.record.failure is None
    assert answer.generation.finish is Finish.LENGTH
    assert shown(walk) == ("role;[length];" if stream else "")
    assert answer.record.answered_by == answer.record.trace.calls[0]
    assert len(walk.provider.calls) == 2


async def test_where_the_wider_call_breaks_off_in_the_middle_of_its_words_that_is_told() -> None:
    walk = first_then(cut_off(), streams(said("Ei"), fails=FailureKind.CUT_STREAM))
    answer = await asked(walk, stream=True)
    assert answer.record.failure == FailureKind.CUT_STREAM
    assert shown(walk) == "Ei;"


async def test_where_the_wider_call_is_refused_by_a_limit_the_first_answer_stands() -> None:
    walk = first_then(cut_off(), WHOLE, amplification=Amplification(max_calls=1))
    answer = await asked(walk)
    assert (answer.record.failure, len(walk.provider.calls)) == (None, 1)


async def test_it_is_a_retry_and_counts_as_one() -> None:
    walk = first_then(cut_off(), WHOLE, amplification=Amplification(max_retries=0))
    await asked(walk)
    assert len(walk.provider.calls) == 1

    run = a_run(first_then(cut_off(), WHOLE))
    await widen(run, attempt_at(run, run.lane.deployments[0], reason="first"), None)
    assert run.allowance.retries == Amplification().max_retries - 1


async def test_no_cap_is_larger_than_the_model_s_then_it_thinks_less() -> None:
    capped = first_then(cut_off(), WHOLE, thinker(most=5_000))
    await asked(capped)
    assert [call.max_output_tokens for call in capped.provider.calls] == [4_000, 5_000]

    full = first_then(cut_off(), WHOLE, thinker(most=4_000, effort="high"))
    await asked(full)
    assert [(call.max_output_tokens, call.effort) for call in full.provider.calls] == [(4_000, "high"), (4_000, "low")]


@pytest.mark.parametrize(
    ("of_lane", "of_caller", "less"),
    [
        ({"effort": "max"}, {}, "medium"),
        ({}, {"effort": "medium"}, "low"),
        ({"thinking_budget_tokens": 9_000}, {}, "low"),
        ({}, {}, "low"),  # a model that thinks unasked thinks about as much
        ({"effort": "minimal"}, {}, "none"),
    ],
)
async def test_where_the_caller_set_the_cap_the_model_thinks_less(
    of_lane: dict[str, Any], of_caller: dict[str, Any], less: str
) -> None:
    walk = first_then(cut_off(), WHOLE, thinker(**of_lane))
    await asked(walk, max_output_tokens=1_000, **of_caller)
    wide = walk.provider.calls[1]
    assert (wide.max_output_tokens, wide.effort, wide.thinking_budget_tokens) == (1_000, less, None)


@pytest.mark.parametrize(
    ("of", "asked_with"),
    [
        (thinker("none"), {}),
        (thinker(effort="none"), {}),
        (thinker(), {"effort": "as long as it takes"}),
    ],
)
async def test_where_nothing_could_be_less_the_answer_stands(of: Lane, asked_with: dict[str, Any]) -> None:
    walk = first_then(cut_off(), WHOLE, of)
    await asked(walk, max_output_tokens=1_000, **asked_with)
    assert len(walk.provider.calls) == 1


async def test_an_empty_answer_is_asked_for_once_more_as_it_was() -> None:
    nothing = streams(ROLE, ended(), empty=True)
    walk = first_then(nothing, WHOLE)
    answer = await asked(walk, stream=True)
    assert [call.max_output_tokens for call in walk.provider.calls] == [4_000, 4_000]
    assert answer.record.trace.calls[1].reason == "retry: empty"
    assert shown(walk) == "role;Eight.;[stop];"


async def test_an_answer_that_stays_empty_is_given_as_it_is() -> None:
    nothing = streams(ROLE, ended(), empty=True)
    walk = first_then(nothing, nothing)
    answer = await asked(walk, stream=True)
    assert (answer.record.failure, len(walk.provider.calls)) == (None, 2)
    assert shown(walk) == "role;[stop];"


@in_virtual_time
async def test_the_twin_that_answered_is_the_one_that_is_asked_for_more_room() -> None:
    of = lane("standard", "alpha/small", "beta/large", hedge_after=2.0)
    walk = a_timed_walk(of, scripts={"alpha/small": [hangs], "beta/large": [cut_off(), answers()]})
    usually(walk, "standard", takes_s=1.0)

    answer = await asked(walk)

    assert walk.provider.asked() == ["alpha/small", "beta/large", "beta/large"]
    assert answer.record.deployment == "beta/large"


@in_virtual_time
async def test_the_wider_call_has_no_twin_of_its_own() -> None:
    of = lane("standard", "alpha/small", "beta/large", hedge_after=2.0)
    walk = a_timed_walk(of, scripts={"alpha/small": [cut_off(), after(9.0)]})
    usually(walk, "standard", takes_s=1.0)
    await asked(walk)
    assert walk.provider.asked() == ["alpha/small", "alpha/small"]
