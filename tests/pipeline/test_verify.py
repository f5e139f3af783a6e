"""Verifiers one after the other: their order, their time, and what happens when one is down."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from lanewise.core.answer import Content
from lanewise.core.policy import Check
from lanewise.core.protocols.verifier import Candidate, VerifierDown
from lanewise.core.verdict import Verdict
from lanewise.pipeline.verify import WATCHED, seen_of, verify
from lanewise.pipeline.weighing import Weighing
from pipeline.runs import a_run, a_timed_walk, a_walk
from pipeline.weighed import Broken, Stuck, always, proof
from virtual_time import in_virtual_time
from walking import Walk, lane, request

FIRST, SECOND = Check(verifier="json_schema"), Check(verifier="math_answer")
FORM = Verdict(verifier="json_schema", word="accept", kind="form")


def candidate(walk: Walk) -> Candidate:
    asked = request()
    return Candidate(request=asked, conversation=walk.gateway.parts.read(asked), content=Content(text="4"))


def test_of_an_answer_that_is_thinking_alone_a_verifier_sees_no_text() -> None:
    assert seen_of(Content(text='<think>{"a": 1}</think>')).text == ""
    assert seen_of(Content(text="<think>Answer: 4")).text == ""
    whole = Content(text="<think>four?</think>4")
    assert seen_of(whole) is whole


async def verdict(walk: Walk, verifiers: dict[Check, Any], weighing: Weighing | None = None) -> Verdict | None:
    walk.verifiers |= verifiers
    return await verify(a_run(walk), weighing or Weighing(), tuple(verifiers)[:2], candidate(walk))


async def test_the_first_that_rejects_decides_and_nobody_after_it_is_asked() -> None:
    second = always(proof())

    said = await verdict(a_walk(), {FIRST: always(proof("reject", reason="no")), SECOND: second})

    assert said is not None
    assert (said.word, second.seen) == ("reject", [])


@pytest.mark.parametrize(("partial", "asked"), [(False, 1), (True, 0)])
async def test_a_lane_that_wants_to_hear_all_asks_all_but_of_a_step(partial: bool, asked: int) -> None:
    walk = a_walk(lane("standard", "alpha/small", all_checks=True))
    walk.verifiers |= {FIRST: always(proof("reject", reason="no")), SECOND: (second := always(proof()))}
    judged = msgspec.structs.replace(candidate(walk), partial=partial)

    said = await verify(a_run(walk), weighing := Weighing(), (FIRST, SECOND), judged)

    assert said is not None
    assert (said.word, said.reason, len(second.seen)) == ("reject", "no", asked)
    assert len(weighing.checks) == 1 + asked


async def test_the_strongest_kind_speaks_for_all() -> None:
    said = await verdict(a_walk(), {FIRST: always(FORM), SECOND: always(proof())})
    assert said is not None
    assert (said.word, said.kind) == ("accept", "proof")


async def test_a_form_that_fits_is_what_is_left_where_nobody_else_could_judge() -> None:
    said = await verdict(a_walk(), {FIRST: always(FORM), SECOND: always(proof("unverifiable", reason="?"))})
    assert said is not None
    assert (said.word, said.kind) == ("accept", "form")


async def test_nobody_could_judge_stays_unverifiable() -> None:
    unsure = always(proof("unverifiable", reason="?"))
    said = await verdict(a_walk(), {FIRST: unsure, SECOND: unsure})
    assert said is not None
    assert said.word == "unverifiable"


async def test_without_a_check_there_is_no_verdict() -> None:
    assert await verdict(a_walk(), {}) is None


async def told(coroutine: Any) -> tuple[Any, list[str]]:
    """What it gave, and the faults that were reported on the way."""
    faults: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: faults.append(str(context["exception"])))
    try:
        return await coroutine, faults
    finally:
        loop.set_exception_handler(None)


async def test_a_verifier_with_a_fault_leaves_the_answer_unverifiable_and_is_reported() -> None:
    weighing = Weighing()
    said, faults = await told(verdict(a_walk(), {FIRST: Broken()}, weighing))
    assert (said.word, said.reason) == ("unverifiable", "json_schema is broken: RuntimeError")
    assert faults == ["out of order"]
    assert [(check.verifier, check.verdict, check.passed) for check in weighing.checks] == [
        ("json_schema", "down", False)
    ]


async def test_one_that_is_down_gives_way_to_its_stand_in_and_says_so() -> None:
    dear, cheap = Check(verifier="judge", stand_in=FIRST), FIRST
    walk, weighing = a_walk(), Weighing()
    walk.verifiers |= {cheap: always(FORM)}

    said, _ = await told(verdict(walk, {dear: Broken()}, weighing))

    assert (said.word, said.verifier, said.stands_in_for) == ("accept", "json_schema", "judge")
    assert [(check.verifier, check.verdict, check.stands_in_for) for check in weighing.checks] == [
        ("judge", "down", ""),
        ("json_schema", "accept", "judge"),
    ]


async def test_why_one_is_down_stands_in_the_trace_in_its_own_words_and_is_no_fault() -> None:
    class Down:
        async def verify(self, candidate: Candidate, ask: Any) -> Verdict:
            raise VerifierDown("it answered 503, and no verdict: try later")

    weighing = Weighing()
    said, faults = await told(verdict(a_walk(), {FIRST: Down()}, weighing))
    assert (said.word, faults) == ("unverifiable", [])
    assert weighing.checks[0].reason == "json_schema is down: it answered 503, and no verdict: try later"


async def test_where_its_stand_in_is_down_too_it_is_unverifiable() -> None:
    dear = Check(verifier="judge", stand_in=FIRST)
    walk = a_walk()
    walk.verifiers |= {FIRST: Broken()}
    said, _ = await told(verdict(walk, {dear: Broken()}))
    assert (said.word, said.verifier) == ("unverifiable", "judge")


async def test_one_that_keeps_failing_is_left_alone_by_its_breaker() -> None:
    walk, broken = a_walk(), Broken()
    said = None
    for _ in range(8):
        said, _ = await told(verdict(walk, {FIRST: broken}))
    assert said is not None
    assert broken.asked == WATCHED.breaker.min_calls
    assert said.reason == "json_schema keeps failing and is left alone for now"
    (state,) = walk.breaker.states()
    assert (state.lane, state.deployment, state.position) == ("verify", "verifier/json_schema", "open")


@in_virtual_time
async def test_a_verdict_has_its_own_time() -> None:
    walk = a_timed_walk()
    said, faults = await told(verdict(walk, {Check(verifier="judge", timeout_s=3.0): Stuck()}))
    assert (said.word, said.reason, faults) == ("unverifiable", "judge gave no verdict within 3 s", [])


async def test_a_caller_who_leaves_ends_the_check_and_it_counts_for_nothing() -> None:
    walk = a_walk()
    task = asyncio.ensure_future(verdict(walk, {FIRST: Stuck()}))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (state,) = walk.breaker.states()
    assert (state.failed, state.position) == (0, "closed")
