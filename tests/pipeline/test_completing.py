"""Streams that are ended once their answer is verified: when they are looked at, by whom, and what it says in the books."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
from msgspec import structs

from lanewise.core.answer import Content, Finish
from lanewise.core.events import Deltas
from lanewise.core.plan import Rung
from lanewise.core.policy import Check
from lanewise.core.request import Dialect, Hints
from lanewise.core.verdict import Verdict
from lanewise.pipeline.attempt import call_at
from lanewise.pipeline.completing import PATIENCE_S, completion_of
from pipeline.runs import a_run, a_walk
from pipeline.weighed import SMALL, Broken, Judging, Stuck, always, answer, proof, wants, weighed_walk
from virtual_time import in_virtual_time
from walking import answers, request

MATHS = Check(verifier="math_answer", closes="answer")
JSON = Check(verifier="json_schema", closes="json")
OTHER = Check(verifier="judge")
LANE = dataclasses.replace(SMALL, stop_when_verified=True)
STREAM = request(stream=True, hints=Hints(expected="391"))


def verified(verifiers: dict[Check, Any], text: str = "391", *checks: Check) -> Any:
    walk = a_walk(LANE)
    walk.verifiers |= verifiers
    run = a_run(walk, STREAM)
    completion = completion_of(run, Rung(lane=LANE, checks=checks or tuple(verifiers)))
    assert completion is not None
    return completion.is_verified(Content(text=text))


async def test_a_proof_ends_it_and_nothing_less() -> None:
    assert await verified({MATHS: wants("391")})
    assert not await verified({MATHS: wants("391")}, "390")
    assert not await verified({MATHS: always(proof("unverifiable", reason="?"))})
    assert not await verified({MATHS: always(Verdict(verifier="v", word="accept", kind="evidence"))})


async def test_json_ends_it_by_its_form_unless_it_had_to_be_mended() -> None:
    fits = Verdict(verifier="json_schema", word="accept", kind="form")
    assert await verified({JSON: always(fits)})
    assert not await verified({JSON: always(structs.replace(fits, changed=("a comma was put in",)))})


async def test_all_who_can_decide_it_have_to_and_nobody_else_is_asked() -> None:
    judge = Judging(lambda _: proof())
    assert await verified({MATHS: wants("391"), OTHER: judge})
    assert judge.seen == []
    fits = Verdict(verifier="json_schema", word="reject", kind="form", reason="no")
    assert not await verified({MATHS: wants("391"), JSON: always(fits)})


async def test_it_is_judged_as_an_answer_that_has_stopped_here() -> None:
    judging = wants("391")
    assert await verified({MATHS: judging})
    (seen,) = judging.seen
    assert (seen.finish, seen.expected, seen.partial) == (Finish.STOP, "391", False)


@in_virtual_time
async def test_a_verifier_that_takes_too_long_does_not_hold_it_up() -> None:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    assert not await verified({MATHS: Stuck()})
    assert loop.time() - began_s == pytest.approx(PATIENCE_S)


async def test_a_verifier_that_is_broken_is_told_and_the_stream_goes_on() -> None:
    told: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context["message"]))
    assert not await verified({MATHS: Broken()})
    loop.set_exception_handler(None)
    assert told == ["a verifier has failed at a closing mark"]


@pytest.mark.parametrize(
    ("lane", "asked", "checks"),
    [
        (SMALL, STREAM, (MATHS,)),
        (LANE, request(), (MATHS,)),
        (LANE, request(stream=True, has_tools=True), (MATHS,)),
        (LANE, STREAM, (OTHER,)),
        (LANE, STREAM, ()),
    ],
    ids=["not asked for", "no stream", "tools", "nobody can decide it", "no check"],
)
def test_otherwise_no_stream_is_watched(lane: Any, asked: Any, checks: Any) -> None:
    assert completion_of(a_run(a_walk(lane), asked), Rung(lane=lane, checks=checks)) is None


def test_every_vendor_of_a_lane_may_be_hung_up_on_one_of_the_caller_s_own_responses_too() -> None:
    run = a_run(a_walk(LANE), structs.replace(STREAM, dialect=Dialect.OPENAI_RESPONSES))
    run.completion = completion_of(run, Rung(lane=LANE, checks=(MATHS,)))
    chat = LANE.deployments[0]
    own = dataclasses.replace(chat, provider=dataclasses.replace(chat.provider, dialect=Dialect.OPENAI_RESPONSES))
    assert [call_at(run, each).completion for each in (chat, own)] == [run.completion] * 2
    assert run.completion is not None


@pytest.mark.parametrize("held", [True, False])
async def test_what_was_ended_early_has_an_end_and_its_estimate_in_the_books(held: bool) -> None:
    async def ends_early(call: Any, meter: Any, on_deltas: Any) -> Any:
        assert call.completion is not None
        generation = await answers("391", output_tokens=1)(call, meter, on_deltas)
        return structs.replace(generation, ended_early=True, content=Content(text="391"))

    walk = weighed_walk(
        Rung(lane=LANE, checks=(MATHS,), held=held),
        scripts={"alpha/small": [ends_early]},
        verifiers={MATHS: wants("391")},
    )

    given = await answer(walk, STREAM)

    *said, end = [event for event in walk.events if isinstance(event, Deltas)]
    assert "".join(delta.text for event in said for delta in event.deltas) == "391"
    assert end.dialect is not Dialect.OPENAI_CHAT
    assert (end.deltas[0].finish, end.deltas[0].usage.estimated) == (Finish.STOP, True)  # type: ignore[union-attr]
    (call,) = given.record.trace.calls
    assert (call.ended_early, call.estimated, call.failure, given.record.verdict) == (True, True, None, "accept")
    assert call.spared_tokens == 16_384 - call.output_tokens
    assert call.spared_nanousd == call.spared_tokens * 4_000
    assert given.record.estimated
