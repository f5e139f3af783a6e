"""Generate, verify, ask again: how often, with which words, and which answer is given in the end."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from lanewise.core.answer import Content, Finish, Generation, Meter
from lanewise.core.events import Deltas, Repairing, Verifying
from lanewise.core.failure import FailureKind
from lanewise.core.plan import Rung
from lanewise.core.policy import Check
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.request import Hints
from lanewise.core.verdict import Verdict
from pipeline.runs import shown
from pipeline.weighed import SMALL, Judging, always, answer, messages_of, proof, says, wants, weighed_walk
from walking import Script, fails, request

CHECK = Check(verifier="math_answer", why="verify[0]")
RUNG = Rung(lane=SMALL, checks=(CHECK,))


async def test_an_answer_that_passes_is_given_as_it_came() -> None:
    walk = weighed_walk(RUNG, scripts={"alpha/small": [says("391")]}, verifiers={CHECK: wants("391")})

    given = await answer(walk)

    assert given.generation.body == b"391"
    record = given.record
    assert (record.verdict, record.verdict_kind, record.attempts, record.outcome) == ("accept", "proof", 1, "success")
    (check,) = record.trace.checks
    assert (check.verifier, check.verdict, check.passed, check.lane, check.why) == (
        "math_answer",
        "accept",
        True,
        "standard",
        "verify[0]",
    )


async def test_a_failed_answer_is_asked_for_again_with_the_reason() -> None:
    walk = weighed_walk(RUNG, scripts={"alpha/small": [says("390"), says("391")]}, verifiers={CHECK: wants("391")})

    given = await answer(walk)

    assert given.generation.body == b"391"
    first, second = walk.provider.calls
    assert messages_of(first) == [{"role": "user", "content": "How many legs has a spider?"}]
    *earlier, failed, reason = messages_of(second)
    assert earlier == messages_of(first)
    assert failed == {"role": "assistant", "content": "390"}
    assert "'390' is not it" in reason["content"]
    assert "Fix it" in reason["content"]
    assert (given.record.verdict, given.record.attempts, given.record.calls) == ("accept", 2, 2)
    assert [call.reason for call in given.record.trace.calls] == ["first", "repair: math_answer"]
    assert [call.name for call in given.record.trace.calls] == ["standard/call-0", "standard/repair-1/call-0"]
    assert given.record.answered_by is given.record.trace.calls[1]
    assert [event.word for event in walk.events if isinstance(event, Verifying | Repairing)] == [
        "verifying",
        "repairing",
        "verifying",
    ]


async def test_a_lane_that_asks_all_checks_tells_every_reason_at_once() -> None:
    short = Check(verifier="form", why="verify[1]")
    every = Rung(lane=dataclasses.replace(SMALL, all_checks=True), checks=(short, CHECK))
    too_long = Verdict(verifier="form", word="reject", kind="form", reason="It is too long", repairable=True)
    fits = msgspec.structs.replace(too_long, word="accept", reason="")
    walk = weighed_walk(
        every,
        scripts={"alpha/small": [says("390"), says("391")]},
        verifiers={short: Judging(lambda seen: too_long if seen.content.text == "390" else fits), CHECK: wants("391")},
    )

    given = await answer(walk)

    told = messages_of(walk.provider.calls[1])[-1]["content"]
    assert "- It is too long\n" in told
    assert "'390' is not it" in told
    assert (given.record.verdict, given.record.verdict_kind, given.record.attempts) == ("accept", "proof", 2)
    assert [check.verdict for check in given.record.trace.checks] == ["reject", "reject", "accept", "accept"]


async def test_a_far_miss_is_done_anew() -> None:
    judging = Judging(lambda of: proof("reject", reason=f"no number in {of.content.text}", score=0.0))
    walk = weighed_walk(RUNG, scripts={"alpha/small": [says("a"), says("b"), says("c")]}, verifiers={CHECK: judging})

    await answer(walk)

    assert "from the beginning" in messages_of(walk.provider.calls[1])[-1]["content"]


async def test_the_last_paid_answer_is_checked_too_and_the_best_is_given() -> None:
    scores = {"a": 0.1, "b": 0.6, "c": 0.3}
    judging = Judging(
        lambda of: proof("reject", reason=f"{of.content.text} is wrong", score=scores[of.content.text], repairable=True)
    )
    walk = weighed_walk(RUNG, scripts={"alpha/small": [says("a"), says("b"), says("c")]}, verifiers={CHECK: judging})

    given = await answer(walk)

    assert [candidate.content.text for candidate in judging.seen] == ["a", "b", "c"]
    assert given.generation.body == b"b"
    assert (given.record.verdict, given.record.attempts) == ("reject", 3)
    assert given.record.answered_by is given.record.trace.calls[1]


async def test_nobody_is_asked_a_third_time_for_the_same_failure() -> None:
    walk = weighed_walk(
        RUNG, scripts={"alpha/small": [says("390"), says("390"), says("391")]}, verifiers={CHECK: wants("391")}
    )

    given = await answer(walk)

    assert (given.record.attempts, given.record.verdict) == (2, "reject")


@pytest.mark.parametrize("repairs", [0, 1, 4])
async def test_repairs_are_bounded_by_the_lane(repairs: int) -> None:
    rung = Rung(lane=dataclasses.replace(SMALL, repairs=repairs), checks=(CHECK,))
    wrong = [says(str(number)) for number in range(9)]
    walk = weighed_walk(rung, scripts={"alpha/small": wrong}, verifiers={CHECK: wants("never")})

    given = await answer(walk)

    assert given.record.attempts == given.record.calls == repairs + 1


async def test_a_vendor_that_fails_at_a_repair_leaves_the_best_answer_so_far() -> None:
    walk = weighed_walk(
        RUNG,
        scripts={"alpha/small": [says("390"), fails(FailureKind.BAD_REQUEST)]},
        verifiers={CHECK: wants("391")},
    )

    given = await answer(walk)

    assert given.generation.body == b"390"
    assert (given.record.verdict, given.record.failure) == ("reject", None)


async def test_what_cannot_be_judged_is_given_and_said() -> None:
    walk = weighed_walk(
        RUNG,
        scripts={"alpha/small": [says("391")]},
        verifiers={CHECK: always(proof("unverifiable", reason="no expected answer"))},
    )

    given = await answer(walk)

    assert (given.record.verdict, given.record.attempts) == ("unverifiable", 1)


async def test_a_held_stream_shows_the_answer_that_passed_and_nothing_of_those_before() -> None:
    walk = weighed_walk(RUNG, scripts={"alpha/small": [says("390"), says("391")]}, verifiers={CHECK: wants("391")})

    await answer(walk, request(stream=True))

    assert shown(walk) == "role;391;end;"
    words = [event.word for event in walk.events]
    assert words == ["routed", "verifying", "repairing", "verifying", "delta", "delta"]


async def test_a_released_stream_is_shown_as_it_comes_and_its_verdict_is_told() -> None:
    rung = Rung(lane=SMALL, checks=(CHECK,), held=False)
    walk = weighed_walk(rung, scripts={"alpha/small": [says("390"), says("391")]}, verifiers={CHECK: wants("391")})

    given = await answer(walk, request(stream=True))

    assert shown(walk) == "role;390;end;"
    assert (given.record.verdict, given.record.attempts) == ("reject", 1)


MENDED = proof(answer='{"n": 1}', changed=("the fence around it was left out",), score=1.0)


async def test_what_passed_only_mended_is_given_mended_and_told() -> None:
    walk = weighed_walk(
        RUNG, scripts={"alpha/small": [says('```json\n{"n": 1}\n```')]}, verifiers={CHECK: always(MENDED)}
    )

    given = await answer(walk)

    assert given.generation.body == b""  # the caller's body is written anew
    assert given.generation.content is not None
    assert given.generation.content.text == '{"n": 1}'
    assert given.record.trace.checks[0].changed == MENDED.changed


async def test_a_held_stream_is_mended_too() -> None:
    walk = weighed_walk(
        RUNG, scripts={"alpha/small": [says('```json\n{"n": 1}\n```')]}, verifiers={CHECK: always(MENDED)}
    )

    await answer(walk, request(stream=True))

    (event,) = [event for event in walk.events if isinstance(event, Deltas)]
    assert "".join(delta.text for delta in event.deltas) == '{"n": 1}'
    assert event.deltas[-1].finish is not None


async def test_what_was_shown_unmended_has_not_passed() -> None:
    rung = Rung(lane=SMALL, checks=(CHECK,), held=False)
    walk = weighed_walk(
        rung, scripts={"alpha/small": [says('```json\n{"n": 1}\n```')]}, verifiers={CHECK: always(MENDED)}
    )

    given = await answer(walk, request(stream=True))

    assert given.record.verdict == "reject"


async def test_the_verifier_is_given_the_caller_s_expected_answer_and_own_question() -> None:
    judging = wants("391")
    walk = weighed_walk(RUNG, scripts={"alpha/small": [says("390"), says("391")]}, verifiers={CHECK: judging})

    await answer(walk, request(hints=Hints(expected="391", tests="assert f() == 391")))

    for candidate in judging.seen:
        assert (candidate.expected, candidate.tests) == ("391", "assert f() == 391")
        assert len(candidate.conversation.turns) == 1  # the caller's own words, not those of the repair


ONLY_ITS_VENDOR_READS = b'{"model":"auto","messages":[{"role":"user","content":[{"type":"hologram","hologram":{}}]}]}'


async def test_what_only_its_own_vendor_can_read_is_answered_and_not_judged() -> None:
    judging = wants("391")
    walk = weighed_walk(RUNG, RUNG, scripts={"alpha/small": [says("391")]}, verifiers={CHECK: judging})

    given = await answer(walk, request(body=ONLY_ITS_VENDOR_READS, continues=True))

    assert given.generation.body == b"391"
    assert (given.record.verdict, judging.seen) == ("unverifiable", [])


def loops(text: str) -> Script:
    """A vendor that is cut off after this."""
    cut = fails(FailureKind.LOOPING, after_text=text)

    async def script(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        return msgspec.structs.replace(await cut(call, meter, on_deltas), content=Content(text=text))

    return script


async def test_a_held_answer_that_was_cut_off_in_a_loop_is_asked_for_again_with_the_reason() -> None:
    stuck = loops("Eight, eight, eight, ")
    held = Rung(lane=SMALL, checks=(CHECK,), held=True)
    walk = weighed_walk(held, scripts={"alpha/small": [stuck, says("391")]}, verifiers={CHECK: wants("391")})

    given = await answer(walk, request(stream=True))

    assert (given.record.verdict, given.record.failure) == ("accept", None)
    assert [call.reason for call in given.record.trace.calls] == ["first", "repair: loops"]
    loop, right = given.record.trace.checks
    assert (loop.verifier, loop.verdict, loop.why, loop.lane) == ("loops", "reject", "early_stop", "standard")
    assert (right.verifier, right.verdict) == ("math_answer", "accept")
    assert loop.of != right.of
    *_, failed, reason = messages_of(walk.provider.calls[1])
    assert failed == {"role": "assistant", "content": "Eight, eight, eight, "}
    assert "stop when the answer is given" in reason["content"]
    seen = [delta.text for event in walk.events if isinstance(event, Deltas) for delta in event.deltas]
    assert "".join(seen) == "391"


async def test_a_loop_that_comes_again_ends_as_one() -> None:
    stuck = loops("Eight, eight, eight, ")
    held = Rung(lane=SMALL, checks=(CHECK,), held=True)
    walk = weighed_walk(held, scripts={"alpha/small": [stuck]}, verifiers={CHECK: wants("391")})

    given = await answer(walk, request(stream=True))

    assert (given.record.failure, given.record.calls) == (FailureKind.LOOPING, 2)


@pytest.mark.parametrize("text", ['<think>{"answer": 391}</think>', "<think>391"])
async def test_what_stands_in_thinking_alone_is_not_the_answer(text: str) -> None:
    judging = Judging(lambda seen: proof("accept" if "391" in seen.content.text else "reject", reason="no answer"))
    walk = weighed_walk(RUNG, scripts={"alpha/small": [says(text)]}, verifiers={CHECK: judging})

    given = await answer(walk)

    assert given.record.verdict == "reject"


async def test_what_a_vendor_s_filter_has_ended_is_neither_verified_nor_asked_for_again() -> None:
    async def filtered(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        return msgspec.structs.replace(await says("391")(call, meter, on_deltas), finish=Finish.CONTENT_FILTER)

    judging = wants("391")
    walk = weighed_walk(RUNG, scripts={"alpha/small": [filtered]}, verifiers={CHECK: judging})

    given = await answer(walk)

    record = given.record
    assert (record.outcome, record.verdict, record.verdict_kind, record.calls) == ("refused", "unverifiable", "form", 1)
    assert judging.seen == []
