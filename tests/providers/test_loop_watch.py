"""A stream that only repeats itself goes no further; one that does not, or has ended, passes as it came."""

from __future__ import annotations

import pytest

from lanewise.core.answer import Delta, Finish, ToolCallDelta
from lanewise.core.failure import FailureKind
from lanewise.core.repeated_calls import MOST_IN_ONE_ANSWER
from lanewise.providers.loop_watch import LoopSeen, LoopWatch

PIECE = "Wait, the spider has eight legs, so let me count them once more. "


class Caller:
    def __init__(self) -> None:
        self.seen: list[Delta] = []

    async def see(self, deltas: list[Delta]) -> None:
        self.seen += deltas


async def each(watch: LoopWatch, delta: Delta, times: int) -> None:
    for _ in range(times):
        await watch.relay([delta])


@pytest.fixture
def caller() -> Caller:
    return Caller()


@pytest.mark.parametrize(("delta", "what"), [(Delta(text=PIECE), "answer"), (Delta(reasoning=PIECE), "thinking")])
async def test_a_loop_is_cut_within_its_fifth_period(caller: Caller, delta: Delta, what: str) -> None:
    with pytest.raises(LoopSeen) as stopped:
        await each(LoopWatch(caller.see), delta, times=100)
    assert len(caller.seen) <= 4
    failure = stopped.value.failure
    assert failure.kind is FailureKind.LOOPING
    assert f"the {what} only repeats the same {len(PIECE)} characters" in failure.message


async def test_no_word_of_the_answer_is_in_the_failure(caller: Caller) -> None:
    with pytest.raises(LoopSeen) as stopped:
        await LoopWatch(caller.see).relay([Delta(text=PIECE * 9)])
    assert "spider" not in stopped.value.failure.message
    assert caller.seen == []  # the read in which it is seen is not shown


async def test_what_does_not_repeat_passes_untouched(caller: Caller) -> None:
    watch, said = LoopWatch(caller.see), [Delta(text=f"{n} and {n * n * 7919 % 10_007}; ") for n in range(2_000)]
    for delta in said:
        await watch.relay([delta])
    assert caller.seen == said


async def test_a_stream_that_says_why_it_ended_is_whole(caller: Caller) -> None:
    said = [Delta(text=PIECE * 9), Delta(finish=Finish.LENGTH)]
    await LoopWatch(caller.see).relay(said)
    assert caller.seen == said


async def test_thinking_that_left_its_loop_for_an_answer_is_not_cut(caller: Caller) -> None:
    said = [Delta(reasoning=PIECE * 9), Delta(text="Eight.")]
    await LoopWatch(caller.see).relay(said)
    assert caller.seen == said


async def test_an_answer_that_only_repeats_a_call_is_cut(caller: Caller) -> None:
    async def calls() -> None:
        watch = LoopWatch(caller.see)
        for index in range(100):
            await watch.relay([Delta(tool_calls=(ToolCallDelta(index=index, id=f"c{index}", name="f"),))])
            await watch.relay([Delta(tool_calls=(ToolCallDelta(index=index, arguments="{}"),))])

    with pytest.raises(LoopSeen, match="same call again and again"):
        await calls()
    assert len(caller.seen) == 2 * MOST_IN_ONE_ANSWER


async def test_many_calls_that_differ_pass(caller: Caller) -> None:
    watch = LoopWatch(caller.see)
    for index in range(100):
        await watch.relay([Delta(tool_calls=(ToolCallDelta(index=index, name="f", arguments=f"[{index}]"),))])
    assert len(caller.seen) == 100
