"""Steps of a search in the walk: what they are asked, who judges them, what they may use up, and what is told and billed of them."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from lanewise.core.events import Searching, Verifying
from lanewise.core.failure import FailureKind
from lanewise.core.plan import Rung
from lanewise.core.policy import Amplification, Check
from lanewise.core.request import Hints
from lanewise.core.searching import Search
from lanewise.strategies.steps import words_of_a_step, words_of_the_answer
from pipeline.runs import shown
from pipeline.vendors import after
from pipeline.weighed import SMALL, Judge, Judging, answer, messages_of, proof, says, wants, weighed_walk
from virtual_time import LoopClock, in_virtual_time
from walking import Walk, fails, request

CHECK = Check(verifier="math_answer")
OF_STEPS = Check(verifier="judge", why="lanes.standard.search")
SEARCH = Search(width=2, beam=1, depth=2, step_tokens=64, judges=(OF_STEPS,))
LANE = dataclasses.replace(SMALL, strategy="search", samples=8, repairs=0, search=SEARCH, timeout_s=100.0)
RUNG = Rung(lane=LANE, checks=(CHECK,))
SCRIPT = [says("390"), says("bad"), says("good"), says("worse"), says("Answer: 391"), says("391")]


def graded(score: float = 0.5) -> Judge:
    def judge(candidate: object) -> object:
        text = candidate.content.text  # type: ignore[attr-defined]
        return proof(score=0.9) if text.startswith("good") else proof("unverifiable", reason="?", score=score)

    return judge  # type: ignore[return-value]


def searching(*scripts: object, lane: object = LANE, clock: object = None) -> tuple[Walk, Judging]:
    """A walk whose small model says these in turn; 391 is right, and of its steps the good one is."""
    judging = Judging(graded())
    walk = weighed_walk(
        Rung(lane=lane, checks=(CHECK,)),  # type: ignore[arg-type]
        scripts={"alpha/small": list(scripts or SCRIPT)},  # type: ignore[arg-type]
        verifiers={CHECK: wants("391"), OF_STEPS: judging},
        clock=clock,
    )
    walk.gateway.policy = dataclasses.replace(walk.gateway.policy, amplification=Amplification(max_calls=20))
    return walk, judging


async def test_steps_are_asked_one_after_the_other_and_the_answer_after_the_best_of_them() -> None:
    walk, judging = searching()

    given = await answer(walk, request(hints=Hints(expected="391", tests="assert True")))

    assert given.generation.body == b"391"
    record = given.record
    assert (record.verdict, record.attempts, record.calls) == ("accept", 2, 6)
    assert (record.trace.strategy, record.trace.answer) == ("search", "standard/search-1.1-answer/call-")
    assert [(call.name, call.reason) for call in record.trace.calls] == [
        ("standard/sample-0/call-0", "first"),
        ("standard/search-0/call-0", "step: 0"),
        ("standard/search-1/call-0", "step: 1"),
        ("standard/search-1.0/call-0", "step: 1.0"),
        ("standard/search-1.1/call-0", "step: 1.1"),
        ("standard/search-1.1-answer/call-0", "search"),
    ]
    assert record.cost_nanousd == sum(call.cost.total_nanousd for call in record.trace.calls)
    asked = messages_of(walk.provider.calls[0])
    assert messages_of(walk.provider.calls[3]) == [
        *asked,
        {"role": "assistant", "content": "good"},
        {"role": "user", "content": words_of_a_step(0)},
    ]
    assert messages_of(walk.provider.calls[5]) == [
        *asked,
        {"role": "assistant", "content": "good\nAnswer: 391"},
        {"role": "user", "content": words_of_the_answer()},
    ]
    for candidate in judging.seen:
        assert candidate.partial
        assert (candidate.expected, candidate.tests, len(candidate.conversation.turns)) == (None, None, 1)
    assert [candidate.content.text for candidate in judging.seen][-1] == "good\nAnswer: 391"


async def test_steps_are_told_and_their_judges_words_are_kept_apart() -> None:
    walk, _ = searching()

    given = await answer(walk)

    told = [event for event in walk.events if isinstance(event, Searching)]
    assert [(each.step, each.verdict, each.score, each.steps) for each in told] == [
        ("0", "unverifiable", 0.5, 1),
        ("1", "accept", 0.9, 2),
        ("1.0", "accept", 0.9, 3),
        ("1.1", "accept", 0.9, 4),
    ]
    assert sum(isinstance(event, Verifying) for event in walk.events) == 2  # of the two answers
    checks = given.record.trace.checks
    assert [(check.verifier, check.of) for check in checks if not check.partial] == [
        ("math_answer", "sample-0/"),
        ("math_answer", "search-1.1-answer/"),
    ]
    assert {check.why for check in checks if check.partial} == {"lanes.standard.search"}


async def test_a_stream_shows_only_the_answer() -> None:
    walk, _ = searching()
    await answer(walk, request(stream=True))
    assert shown(walk) == "role;391;end;"


async def test_a_step_has_its_own_cap_and_never_more_than_the_caller_s() -> None:
    walk, _ = searching()
    await answer(walk)
    assert [call.max_output_tokens for call in walk.provider.calls] == [16_384, 64, 64, 64, 64, 16_384]
    walk, _ = searching()
    await answer(walk, request(max_output_tokens=32))
    assert {call.max_output_tokens for call in walk.provider.calls} == {32}


async def test_the_last_calls_are_kept_for_the_answer() -> None:
    walk, _ = searching()
    walk.gateway.policy = dataclasses.replace(walk.gateway.policy, amplification=Amplification(max_calls=5))

    given = await answer(walk)

    names = [call.name.split("/")[1] for call in given.record.trace.calls]
    assert names == ["sample-0", "search-0", "search-1", "search-1-answer"]


async def test_money_for_the_answer_is_kept() -> None:
    walk, _ = searching()
    answer_worst_nanousd = 70_000_000  # 16,384 tokens at $4 per million, and what is asked
    walk.gateway.policy = dataclasses.replace(
        walk.gateway.policy, amplification=Amplification(max_cost_nanousd=answer_worst_nanousd, max_calls=20)
    )
    given = await answer(walk)
    assert given.record.verdict == "accept"  # every call fits by itself, and gives back what it did not use

    poor = dataclasses.replace(LANE, max_output_tokens=300_000)  # no cap: each answer is reserved at its worst
    walk, _ = searching(lane=poor)
    walk.gateway.policy = dataclasses.replace(
        walk.gateway.policy, amplification=Amplification(max_calls=20, max_output_tokens=300_003)
    )
    given = await answer(walk)
    assert [call.name.split("/")[1] for call in given.record.trace.calls] == ["sample-0"]
    assert (given.record.verdict, given.record.status) == ("reject", 200)


@in_virtual_time
async def test_a_fifth_of_the_time_is_kept_for_the_answer() -> None:
    slow = after(50.0, says("good"))
    walk, _ = searching(says("390"), slow, slow, slow, slow, says("391"), clock=LoopClock())

    given = await answer(walk)

    record = given.record
    assert {call.name.split("/")[1]: call.failure for call in record.trace.calls} == {
        "sample-0": None,
        "search-0": None,
        "search-1": None,  # the same words as the other's, so not carried on
        "search-0.0": FailureKind.DEADLINE,
        "search-0.1": FailureKind.DEADLINE,
        "search-0-answer": None,
    }
    assert record.verdict == "accept"
    assert record.latency_us == pytest.approx(80e6, rel=0.01)


async def test_a_step_that_gives_up_and_one_that_fails_are_none() -> None:
    walk, judging = searching(says("390"), says("CANNOT SOLVE: no"), fails(FailureKind.BAD_REQUEST), says("391"))

    given = await answer(walk)

    assert given.generation.body == b"390"
    assert (given.record.verdict, judging.seen) == ("reject", [])


async def test_what_only_its_own_vendor_can_read_is_searched_without_judges() -> None:
    walk, judging = searching(says("390"), says("a"), says("b"), says("c"), says("d"), says("e"))
    body = b'{"model":"auto","messages":[{"role":"user","content":[{"type":"hologram","hologram":{}}]}]}'

    given = await answer(walk, request(body=body))

    assert judging.seen == []
    assert (given.record.verdict, given.record.status) == ("unverifiable", 200)


async def test_a_caller_who_leaves_ends_every_step_and_all_are_billed() -> None:
    hanging = after(60.0, says("good"))
    walk, _ = searching(says("390"), hanging, hanging)
    task = asyncio.ensure_future(answer(walk))
    while len(walk.provider.calls) < 3:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    (record,) = walk.ledger.records
    assert [(call.name.split("/")[1], call.failure) for call in record.trace.calls] == [
        ("sample-0", None),
        ("search-0", FailureKind.CANCELLED),
        ("search-1", FailureKind.CANCELLED),
    ]
    assert all(call.estimated for call in record.trace.calls[1:])
