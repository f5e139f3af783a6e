"""The pool under everything a worker can do: it answers, or says why not, and is whole again for the next question."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from lanewise.core.clock import SystemClock
from lanewise.verifiers import child
from lanewise.verifiers.child import Start
from lanewise.verifiers.worker_pool import NoAnswer, PoolOptions, WorkerPool


@pytest.fixture
def pool_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Pools whose workers are `odd_worker`, which no installed module could be: the one argument is replaced."""
    odd = str(Path(__file__).with_name("odd_worker.py"))

    def started(start: Start) -> Any:
        return child.started(dataclasses.replace(start, command=[sys.executable, "-I", odd]))

    monkeypatch.setattr("lanewise.verifiers.worker_pool.started", started)
    return lambda **options: WorkerPool("odd_worker", SystemClock(), PoolOptions(**options))


def workers() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "odd_worker" in " ".join(each.cmdline())]


async def leave(pool: WorkerPool, question: bytes, *, after_turns: int) -> None:
    """Ask, and be gone after so many turns of the loop."""
    asking = asyncio.create_task(pool.ask(question))
    for _ in range(after_turns):
        await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_nothing_is_started_before_the_first_question_and_nothing_is_left_after_the_last(pool_of: Any) -> None:
    pool = pool_of(workers=2)
    assert workers() == []
    assert await pool.ask(b"one") == b"one"
    assert await pool.ask(b"two") == b"two"
    assert len(workers()) == 1
    await pool.close()
    assert workers() == []
    with pytest.raises(NoAnswer, match="closed"):
        await pool.ask(b"three")


@pytest.mark.parametrize(("said", "why"), [(b"hang", "took more than"), (b"die", "ended"), (b"flood", "ended")])
async def test_a_worker_that_fails_is_replaced_alone(pool_of: Any, said: bytes, why: str) -> None:
    pool = pool_of(workers=2, limit_s=0.3)
    try:
        await asyncio.gather(pool.ask(b"a"), pool.ask(b"b"))
        before = {each.pid for each in workers()}
        failing = asyncio.create_task(pool.ask(said))
        assert await pool.ask(b"beside") == b"beside"
        with pytest.raises(NoAnswer, match=why):
            await failing
        assert list(await asyncio.gather(pool.ask(b"c"), pool.ask(b"d"))) == [b"c", b"d"]
        assert len({each.pid for each in workers()} & before) == 1
    finally:
        await pool.close()


async def test_whoever_leaves_takes_his_worker_with_him(pool_of: Any) -> None:
    pool = pool_of(workers=1)
    try:
        await pool.ask(b"warm")
        await leave(pool, b"hang", after_turns=1)
        assert await pool.ask(b"next") == b"next"
    finally:
        await pool.close()


async def test_questions_that_are_left_cost_no_worker_where_they_are_soon_answered(pool_of: Any) -> None:
    pool = pool_of(workers=1, max_starts=1)
    try:
        for _ in range(3):  # the first is left while its worker starts
            await leave(pool, b"soon", after_turns=3)
        assert await pool.ask(b"next") == b"next"
    finally:
        await pool.close()


async def test_who_asks_when_it_closes_is_told(pool_of: Any) -> None:
    pool = pool_of(workers=1)
    await pool.ask(b"warm")
    asking = asyncio.create_task(pool.ask(b"hang"))
    await asyncio.sleep(0)
    await pool.close()
    with pytest.raises(NoAnswer, match="closed"):
        await asking


async def test_a_full_pool_says_so_at_once(pool_of: Any) -> None:
    pool = pool_of(workers=1, max_waiting=1, limit_s=0.5)
    try:
        await pool.ask(b"warm")
        asking = [asyncio.create_task(pool.ask(said)) for said in (b"hang", b"waits")]
        for _ in range(3):
            await asyncio.sleep(0)
        with pytest.raises(NoAnswer, match="too many"):
            await pool.ask(b"one too many")
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        assert isinstance(outcomes[0], NoAnswer)
        assert outcomes[1] == b"waits"
    finally:
        await pool.close()


async def test_a_storm_of_starts_is_ended(pool_of: Any) -> None:
    pool = pool_of(workers=1, max_starts=3)
    try:
        for _ in range(3):
            with pytest.raises(NoAnswer, match="ended in the middle"):
                await pool.ask(b"die")
        with pytest.raises(NoAnswer, match="rests"):
            await pool.ask(b"echo")
        assert workers() == []
    finally:
        await pool.close()


async def test_a_worker_that_did_not_get_to_run_is_not_said_to_have_taken_too_long(pool_of: Any) -> None:
    pool = pool_of(workers=1, limit_s=0.3)
    try:
        await pool.ask(b"warm")
        workers()[0].send_signal(signal.SIGSTOP)
        with pytest.raises(NoAnswer, match="did not come to its end, for it was stopped by a signal"):
            await pool.ask(b"echo")
        assert await pool.ask(b"next") == b"next"
    finally:
        await pool.close()
