"""Answers that no verifier should be taken in by, through every strategy, given whole, held and released; and callers who leave midway."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import msgspec
import pytest

from lanewise.core.answer import Content, Finish, Generation, Meter, ToolCall
from lanewise.core.plan import Rung
from lanewise.core.policy import Check
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.request import Hints
from lanewise.core.searching import Search
from lanewise.verifiers.math_answer import MathAnswerVerifier
from lanewise.verifiers.maths.task import MathTask, MathTold
from lanewise.verifiers.maths.worker import told_of
from pipeline.runs import shown
from pipeline.weighed import SMALL, STRONG, answer, says, weighed_walk
from virtual_time import LoopClock, in_virtual_time
from walking import Script, Walk, request

CHECK = Check(verifier="math_answer", closes="answer")
REPAIR = "Your answer was checked and did not pass.\nReason: none\nIt is close. Fix it.\nAnswer: "
ASKED = Hints(expected="42")


def ended(script: Script, finish: Finish) -> Script:
    """The same answer, ended for another reason."""

    async def ends(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        return msgspec.structs.replace(await script(call, meter, on_deltas), finish=finish)

    return ends


def paying(arguments: str) -> tuple[ToolCall, ...]:
    return (ToolCall(id="x", name="pay", arguments=arguments),)


#: None of these is a right answer, whatever is in it.
HOSTILE: dict[str, list[Script]] = {
    "nothing": [says("", empty=True)],
    "blanks": [says(" \n\t", empty=True)],
    "thinking alone": [says("<think>Answer: 42</think>")],
    "thinking that never ends": [says("<think>Answer: 42\nAnswer: 42")],
    "thinking beside nothing": [says("", empty=True, reasoning="Answer: 42")],
    "a refusal": [says("", refusal="I cannot help with Answer: 42")],
    "a refusal in words": [says("I'm sorry, but I can't help with that.")],
    "a call with half its arguments": [says("", calls=paying('{"amount": 4'))],
    "half an answer": [ended(says("Answer: 4"), Finish.LENGTH)],
    "what may be half an answer": [ended(says("Answer: 42"), Finish.LENGTH)],
    "what a filter has ended": [ended(says("Answer: 42"), Finish.CONTENT_FILTER)],
    "the same mistake": [says("Answer: 41")],
    "another mistake each time": [says(f"Answer: {n}") for n in range(30)],
    "the words of a repair": [says(f"{REPAIR}41")],
    "giving up": [says("CANNOT SOLVE: Answer: 42")],
    "giving up in the end": [says("Answer: 41"), says("CANNOT SOLVE: no")],
}
STRATEGIES: dict[str, dict[str, Any]] = {
    "single": {"repairs": 2},
    "draft": {"strategy": "draft", "repairs": 1},
    "vote": {"strategy": "vote", "samples": 5, "repairs": 0},
    "best_of_n": {"strategy": "best_of_n", "samples": 3, "repairs": 1},
    "search": {"strategy": "search", "samples": 8, "repairs": 0, "search": Search(width=2, beam=1, depth=2)},
}
WAYS = {"whole": (False, True), "held": (True, True), "released": (True, False)}


async def calculated(task: MathTask) -> MathTold:
    return told_of(task)


def walk_of(strategy: str, scripts: list[Script], *, held: bool, **more: Any) -> Walk:
    """A climb from a lane of that strategy to one that says the same."""
    first = dataclasses.replace(SMALL, **STRATEGIES[strategy])
    second = dataclasses.replace(STRONG, repairs=0)
    rungs = [Rung(lane=each, checks=(CHECK,), held=held, threshold=0.75) for each in (first, second)]
    judge = MathAnswerVerifier(calculate=calculated)
    return weighed_walk(
        *rungs, scripts={"alpha/small": scripts, "beta/large": scripts}, verifiers={CHECK: judge}, **more
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_no_answer_that_is_none_is_verified_and_the_books_are_true(strategy: str, way: str) -> None:
    stream, held = WAYS[way]
    for name, scripts in HOSTILE.items():
        walk = walk_of(strategy, scripts, held=held)
        given = await answer(walk, request(stream=stream, hints=ASKED))
        record = given.record

        assert record.verdict in ("reject", "unverifiable", "unchecked"), name
        assert record.calls == len(walk.provider.calls) == len(record.trace.calls), name
        assert record.calls <= walk.gateway.policy.amplification.max_calls, name
        assert record.cost_nanousd == sum(call.cost.total_nanousd for call in record.trace.calls), name
        assert (record.outcome == "refused") == (record.status == 422 or name == "what a filter has ended"), name
        if held and given.generation.failure is not None:
            assert shown(walk) == "", name
        elif held and stream:
            assert shown(walk).count("end;") == 1, name


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_a_right_answer_that_comes_last_is_given(strategy: str) -> None:
    scripts = [says("Answer: 41"), says("", empty=True), says("Answer: 42")]
    walk = walk_of(strategy, scripts, held=True)
    given = await answer(walk, request(hints=ASKED))
    assert (given.record.verdict, given.record.verdict_kind) == ("accept", "proof")
    assert given.generation.content == Content(text="Answer: 42")


@pytest.mark.parametrize("before", range(3))
@pytest.mark.parametrize("strategy", STRATEGIES)
@in_virtual_time
async def test_a_caller_who_leaves_midway_pays_for_what_was_asked_and_nothing_goes_on(
    strategy: str, before: int
) -> None:
    cancelled: list[Call] = []

    async def hangs(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        meter.accepted = True
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(call)
            raise
        raise AssertionError

    walk = walk_of(strategy, [*([says("Answer: 41")] * before), hangs], held=True, clock=LoopClock())
    asking = asyncio.create_task(answer(walk, request(hints=ASKED)))
    await asyncio.sleep(1.0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    (record,) = walk.ledger.records
    assert (record.outcome, record.verdict, record.status) == ("cancelled", "unchecked", 499)
    assert record.calls == len(walk.provider.calls) == len(record.trace.calls)
    assert cancelled
    assert [call.failure for call in record.trace.calls].count("cancelled") == len(cancelled)
    assert record.estimated
