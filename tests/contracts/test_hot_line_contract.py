"""What every HotLine must do. A new implementation adds one line to `LINES`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from lanewise.core.protocols.hot_line import HotLine, LineLost
from lanewise.limits.hot_batch import Answer, Batch, read, short_of
from lanewise.stores.hot_redis import RedisLine
from limiting import claim
from redis_server import new_prefix


@asynccontextmanager
async def to_redis(url: str, prefix: str) -> AsyncIterator[HotLine]:
    line = RedisLine(url, timeout_s=2.0, prefix=prefix)
    yield line
    await line.close()


LINES: dict[str, Callable[[str, str], AbstractAsyncContextManager[HotLine]]] = {RedisLine.__name__: to_redis}
LineOf = Callable[[str, str], AbstractAsyncContextManager[HotLine]]


async def says(line: HotLine, batch: Batch, process: str = "a", *, lease_s: float = 5.0, running: int = 0) -> Answer:
    return read(await line.carry_out(batch.subjects, batch.pack(process, lease_s, (process, ""), lambda *_: running)))


def asks(places: int, times: int = 1) -> Batch:
    batch = Batch()
    for _ in range(times):
        batch.take((claim(at_once=places),), 0, sparing=False)
    return batch


def let_in(answer: Answer) -> int:
    return sum(short_of((claim(at_once=1),), result) is None for result in answer.results)


@pytest.mark.parametrize("line_of", LINES.values(), ids=LINES)
class TestHotLine:
    """One run of it per line."""

    async def test_a_batch_is_carried_out_in_its_order_and_at_once(self, redis: str, line_of: LineOf) -> None:
        async with line_of(redis, new_prefix()) as line:
            assert let_in(await says(line, asks(2, times=5))) == 2

    async def test_what_one_process_has_taken_another_has_not(self, redis: str, line_of: LineOf) -> None:
        prefix = new_prefix()
        async with line_of(redis, prefix) as one, line_of(redis, prefix) as other:
            answers = [await says(one, asks(3, times=2)), await says(other, asks(3, times=2), "b")]
        assert [let_in(answer) for answer in answers] == [2, 1]
        assert [answer.processes for answer in answers] == [1, 2]
        assert answers[0].word == answers[1].word == "a"

    async def test_a_process_s_own_word_goes_before_what_was_kept_of_it(self, redis: str, line_of: LineOf) -> None:
        async with line_of(redis, new_prefix()) as line:
            assert let_in(await says(line, asks(2, times=2))) == 2
            assert let_in(await says(line, asks(2, times=2), running=1)) == 1

    async def test_places_of_a_process_that_was_not_heard_of_for_its_lease_are_free(
        self, redis: str, line_of: LineOf
    ) -> None:
        async with line_of(redis, new_prefix()) as line:
            assert let_in(await says(line, asks(1), lease_s=0.2)) == 1
            assert let_in(await says(line, asks(1), "b")) == 0
            await asyncio.sleep(0.25)
            answer = await says(line, asks(1), "b")
            assert (let_in(answer), answer.processes) == (1, 1)

    async def test_who_shares_no_prefix_shares_nothing(self, redis: str, line_of: LineOf) -> None:
        for _ in range(2):
            async with line_of(redis, new_prefix()) as line:
                assert let_in(await says(line, asks(1))) == 1

    async def test_a_server_that_is_not_there_is_a_lost_line(self, line_of: LineOf) -> None:
        async with line_of("redis://127.0.0.1:1/0", "nobody") as line:
            with pytest.raises(LineLost):
                await says(line, asks(1))
