"""Two calls at once: one answers, the other ends at once, and both are in the books once, however it comes out."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Delta, Generation, Meter
from lanewise.core.events import Hedged
from lanewise.core.failure import FailureKind
from lanewise.core.policy import Amplification
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.record import RunRecord
from lanewise.core.request import Dialect
from lanewise.pipeline.gateway import Answer
from pipeline.runs import a_timed_walk, shown, spent_nanousd, trip, usually
from pipeline.vendors import ROLE, after, ended, said, streams, thought
from virtual_time import in_virtual_time
from walking import CALLER, Script, Walk, answers, fails, hangs, lane, request, still_running

HEDGED = lane("standard", "alpha/small", "beta/large", "gamma/other", hedge_after=2.0)


def hedging(alpha: Script, beta: Script | None = None, **settings: Any) -> Walk:
    """A walk whose first deployment usually takes a second: a twin is asked after two."""
    scripts = {"alpha/small": [alpha], "beta/large": [beta or answers("twin")]}
    walk = a_timed_walk(HEDGED, scripts=scripts, **settings)
    usually(walk, "standard", takes_s=1.0, begins_s=1.0)
    return walk


async def asked(walk: Walk, **of: Any) -> Answer:
    return await walk.gateway.answer(request(**of), CALLER, walk.emit)


def calls(record: RunRecord) -> dict[str, str | None]:
    """What became of each call, by deployment."""
    assert len({call.name for call in record.trace.calls}) == len(record.trace.calls)
    return {call.deployment: call.failure for call in record.trace.calls}


def settled(walk: Walk) -> None:
    """Nothing is set aside any more, nothing runs, and the budget holds what the records say."""
    assert spent_nanousd(walk) == sum(record.cost_nanousd + record.held_nanousd for record in walk.ledger.records)
    assert all(state.running == 0 for state in walk.pace.states())
    assert not still_running()


@pytest.mark.parametrize("stream", [True, False])
@in_virtual_time
async def test_a_call_that_takes_its_usual_time_has_no_twin(stream: bool) -> None:
    walk = hedging(after(1.5))
    answer = await asked(walk, stream=stream)
    assert walk.provider.asked() == ["alpha/small"]
    assert answer.record.outcome == "success"
    settled(walk)


@pytest.mark.parametrize("stream", [True, False])
@in_virtual_time
async def test_a_slow_call_is_outrun_by_its_twin_and_billed_for_what_it_had_begun(stream: bool) -> None:
    walk = hedging(hangs, after(1.0, answers("Eight.")))

    answer = await asked(walk, stream=stream)

    assert answer.generation.body == b"Eight."
    assert answer.record.deployment == "beta/large"
    assert calls(answer.record) == {"alpha/small": FailureKind.OUTRUN, "beta/large": None}
    assert [call.reason for call in answer.record.trace.calls] == ["first", "hedge"]
    outrun = answer.record.trace.calls[0]
    assert (outrun.estimated, outrun.input_tokens, outrun.output_tokens) == (True, 7, 0)
    assert any(isinstance(event, Hedged) for event in walk.events)
    settled(walk)


@in_virtual_time
async def test_a_hedge_is_no_degradation() -> None:
    answer = await asked(hedging(hangs))
    assert (answer.record.outcome, answer.record.degraded) == ("success", False)


@in_virtual_time
async def test_a_slow_call_that_is_done_before_its_twin_answers_after_all() -> None:
    walk = hedging(after(2.5, answers("first")), after(1.0, answers("twin")))

    answer = await asked(walk)

    assert answer.generation.body == b"first"
    assert calls(answer.record) == {"alpha/small": None, "beta/large": FailureKind.OUTRUN}
    settled(walk)


@pytest.mark.parametrize("stream", [True, False])
@in_virtual_time
async def test_of_two_that_answer_in_the_same_moment_one_is_seen(stream: bool) -> None:
    walk = hedging(hangs, streams(0.5, ROLE, said("b"), said("B"), ended()))
    usual = walk.history.deployment("standard", "alpha/small")
    assert usual is not None
    assert usual.first_token_p95_s == usual.p95_s
    same_moment_s = 2.0 * usual.p95_s + 0.5
    walk.provider.scripts["alpha/small"] = [streams(same_moment_s, ROLE, said("a"), said("A"), ended())]

    answer = await asked(walk, stream=stream)

    assert shown(walk) in ({"role;a;A;[stop];", "role;b;B;[stop];"} if stream else {""})
    assert sorted(call.failure or "" for call in answer.record.trace.calls) == ["", FailureKind.OUTRUN]
    winner = next(call for call in answer.record.trace.calls if call.failure is None)
    assert answer.record.deployment == winner.deployment
    assert answer.record.answered_by == winner
    settled(walk)


@in_virtual_time
async def test_the_first_that_thinks_aloud_has_won() -> None:
    walk = hedging(streams(2.5, thought(), 9.0, said("A"), ended()), streams(1.0, said("B"), ended()))

    await asked(walk, stream=True)

    assert shown(walk) == "(hm);A;[stop];"
    settled(walk)


@in_virtual_time
async def test_where_a_winner_breaks_off_the_third_is_asked_before_the_one_that_was_outrun() -> None:
    walk = hedging(streams(2.5, thought(), fails=FailureKind.CUT_STREAM), hangs)
    walk.provider.scripts["gamma/other"] = [streams(said("C"), ended())]

    answer = await asked(walk, stream=True)

    assert shown(walk) == "(hm);C;[stop];"
    assert [call.failure for call in answer.record.trace.calls] == [FailureKind.CUT_STREAM, FailureKind.OUTRUN, None]
    assert answer.record.trace.calls[-1].reason == "fallback: cut_stream"
    settled(walk)


@in_virtual_time
async def test_one_that_was_outrun_is_asked_again_where_nobody_else_is_left() -> None:
    walk = hedging(streams(2.5, thought(), fails=FailureKind.CUT_STREAM), hangs)
    walk.provider.scripts["beta/large"] = [hangs, streams(said("B"), ended())]
    walk.provider.scripts["gamma/other"] = [fails(FailureKind.VENDOR_ACCESS)]

    answer = await asked(walk, stream=True)

    assert walk.provider.asked() == ["alpha/small", "beta/large", "gamma/other", "beta/large"]
    assert shown(walk) == "(hm);B;[stop];"
    assert answer.record.trace.calls[-1].reason == "retry: outrun"
    settled(walk)


@in_virtual_time
async def test_one_that_had_failed_before_it_was_outrun_is_remembered_as_failed() -> None:
    late = streams(3.0, thought(), fails=FailureKind.CUT_STREAM)
    walk = hedging(late, fails(FailureKind.VENDOR_ACCESS))
    walk.provider.scripts["alpha/small"] = [late, answers("first")]
    walk.provider.scripts["gamma/other"] = [fails(FailureKind.VENDOR_ACCESS)]

    await asked(walk, stream=True)

    assert walk.provider.asked() == ["alpha/small", "beta/large", "gamma/other", "alpha/small"]


@in_virtual_time
async def test_a_call_that_could_have_had_a_twin_leaves_nothing_to_the_collector_of_cycles() -> None:
    walk = hedging(answers())
    await asked(walk, stream=True)
    gc.collect()
    gc.disable()
    try:
        for _ in range(10):
            await asked(walk, stream=True)
        assert gc.collect() == 0
    finally:
        gc.enable()


@in_virtual_time
async def test_a_dialect_whose_clients_count_blocks_is_told_the_end_where_the_winner_fails() -> None:
    walk = hedging(streams(2.5, thought(), fails=FailureKind.CUT_STREAM), streams(1.0, said("B"), ended()))

    answer = await asked(walk, stream=True, dialect=Dialect.OPENAI_RESPONSES)

    assert shown(walk) == "(hm);"
    assert answer.record.failure == FailureKind.CUT_STREAM
    settled(walk)


@in_virtual_time
async def test_where_the_first_fails_its_twin_goes_on() -> None:
    walk = hedging(after(2.5, fails(FailureKind.OVERLOADED)), after(3.0, answers("twin")))
    answer = await asked(walk)
    assert answer.generation.body == b"twin"
    assert calls(answer.record) == {"alpha/small": FailureKind.OVERLOADED, "beta/large": None}
    settled(walk)


@in_virtual_time
async def test_where_the_twin_fails_the_first_goes_on() -> None:
    walk = hedging(after(3.0, answers("first")), fails(FailureKind.OVERLOADED))
    answer = await asked(walk)
    assert answer.generation.body == b"first"
    assert calls(answer.record) == {"alpha/small": None, "beta/large": FailureKind.OVERLOADED}
    settled(walk)


@in_virtual_time
async def test_where_both_fail_neither_is_asked_again_before_the_third() -> None:
    walk = hedging(after(2.5, fails(FailureKind.OVERLOADED)), after(1.0, fails(FailureKind.SERVER_ERROR)))
    answer = await asked(walk)
    assert walk.provider.asked() == ["alpha/small", "beta/large", "gamma/other"]
    assert answer.record.degraded
    settled(walk)


@in_virtual_time
async def test_a_twin_that_our_own_limits_refuse_leaves_the_first_alone() -> None:
    walk = hedging(after(9.0, answers("first")), amplification=Amplification(max_calls=1))
    answer = await asked(walk)
    assert answer.generation.body == b"first"
    assert walk.provider.asked() == ["alpha/small"]
    settled(walk)


@in_virtual_time
async def test_where_the_first_fails_and_its_twin_was_refused_the_vendor_s_word_is_told() -> None:
    walk = hedging(after(9.0, fails(FailureKind.BAD_REQUEST)), amplification=Amplification(max_calls=1))
    answer = await asked(walk)
    assert answer.record.failure == FailureKind.BAD_REQUEST
    settled(walk)


@pytest.mark.parametrize("of", [{"vendor_tools": True}, {"vendor_tools": True, "stream": True}])
@in_virtual_time
async def test_what_a_vendor_would_do_twice_is_not_asked_twice(of: dict[str, Any]) -> None:
    walk = hedging(after(4.5))
    await asked(walk, **of)
    assert walk.provider.asked() == ["alpha/small"]


@in_virtual_time
async def test_nobody_is_hedged_whose_usual_time_is_not_known() -> None:
    walk = a_timed_walk(HEDGED, scripts={"alpha/small": [after(30.0)]})
    await asked(walk)
    assert walk.provider.asked() == ["alpha/small"]


@in_virtual_time
async def test_a_twin_that_has_come_to_rest_meanwhile_is_left_alone() -> None:
    walk = hedging(after(9.0, answers("first")))
    run = asyncio.create_task(asked(walk))
    await asyncio.sleep(1.0)
    trip(walk, HEDGED, "beta/large")
    answer = await run
    assert answer.generation.body == b"first"
    assert walk.provider.asked() == ["alpha/small"]
    settled(walk)


@pytest.mark.parametrize("leaves_after_s", [0.0, 1.0, 2.5])
@pytest.mark.parametrize(
    ("why", "kind"), [((), FailureKind.CANCELLED), ((FailureKind.SHUTDOWN,), FailureKind.SHUTDOWN)]
)
@in_virtual_time
async def test_a_caller_who_leaves_ends_every_call_of_the_race(
    leaves_after_s: float, why: tuple[str, ...], kind: FailureKind
) -> None:
    closed: list[str] = []

    async def until_closed(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        try:
            return await hangs(call, meter, on_deltas)
        finally:
            await asyncio.sleep(0.1)  # closing a connection takes a moment
            closed.append(call.deployment.name)

    walk = hedging(until_closed, until_closed)
    run = asyncio.create_task(asked(walk))
    await asyncio.sleep(leaves_after_s)
    run.cancel(*why)
    with pytest.raises(asyncio.CancelledError):
        await run

    (record,) = walk.ledger.records
    assert (record.failure, record.calls) == (kind, len(walk.provider.calls))
    assert calls(record) == dict.fromkeys(walk.provider.asked(), kind)
    assert closed == walk.provider.asked()
    settled(walk)


@in_virtual_time
async def test_a_caller_who_leaves_while_the_winner_still_streams_ends_it() -> None:
    walk = hedging(hangs, streams(0.1, said("B"), 99.0, said("b")))
    run = asyncio.create_task(asked(walk, stream=True))
    await asyncio.sleep(9.0)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert calls(walk.ledger.records[0]) == {
        "alpha/small": FailureKind.OUTRUN,
        "beta/large": FailureKind.CANCELLED,
    }
    settled(walk)


async def breaks(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
    await asyncio.sleep(2.5)
    raise ZeroDivisionError


@in_virtual_time
async def test_a_fault_of_ours_in_one_call_does_not_take_the_other_s_answer_away_and_is_told() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    walk = hedging(breaks, after(9.0, answers("twin")))

    answer = await asked(walk)

    assert answer.generation.body == b"twin"
    assert calls(answer.record) == {"alpha/small": FailureKind.INTERNAL, "beta/large": None}
    assert [type(each["exception"]) for each in told] == [ZeroDivisionError]
    settled(walk)


@in_virtual_time
async def test_a_fault_of_ours_where_nobody_answers_is_raised_and_recorded() -> None:
    walk = hedging(breaks, breaks)
    with pytest.raises(ZeroDivisionError):
        await asked(walk)
    assert set(calls(walk.ledger.records[0]).values()) == {FailureKind.INTERNAL}
    settled(walk)


@in_virtual_time
async def test_a_sink_that_fails_ends_the_race() -> None:
    walk = hedging(hangs, hangs)

    async def broken(event: object) -> None:
        if isinstance(event, Hedged):
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await walk.gateway.answer(request(), CALLER, broken)
    settled(walk)


MOMENTS = st.sampled_from([0.0, 0.5, 1.0, 2.0, 2.5, 3.0])
ENDS = st.sampled_from([None, FailureKind.OVERLOADED, FailureKind.CUT_STREAM, FailureKind.VENDOR_ACCESS])
PIECES = st.lists(st.one_of(MOMENTS, st.sampled_from([ROLE, thought(), ended()])), max_size=4)


@given(st.lists(st.tuples(PIECES, PIECES, ENDS), min_size=3, max_size=3), st.booleans(), st.sampled_from(Dialect))
def test_whenever_two_calls_move_the_caller_reads_one_of_them(
    vendors: list[tuple[list[Delta | float], list[Delta | float], FailureKind | None]], stream: bool, dialect: Dialect
) -> None:
    names = [each.name for each in HEDGED.deployments]

    @in_virtual_time
    async def go() -> tuple[Walk, Answer]:
        walk = a_timed_walk(
            HEDGED,
            scripts={
                name: [streams(*before, said(name), *later, said(name), fails=fails)]
                for name, (before, later, fails) in zip(names, vendors, strict=True)
            },
        )
        usually(walk, "standard", takes_s=1.0, begins_s=1.0)
        answer = await asked(walk, stream=stream, dialect=dialect)
        settled(walk)
        return walk, answer

    walk, answer = go()
    record = answer.record
    heard = [name for name in names if f"{name};" in shown(walk)]
    assert len(heard) == (1 if stream else 0)
    assert record.calls <= walk.gateway.policy.amplification.max_calls
    assert len({call.iteration for call in record.trace.calls}) == record.calls == len(walk.provider.calls)
    assert [call.failure for call in record.trace.calls].count(None) == (record.failure is None)
    if stream and record.failure is None:
        assert heard == [record.deployment]
