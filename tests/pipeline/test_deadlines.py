"""One timer for all deadlines: each ends what is inside it at its moment, and nothing else."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.pipeline.deadlines import Deadline, Deadlines
from virtual_time import in_virtual_time


async def ended_after_s(deadlines: Deadlines, patience_s: float, work_s: float) -> tuple[bool, float]:
    """Whether the deadline ended the work, and when."""
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    try:
        with deadlines.at(begun_s + patience_s):
            await asyncio.sleep(work_s)
    except TimeoutError:
        return True, loop.time() - begun_s
    return False, loop.time() - begun_s


@in_virtual_time
async def test_what_takes_too_long_is_ended_at_its_moment_and_not_before() -> None:
    deadlines = Deadlines()

    assert await ended_after_s(deadlines, 5, 60) == (True, 5)
    assert await ended_after_s(deadlines, 5, 4) == (False, 4)
    assert await ended_after_s(deadlines, 0, 1) == (True, 0)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30), st.integers(1, 30)), min_size=1, max_size=20))
def test_however_many_there_are_each_keeps_its_own(works: list[tuple[int, int, int]]) -> None:
    """Each begins at its second, with its patience and its work; all whole seconds, so that rounding decides nothing."""

    @in_virtual_time
    async def all_at_once() -> list[tuple[bool, float]]:
        deadlines = Deadlines()

        async def one(begin_s: int, patience_s: int, work_s: int) -> tuple[bool, float]:
            await asyncio.sleep(begin_s)
            return await ended_after_s(deadlines, patience_s, work_s + 0.5)

        return await asyncio.gather(*(one(*work) for work in works))

    for (_, patience_s, work_s), (ended, after_s) in zip(works, all_at_once(), strict=True):
        assert ended == (work_s + 0.5 > patience_s)
        assert after_s == pytest.approx(min(patience_s, work_s + 0.5))


@in_virtual_time
async def test_a_deadline_can_be_moved_both_ways() -> None:
    loop, deadlines = asyncio.get_running_loop(), Deadlines()
    begun_s = loop.time()

    async def ended_s(*, moved_to_s: float) -> float:
        try:
            with deadlines.at(begun_s + 10) as deadline:
                await asyncio.sleep(1)
                deadline.move(begun_s + moved_to_s)
                await asyncio.sleep(100)
        except TimeoutError:
            pass
        return loop.time() - begun_s

    assert list(await asyncio.gather(ended_s(moved_to_s=3), ended_s(moved_to_s=30))) == [3, 30]


@in_virtual_time
async def test_who_is_cancelled_from_outside_is_cancelled_and_not_late() -> None:
    loop, deadlines = asyncio.get_running_loop(), Deadlines()

    async def work() -> None:
        with deadlines.at(loop.time() + 5):
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@in_virtual_time
async def test_who_is_cancelled_from_outside_at_that_very_moment_is_cancelled() -> None:
    loop, deadlines = asyncio.get_running_loop(), Deadlines()
    entered: list[Deadline] = []

    async def work() -> None:
        with deadlines.at(loop.time() + 5) as deadline:
            entered.append(deadline)
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.sleep(1)
    entered[0].expire()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@in_virtual_time
async def test_work_that_fails_by_itself_says_why() -> None:
    loop = asyncio.get_running_loop()
    with pytest.raises(ZeroDivisionError), Deadlines().at(loop.time() + 5):
        1 / 0  # noqa: B018 - it is to fail


@in_virtual_time
async def test_after_a_deadline_the_task_goes_on_as_if_it_had_never_been_cancelled() -> None:
    task = asyncio.current_task()
    assert task is not None
    assert await ended_after_s(Deadlines(), 1, 2) == (True, 1)
    assert task.cancelling() == 0
    await asyncio.sleep(1)
