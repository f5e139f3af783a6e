"""What a call holds back, what it lets through to the caller, and how much time that gives it."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Delta, Finish
from lanewise.core.events import Deltas
from lanewise.core.request import Dialect
from lanewise.pipeline.deadlines import Deadlines
from lanewise.pipeline.run import Run
from lanewise.pipeline.showing import Showing
from lanewise.wire import INBOUND
from pipeline.runs import a_run, a_walk, shown
from pipeline.vendors import ROLE, ended, said, thought
from virtual_time import in_virtual_time
from walking import Walk, at_once, deployment, request


def a_showing(run: Run) -> Showing:
    return Showing(run, deployment("alpha/small"))


def begun(asked_in: Dialect = Dialect.OPENAI_CHAT) -> tuple[Walk, Run, Showing]:
    walk = a_walk()
    run = a_run(walk, request(dialect=asked_in, stream=True))
    return walk, run, a_showing(run)


async def test_a_stream_is_held_until_it_shows_something_and_then_passed_on_in_order() -> None:
    walk, run, showing = begun()

    await showing.relay([ROLE])
    assert (shown(walk), run.showing) == ("", None)
    await showing.relay([said("Ei")])
    await showing.relay([said("ght"), ended()])

    assert shown(walk) == "role;Ei;ght;[stop];"
    assert run.showing is showing
    assert run.answered


@pytest.mark.parametrize("caller", list(Dialect))
async def test_an_answer_that_came_whole_is_told_in_the_caller_s_own_dialect(caller: Dialect) -> None:
    walk, run, showing = begun(caller)
    whole = [Delta(made=True, text="Eight."), Delta(made=True, finish=Finish.STOP)]

    await showing.relay(whole)

    (told,) = [event for event in walk.events if isinstance(event, Deltas)]
    written = INBOUND[caller].stream_writer(run.request, run_id="run_1", created_s=0).write(told.dialect, told.deltas)
    assert b"Eight." in written


async def test_what_a_failed_call_held_is_never_seen() -> None:
    walk, run, failed = begun()
    await failed.relay([Delta(raw=b"ghost;")])

    await a_showing(run).relay([said("Eight.")])

    assert shown(walk) == "Eight.;"


async def test_a_stream_that_showed_nothing_is_passed_on_at_its_end_once() -> None:
    walk, run, showing = begun()
    await showing.relay([ROLE, ended(Finish.LENGTH)])

    await showing.release()
    await showing.release()

    assert shown(walk) == "role;[length];"
    assert not run.answered


@pytest.mark.parametrize("dialect", [Dialect.OPENAI_CHAT, Dialect.GEMINI])
async def test_thinking_is_shown_and_commits_to_nothing(dialect: Dialect) -> None:
    walk, run, showing = begun(dialect)
    await showing.relay([ROLE, thought()])

    assert shown(walk) == "role;(hm);"
    assert (run.answered, run.committed) == (False, False)


async def test_in_a_dialect_whose_clients_count_blocks_thinking_commits() -> None:
    _, run, showing = begun(Dialect.OPENAI_RESPONSES)
    await showing.relay([thought()])
    assert (run.answered, run.committed) == (False, True)

    other = a_showing(run)
    await other.relay([said("Eight.")])
    assert run.showing is showing


async def test_the_end_of_thinking_without_an_answer_is_held_so_that_another_call_can_answer() -> None:
    walk, run, first = begun()
    await first.relay([thought(), ended(Finish.LENGTH)])
    await first.relay([Delta(raw=b"usage;")])
    assert shown(walk) == "(hm);"

    second = a_showing(run)
    await second.relay([thought("hm, again"), said("Eight."), ended()])
    assert shown(walk) == "(hm);(hm, again);Eight.;[stop];"


async def test_such_an_end_is_passed_on_where_no_other_call_answers() -> None:
    walk, _, showing = begun()
    await showing.relay([thought(), ended(Finish.LENGTH)])
    await showing.release()
    assert shown(walk) == "(hm);[length];"


async def test_one_of_several_answers_may_end_before_another_one_begins() -> None:
    """With `n` there is an end for each."""
    walk, _, showing = begun()
    await showing.relay([thought(), ended(Finish.LENGTH)])
    await showing.relay([said("Eight.")])
    assert shown(walk) == "(hm);[length];Eight.;"


async def test_a_call_that_was_outrun_is_heard_no_more_and_keeps_nothing() -> None:
    walk, run, loser = begun()
    await loser.relay([ROLE])
    loser.outrun = True
    await loser.relay([said("late")])
    await a_showing(run).relay([said("Eight.")])

    assert shown(walk) == "Eight.;"


PIECES = st.sampled_from([ROLE, thought(), said("a"), said("b"), Delta(raw=b"ping;"), ended(Finish.LENGTH)])


@given(st.lists(st.lists(PIECES, min_size=1, max_size=4), max_size=8))
def test_nothing_of_a_whole_stream_is_lost_doubled_or_out_of_order(reads: list[list[Delta]]) -> None:
    walk, _, showing = begun()

    for deltas in reads:
        at_once(showing.relay(deltas))
    at_once(showing.release())

    assert shown(walk) == b"".join(delta.raw for deltas in reads for delta in deltas).decode()


@given(
    st.lists(st.tuples(st.integers(0, 2), st.lists(PIECES, min_size=1, max_size=3)), max_size=12),
    st.sampled_from(Dialect),
)
def test_whoever_relays_no_other_call_is_seen_after_a_piece_of_an_answer(
    reads: list[tuple[int, list[Delta]]], asked_in: Dialect
) -> None:
    walk, run, first = begun(asked_in)
    calls = [first, a_showing(run), a_showing(run)]
    seen_after_answer = set()

    for number, deltas in reads:
        before = len(walk.events)
        at_once(calls[number].relay(deltas))
        if run.answered and len(walk.events) > before:
            seen_after_answer.add(number)

    assert len(seen_after_answer) <= 1


@in_virtual_time
async def test_each_thing_shown_gives_a_call_the_time_of_the_next() -> None:
    _, _, showing = begun()
    loop = asyncio.get_running_loop()
    with Deadlines().at(loop.time() + 5) as deadline:
        whole_by_s, ends_s = loop.time() + 20, loop.time() + 60
        showing.keep_to(deadline, whole_by_s=whole_by_s, ends_s=ends_s)

        await showing.relay([ROLE])
        assert deadline.when_s == loop.time() + 5
        await showing.relay([thought()])
        assert deadline.when_s == whole_by_s
        await showing.relay([said("Eight.")])
        assert deadline.when_s == ends_s


@in_virtual_time
async def test_what_comes_when_time_is_up_comes_too_late() -> None:
    """A provider that has yet to notice its cancellation may still relay what it had read: somebody else is to be asked."""
    walk, run, showing = begun()
    loop = asyncio.get_running_loop()
    timed_out = False
    try:
        with Deadlines().at(loop.time() + 1) as deadline:
            showing.keep_to(deadline, whole_by_s=loop.time() + 20, ends_s=loop.time() + 60)
            try:
                await asyncio.sleep(2)
            finally:
                await showing.relay([said("late")])
    except TimeoutError:
        timed_out = True

    assert timed_out
    assert (shown(walk), run.committed) == ("", False)


@in_virtual_time
async def test_an_answer_that_had_begun_goes_on_to_the_last_word_that_came() -> None:
    walk, _, showing = begun()
    loop = asyncio.get_running_loop()

    async def call() -> None:
        with Deadlines().at(loop.time() + 1) as deadline:
            showing.keep_to(deadline, whole_by_s=loop.time() + 1, ends_s=loop.time() + 1)
            await showing.relay([said("Ei")])
            try:
                await asyncio.sleep(2)
            finally:
                await showing.relay([said("ght")])

    with pytest.raises(TimeoutError):
        await call()
    assert shown(walk) == "Ei;ght;"
