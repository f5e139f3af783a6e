"""The lane's strategy in the walk: several samples, each a part of the run."""

from __future__ import annotations

import dataclasses

import pytest

from lanewise.core.events import Degraded
from lanewise.core.failure import FailureKind
from lanewise.core.plan import Rung
from lanewise.core.policy import Amplification, Check
from lanewise.core.request import Request
from lanewise.strategies.asking import words_for
from pipeline.runs import shown
from pipeline.vendors import after
from pipeline.weighed import SMALL, answer, messages_of, says, wants, weighed_walk
from virtual_time import in_virtual_time
from walking import request

CHECK = Check(verifier="math_answer")
VOTING = dataclasses.replace(SMALL, strategy="vote", samples=5, repairs=0)


async def test_a_vote_asks_in_other_words_and_gives_what_most_say() -> None:
    walk = weighed_walk(
        Rung(lane=VOTING), scripts={"alpha/small": [says("391"), says("390"), says("391"), says("391")]}
    )

    given = await answer(walk)

    assert given.generation.body == b"391"
    record = given.record
    assert (record.verdict, record.verdict_kind, record.attempts, record.calls) == ("accept", "evidence", 4, 4)
    assert (record.trace.strategy, record.trace.confidence) == ("vote", 0.75)
    assert [call.name for call in record.trace.calls] == [f"standard/sample-{place}/call-0" for place in range(4)]
    assert [messages_of(call)[1:] for call in walk.provider.calls][:2] == [
        [],
        [{"role": "user", "content": words_for(1)}],
    ]
    assert record.trace.answer == "standard/sample-0/call-"


async def test_a_stream_shows_only_the_chosen_sample() -> None:
    walk = weighed_walk(Rung(lane=VOTING), scripts={"alpha/small": [says("1"), says("2"), says("2"), says("2")]})
    await answer(walk, request(stream=True))
    assert shown(walk) == "role;2;end;"


async def test_samples_draw_on_one_allowance() -> None:
    walk = weighed_walk(Rung(lane=VOTING), scripts={"alpha/small": [says("1"), says("2"), says("3"), says("4")]})
    walk.gateway.policy = dataclasses.replace(walk.gateway.policy, amplification=Amplification(max_calls=2))

    given = await answer(walk)

    assert given.record.calls == 2
    assert given.record.status == 200


@in_virtual_time
async def test_the_first_sample_that_passes_ends_the_others_and_all_are_billed() -> None:
    best = dataclasses.replace(SMALL, strategy="best_of_n", samples=3, repairs=0)
    slow, wrong, right = after(9.0, says("391")), after(1.0, says("390")), after(2.0, says("391"))
    walk = weighed_walk(
        Rung(lane=best, checks=(CHECK,)), scripts={"alpha/small": [slow, wrong, right]}, verifiers={CHECK: wants("391")}
    )

    given = await answer(walk)

    record = given.record
    assert (record.verdict, record.calls, record.attempts) == ("accept", 3, 3)
    assert {call.name: call.failure for call in record.trace.calls} == {
        "standard/sample-0/call-0": "cancelled",
        "standard/sample-1/call-0": None,
        "standard/sample-2/call-0": None,
    }
    assert record.answered_by is not None
    assert record.answered_by.name == "standard/sample-2/call-0"
    assert len(record.trace.checks) == 2


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (request(has_tools=True), "tools"),
        (request(response_format="json_schema"), "response_format"),
        (request(stream=True), "released"),
    ],
)
async def test_what_has_no_steps_is_answered_once_and_says_so(asked: Request, why: str) -> None:
    lane = dataclasses.replace(SMALL, strategy="search", samples=9, repairs=1)
    walk = weighed_walk(
        Rung(lane=lane, checks=(CHECK,), held=why != "released"),
        scripts={"alpha/small": [says("391")]},
        verifiers={CHECK: wants("391")},
    )

    given = await answer(walk, asked)

    record = given.record
    assert (record.calls, record.trace.calls[0].name, record.trace.strategy) == (1, "standard/call-0", "")
    assert record.trace.degraded == (Degraded(reason=f"search: {why}", from_="search", to="single"),)
    assert record.degraded


async def test_samples_that_all_give_up_are_a_refusal_and_no_evidence() -> None:
    voting = dataclasses.replace(SMALL, strategy="vote", samples=3, repairs=0)
    walk = weighed_walk(Rung(lane=voting), scripts={"alpha/small": [says("CANNOT SOLVE: a number is missing")]})

    given = await answer(walk)

    record = given.record
    assert (record.outcome, record.failure, record.status) == ("refused", FailureKind.UNSOLVED, 422)
    assert (record.verdict, record.verdict_kind) == ("unchecked", "")
