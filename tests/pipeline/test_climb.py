"""Rung by rung: what escalates, what does not, and what is given where nothing was good enough."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
from msgspec import structs

from lanewise.core.answer import Content, Generation
from lanewise.core.events import Degraded, Escalated
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.plan import HUMAN, Rung
from lanewise.core.policy import Amplification, Check, Lane
from lanewise.core.request import Dialect
from lanewise.core.verdict import Verdict
from lanewise.pipeline.climb import why_not_enough
from lanewise.pipeline.weighing import Attempted
from pipeline.runs import a_run, usually
from pipeline.weighed import SMALL, STRONG, always, answer, proof, says, wants, weighed_walk
from walking import fails, request

CHECK = Check(verifier="math_answer")
ONCE = dataclasses.replace(SMALL, repairs=0)
LOW = Rung(lane=ONCE, checks=(CHECK,), threshold=0.75)
HIGH = Rung(lane=dataclasses.replace(STRONG, repairs=0), checks=(CHECK,), threshold=0.75)
PERSON = Rung(lane=Lane(name=HUMAN, deployments=()))


async def test_an_answer_that_passes_is_not_climbed_from() -> None:
    walk = weighed_walk(
        LOW, HIGH, scripts={"alpha/small": [says("391")], "beta/large": [says("x")]}, verifiers={CHECK: wants("391")}
    )

    given = await answer(walk)

    assert walk.provider.asked() == ["alpha/small"]
    assert not given.record.escalated


async def test_a_rejected_answer_escalates_and_says_so() -> None:
    walk = weighed_walk(
        LOW, HIGH, scripts={"alpha/small": [says("390")], "beta/large": [says("391")]}, verifiers={CHECK: wants("391")}
    )

    given = await answer(walk)

    record = given.record
    assert given.generation.body == b"391"
    assert (record.lane, record.verdict, record.escalated, record.attempts) == ("reasoning", "accept", True, 2)
    step = Escalated(reason="reject: math_answer", from_="standard", to="reasoning")
    assert record.trace.escalated == (step,)
    assert step in walk.events
    assert record.trace.calls[1].reason == "escalated: reject"
    assert (record.outcome, record.degraded) == ("success", False)


async def test_where_no_rung_is_good_enough_the_best_answer_is_given_marked() -> None:
    low = proof("reject", reason="no", score=0.4)
    walk = weighed_walk(
        LOW,
        Rung(lane=HIGH.lane, checks=(other := Check(verifier="judge"),)),
        scripts={"alpha/small": [says("a")], "beta/large": [says("b")]},
        verifiers={CHECK: always(low), other: always(structs.replace(low, score=0.1))},
    )

    given = await answer(walk)

    assert given.generation.body == b"a"
    assert (given.record.lane, given.record.verdict, given.record.escalated) == ("standard", "reject", True)
    assert given.record.deployment == "alpha/small"


async def test_a_later_rung_has_its_own_time_and_dollars() -> None:
    low = Rung(lane=dataclasses.replace(ONCE, timeout_s=5.0, max_cost_nanousd=100_000_000), checks=(CHECK,))
    high = Rung(lane=dataclasses.replace(HIGH.lane, timeout_s=300.0, max_output_tokens=100_000), checks=(CHECK,))
    walk = weighed_walk(
        low, high, scripts={"alpha/small": [says("390")], "beta/large": [says("391")]}, verifiers={CHECK: wants("391")}
    )

    given = await answer(walk)

    assert given.record.verdict == "accept"
    assert walk.provider.calls[1].max_output_tokens == 100_000


async def test_a_rung_that_the_money_does_not_hold_leaves_the_best_answer_marked() -> None:
    high = dataclasses.replace(HIGH.lane, max_output_tokens=100_000)
    walk = weighed_walk(
        LOW,
        Rung(lane=high, checks=(CHECK,)),
        scripts={"alpha/small": [says("390")], "beta/large": [says("391")]},
        verifiers={CHECK: wants("391")},
    )
    walk.gateway.policy = dataclasses.replace(
        walk.gateway.policy, amplification=Amplification(max_cost_nanousd=70_000_000)
    )

    given = await answer(walk)

    assert given.generation.body == b"390"
    assert given.record.verdict == "reject"
    assert given.record.trace.degraded == (
        Degraded(reason="escalation: amplification", from_="reasoning", to="standard", lane="standard"),
    )
    assert not given.record.escalated  # nobody was asked there


async def test_a_rung_that_usually_takes_longer_than_the_caller_waits_is_not_asked() -> None:
    walk = weighed_walk(
        LOW,
        HIGH,
        scripts={"alpha/small": [says("390")], "beta/large": [says("391")]},
        verifiers={CHECK: wants("391")},
        deadline_s=10.0,
    )
    usually(walk, "reasoning", takes_s=40.0, deployment="beta/large")

    given = await answer(walk)

    assert walk.provider.asked() == ["alpha/small"]
    assert given.record.trace.degraded == (
        Degraded(reason="escalation: deadline", from_="reasoning", to="standard", lane="standard"),
    )


async def test_a_rung_whose_vendors_fail_leaves_the_best_answer_marked() -> None:
    walk = weighed_walk(
        LOW,
        HIGH,
        scripts={"alpha/small": [says("390")], "beta/large": [fails(FailureKind.BAD_REQUEST)]},
        verifiers={CHECK: wants("391")},
    )

    given = await answer(walk)

    assert (given.record.lane, given.record.verdict, given.record.status) == ("standard", "reject", 200)
    assert given.record.trace.degraded[0].reason == "escalation: bad_request"


@pytest.mark.parametrize("nothing", ["", " \n", "<think>391</think>"])
async def test_an_answer_that_says_nothing_escalates_although_nobody_can_reject_it(nothing: str) -> None:
    unsure = always(proof("unverifiable", reason="there is nothing to read"))
    empty = says(nothing, empty=not nothing.strip())
    walk = weighed_walk(
        LOW, HIGH, scripts={"alpha/small": [empty], "beta/large": [says("391")]}, verifiers={CHECK: unsure}
    )

    given = await answer(walk)

    assert given.generation.body == b"391"
    assert [step.reason for step in given.record.trace.escalated] == ["empty"]
    assert (given.record.verdict, given.record.lane) == ("unverifiable", "reasoning")


async def test_a_vendor_s_failure_is_no_reason_to_climb() -> None:
    walk = weighed_walk(
        LOW, HIGH, scripts={"alpha/small": [fails(FailureKind.BAD_REQUEST)], "beta/large": [says("391")]}
    )

    given = await answer(walk)

    assert walk.provider.asked() == ["alpha/small"]
    assert given.record.failure == FailureKind.BAD_REQUEST


def test_a_held_answer_that_was_cut_off_in_a_loop_escalates_as_a_rejected_one() -> None:
    failure = Failure(kind=FailureKind.LOOPING, message="it only repeats itself")
    cut = Generation(dialect=Dialect.OPENAI_CHAT, failure=failure, content=Content(text="Eight, eight, "))
    rejected = Verdict(verifier="loops", word="reject", kind="form", reason="it only repeats itself")
    attempted = Attempted(generation=cut, part=a_run(), verdict=rejected)
    assert why_not_enough(LOW, attempted) == "reject: loops"
    assert why_not_enough(LOW, structs.replace(attempted, verdict=None)) is None


async def test_a_plan_that_ends_with_a_person_refuses_in_so_many_words() -> None:
    walk = weighed_walk(LOW, PERSON, scripts={"alpha/small": [says("390")]}, verifiers={CHECK: wants("391")})

    given = await answer(walk)

    assert (given.record.outcome, given.record.status, given.record.failure) == ("refused", 422, FailureKind.REVIEW)
    refusal = given.record.trace.refusal
    assert refusal is not None
    assert refusal.policy == "review"
    assert "'390' is not it" in refusal.reason
    assert given.generation.body == b""
    assert given.record.verdict == "reject"


async def test_a_model_that_cannot_do_it_is_not_asked_again_in_its_lane_but_in_the_next_one() -> None:
    walk = weighed_walk(
        Rung(lane=SMALL, checks=(CHECK,)),
        HIGH,
        scripts={"alpha/small": [says("**CANNOT SOLVE**: a number is missing")], "beta/large": [says("391")]},
        verifiers={CHECK: wants("391")},
    )

    given = await answer(walk)

    assert walk.provider.asked() == ["alpha/small", "beta/large"]
    assert given.record.trace.escalated[0].reason == "unsolved"
    assert given.record.verdict == "accept"


async def test_what_nobody_can_do_is_a_typed_refusal() -> None:
    walk = weighed_walk(
        LOW,
        HIGH,
        scripts={
            "alpha/small": [says("CANNOT SOLVE: no")],
            "beta/large": [says("CANNOT SOLVE: it has no solution")],
        },
        verifiers={CHECK: wants("391")},
    )

    given = await answer(walk)

    assert (given.record.outcome, given.record.failure, given.record.calls) == ("refused", FailureKind.UNSOLVED, 2)
    assert given.record.verdict == "unchecked"


@pytest.mark.parametrize("word", ["reject", "unverifiable"])
async def test_a_later_lane_that_cannot_do_it_leaves_the_best_answer_there_is_marked(word: Any) -> None:
    walk = weighed_walk(
        LOW,
        HIGH,
        scripts={
            "alpha/small": [says("Perhaps 390, but I'm not sure; it is just a guess.")],
            "beta/large": [says("CANNOT SOLVE: a number is missing")],
        },
        verifiers={CHECK: always(proof(word, reason="'390' is not it"))},
    )

    given = await answer(walk)

    assert (given.generation.failure, given.record.lane, given.record.verdict) == (None, "standard", word)
    assert given.generation.body.startswith(b"Perhaps 390")
    assert [(each.reason, each.from_, each.to) for each in given.record.trace.degraded] == [
        ("escalation: unsolved", "reasoning", "standard")
    ]


async def test_who_takes_back_an_answer_has_given_none() -> None:
    """In a repair, where the model is told that it may; another lane's answer stands above it."""
    taken_back = [says("390"), says("CANNOT SOLVE: a number is missing")]
    first = Rung(lane=dataclasses.replace(SMALL, repairs=1), checks=(CHECK,))
    for scripts, outcome in (([says("CANNOT SOLVE: no")], FailureKind.UNSOLVED), ([says("389")], None)):
        walk = weighed_walk(
            first,
            HIGH,
            scripts={"alpha/small": list(taken_back), "beta/large": scripts},
            verifiers={CHECK: wants("391")},
        )
        given = await answer(walk)
        assert given.record.failure == outcome
        if outcome is None:
            assert (given.generation.body, given.record.verdict) == (b"389", "reject")


async def test_doubt_escalates_below_the_threshold_where_nothing_is_proven() -> None:
    unsure = says("Perhaps 391, but I'm not sure; it is just a guess.")
    walk = weighed_walk(
        LOW,
        HIGH,
        scripts={"alpha/small": [unsure], "beta/large": [says("391")]},
        verifiers={CHECK: always(proof("unverifiable", reason="?"))},
    )

    given = await answer(walk)

    # What was climbed to for doubts is what is given, though nothing tells how sure it is.
    assert given.generation.body == b"391"
    assert (given.record.lane, given.record.verdict) == ("reasoning", "unverifiable")
    assert given.record.trace.escalated[0].reason == "confidence: 0.50 < 0.75"
    assert given.record.trace.confidence == pytest.approx(0.5)


async def test_an_answer_that_was_doubted_is_better_than_a_rejected_one() -> None:
    unsure = says("Perhaps 391, but I'm not sure; it is just a guess.")
    other = Check(verifier="judge")
    walk = weighed_walk(
        LOW,
        Rung(lane=HIGH.lane, checks=(other,)),
        scripts={"alpha/small": [unsure], "beta/large": [says("390")]},
        verifiers={CHECK: always(proof("unverifiable", reason="?")), other: always(proof("reject", reason="no"))},
    )

    given = await answer(walk)

    assert (given.record.lane, given.record.verdict, given.record.escalated) == ("standard", "unverifiable", True)


async def test_where_nobody_checks_a_later_lane_s_answer_stands_in_for_what_the_first_could_not_solve() -> None:
    walk = weighed_walk(
        Rung(lane=ONCE),
        Rung(lane=HIGH.lane),
        scripts={"alpha/small": [says("CANNOT SOLVE: no")], "beta/large": [says("391")]},
    )

    given = await answer(walk)

    assert (given.generation.body, given.record.failure) == (b"391", None)


async def test_samples_that_disagree_too_much_escalate_although_most_of_them_agree() -> None:
    voting = Rung(lane=dataclasses.replace(ONCE, strategy="vote", samples=5), threshold=0.75)
    votes = [says(each) for each in ("1", "2", "1", "2", "1")]
    walk = weighed_walk(
        voting, HIGH, scripts={"alpha/small": votes, "beta/large": [says("391")]}, verifiers={CHECK: wants("391")}
    )
    walk.gateway.policy = dataclasses.replace(walk.gateway.policy, amplification=Amplification(max_calls=9))

    given = await answer(walk)

    assert given.record.trace.escalated[0].reason == "confidence: 0.60 < 0.75"
    assert given.record.trace.confidence == pytest.approx(0.6)
    assert given.generation.body == b"391"


def judged(*, verdict: object = None, confidence: float | None = None, text: str = "4") -> Attempted:
    generation = Generation(dialect=Dialect.OPENAI_CHAT, content=Content(text=text))
    return Attempted(generation=generation, part=a_run(), verdict=verdict, confidence=confidence)  # type: ignore[arg-type]


def test_doubt_counts_for_nothing_beside_a_proof_nor_where_nothing_tells() -> None:
    assert why_not_enough(LOW, judged(verdict=proof(), confidence=0.1)) is None
    assert why_not_enough(LOW, judged(confidence=None)) is None
    assert why_not_enough(LOW, judged(confidence=0.75)) is None
    assert why_not_enough(LOW, judged(confidence=0.74)) == "confidence: 0.74 < 0.75"


def test_a_form_is_no_proof() -> None:
    assert why_not_enough(LOW, judged(verdict=structs.replace(proof(), kind="form"), confidence=0.1)) is not None


def test_what_was_shown_is_not_climbed_from() -> None:
    assert why_not_enough(structs.replace(LOW, held=False), judged(verdict=proof("reject", reason="no"))) is None


BAD_TALK = [
    {"role": "user", "content": "What is 17 * 23?"},
    {"role": "assistant", "content": "It is 390."},
    {"role": "user", "content": "That's wrong, look at it once more."},
]


async def test_a_conversation_that_goes_badly_begins_a_rung_higher() -> None:
    walk = weighed_walk(
        LOW, HIGH, scripts={"alpha/small": [says("390")], "beta/large": [says("391")]}, verifiers={CHECK: wants("391")}
    )
    body = msgspec.json.encode({"model": "auto", "messages": BAD_TALK})

    given = await answer(walk, request(body=body, continues=True))

    assert walk.provider.asked() == ["beta/large"]
    assert given.record.trace.escalated == (Escalated(reason="dissatisfied", from_="standard", to="reasoning"),)
    assert given.record.lane == "reasoning"


async def test_the_caller_s_own_time_bounds_the_whole_climb() -> None:
    walk = weighed_walk(
        LOW,
        HIGH,
        scripts={"alpha/small": [says("390")], "beta/large": [says("391")]},
        verifiers={CHECK: wants("391")},
        deadline_s=7.0,
    )
    run = a_run(walk, deadline_s=7.0)

    run.enter(HIGH)

    assert run.deadline_s == 7.0
