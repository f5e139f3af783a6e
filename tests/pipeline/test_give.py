"""What is not handed out although it was answered."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
from msgspec import structs

from lanewise.core.answer import Generation, Meter, ToolCall
from lanewise.core.errors import InvalidRequest
from lanewise.core.failure import FailureKind
from lanewise.core.plan import Rung
from lanewise.core.policy import Check
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate, VerifierDown
from lanewise.core.verdict import Verdict
from pipeline.runs import shown
from pipeline.weighed import SMALL, always, answer, proof, says, weighed_walk
from walking import Script, request

CHECK = Check(verifier="json_schema")
RUNG = Rung(lane=SMALL, checks=(CHECK,))
REFUND = ToolCall(id="c1", name="refund", arguments='{"amount": 5000}')
LOOK_UP = ToolCall(id="c2", name="look_up", arguments="{}")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("word", ["reject", "unverifiable"])
async def test_a_call_that_cannot_be_taken_back_is_withheld_unless_it_passed(word: str, stream: bool) -> None:
    verdict = proof(word, reason="5000 is above the limit")
    walk = weighed_walk(
        RUNG,
        scripts={"alpha/small": [says(calls=(REFUND,))]},
        verifiers={CHECK: always(verdict)},
        guarded_tools=("refund",),
    )

    given = await answer(walk, request(stream=stream))

    assert (given.record.failure, given.record.outcome, given.record.status) == (FailureKind.WITHHELD, "refused", 422)
    assert given.generation.content is None
    assert shown(walk) == ""
    refusal = given.record.trace.refusal
    assert refusal is not None
    assert "refund" in refusal.reason
    assert "5000 is above the limit" in refusal.reason


async def test_one_that_passed_is_handed_out() -> None:
    walk = weighed_walk(
        RUNG,
        scripts={"alpha/small": [says(calls=(REFUND,))]},
        verifiers={CHECK: always(proof())},
        guarded_tools=("ref*",),
    )
    given = await answer(walk)
    assert given.record.failure is None
    assert given.generation.content is not None
    assert given.generation.content.tool_calls == (REFUND,)


async def test_calls_of_other_tools_are_given_marked() -> None:
    walk = weighed_walk(
        RUNG,
        scripts={"alpha/small": [says(calls=(LOOK_UP,))]},
        verifiers={CHECK: always(proof("reject", reason="no"))},
        guarded_tools=("refund", "delete_*"),
    )
    given = await answer(walk)
    assert (given.record.failure, given.record.verdict) == (None, "reject")


async def test_where_nobody_checks_such_a_call_it_is_withheld() -> None:
    walk = weighed_walk(Rung(lane=SMALL), scripts={"alpha/small": [says(calls=(REFUND,))]}, guarded_tools=("refund",))
    given = await answer(walk)
    assert given.record.failure == FailureKind.WITHHELD


async def test_a_rejected_call_is_asked_for_again_in_words() -> None:
    walk = weighed_walk(
        RUNG,
        scripts={"alpha/small": [says(calls=(REFUND,))]},
        verifiers={CHECK: always(proof("reject", reason="too much", repairable=True))},
        guarded_tools=("refund",),
    )
    await answer(walk)
    body = walk.provider.calls[1].request.body.decode()
    assert "You called refund" in body
    assert "It was not run." in body


TOOL = {"type": "function", "function": {"name": "refund", "parameters": {"type": "object"}}}


async def test_several_answers_are_given_as_they_come_and_say_that_nobody_checked_them() -> None:
    judge = always(proof())
    walk = weighed_walk(
        structs.replace(RUNG, held=False),
        scripts={"alpha/small": [says("CANNOT SOLVE: it is the first of three answers")]},
        verifiers={CHECK: judge},
    )
    given = await answer(walk, request(choices=3))
    assert (given.record.verdict, given.record.failure, judge.seen) == ("unverifiable", None, [])
    (verdict,) = {given.record.verdict_kind}
    assert verdict == "form"


@pytest.mark.parametrize("stream", [False, True])
async def test_several_answers_that_may_call_what_cannot_be_taken_back_are_not_asked_for(stream: bool) -> None:
    walk = weighed_walk(
        structs.replace(RUNG, held=False),
        scripts={"alpha/small": [says(calls=(REFUND,))]},
        verifiers={CHECK: always(proof())},
        guarded_tools=("refund",),
    )
    body = {"model": "auto", "n": 2, "tools": [TOOL], "messages": [{"role": "user", "content": "Pay it back."}]}
    with pytest.raises(InvalidRequest, match=r"n: calls of refund cannot be taken back"):
        await answer(walk, request(body=msgspec.json.encode(body), choices=2, stream=stream, has_tools=True))
    assert walk.provider.calls == []


def several(script: Script) -> Script:
    """A vendor that gives more answers than it was asked for."""

    async def gives(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        return structs.replace(await script(call, meter, on_deltas), others=True)

    return gives


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("strategy", ["single", "vote", "best_of_n"])
async def test_answers_that_nobody_has_asked_for_are_given_and_vouched_for_by_nobody(
    strategy: Any, stream: bool
) -> None:
    judge = always(proof())
    several_lane = dataclasses.replace(SMALL, strategy=strategy, samples=3)
    walk = weighed_walk(
        structs.replace(RUNG, lane=several_lane),
        scripts={"alpha/small": [several(says("391"))] * 3},
        verifiers={CHECK: judge},
    )
    given = await answer(walk, request(stream=stream))
    assert (given.record.verdict, given.record.failure, judge.seen) == ("unverifiable", None, [])
    assert given.generation.content is not None


async def test_answers_that_nobody_has_asked_for_may_call_nothing_that_cannot_be_taken_back() -> None:
    walk = weighed_walk(
        RUNG,
        scripts={"alpha/small": [several(says("391"))]},
        verifiers={CHECK: always(proof())},
        guarded_tools=("refund",),
    )
    given = await answer(walk)
    assert (given.record.failure, given.generation.body) == (FailureKind.WITHHELD, b"")


LOOPING = Check(verifier="loops")
GUARD = Check(verifier="business_rules")


@pytest.mark.parametrize("guard", [None, GUARD])
async def test_who_says_nothing_of_a_call_does_not_hand_it_out(guard: Check | None) -> None:
    """That the answer is in no loop, that samples agree, or another check that knows nothing of calls."""
    unsure = always(proof("unverifiable", reason="The arguments are too large to be checked."))
    in_no_loop = always(structs.replace(proof(), verifier="loops", kind="form"))
    voting = dataclasses.replace(SMALL, strategy="vote", samples=3)
    for lane in (SMALL, voting):
        walk = weighed_walk(
            Rung(lane=lane, checks=(LOOPING, GUARD)),
            scripts={"alpha/small": [says(calls=(REFUND,))] * 3},
            verifiers={LOOPING: in_no_loop, GUARD: unsure},
            guarded_tools=("refund",),
        )
        verification = dataclasses.replace(walk.gateway.policy.verification, tool_calls=guard)
        walk.gateway.policy = dataclasses.replace(walk.gateway.policy, verification=verification)
        given = await answer(walk)
        assert given.record.failure == FailureKind.WITHHELD


async def test_a_check_that_is_down_or_answers_later_hands_out_no_call() -> None:
    for absent in (Gone(), always(structs.replace(proof("unverifiable"), deferred="sha256:0"))):
        walk = weighed_walk(
            Rung(lane=SMALL, checks=(CHECK, GUARD)),
            scripts={"alpha/small": [says(calls=(REFUND,))]},
            verifiers={CHECK: always(proof()), GUARD: absent},
            guarded_tools=("refund",),
        )
        given = await answer(walk)
        assert given.record.failure == FailureKind.WITHHELD
        assert given.record.trace.refusal is not None
        assert "gave no verdict on it" in given.record.trace.refusal.reason


class Gone:
    """A verifier that nobody can reach."""

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        raise VerifierDown("connection refused")
