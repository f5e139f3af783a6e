"""What every AnswerCache must do. A new implementation adds one line to `CACHES`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from lanewise.core.protocols.answer_cache import AnswerCache
from lanewise.stores.answer_cache import StoredAnswers
from stores.cached import HOUR_US, an_answer, cache_of
from stores.opening import new_store
from stores.samples import START_US
from walking import SetClock


@asynccontextmanager
async def stored(folder: Path, clock: SetClock) -> AsyncIterator[AnswerCache]:
    # A withdrawal makes it forget what waits.
    async with cache_of(await new_store(folder), clock=clock, every_s=3_600.0) as cache:
        yield cache


Make = Callable[[Path, SetClock], AbstractAsyncContextManager[AnswerCache]]
CACHES: dict[str, Make] = {StoredAnswers.__name__: stored}


@pytest.mark.parametrize("opened", CACHES.values(), ids=CACHES)
class TestAnswerCache:
    """One run of it per cache."""

    async def test_what_is_kept_is_given_again_until_its_time(self, opened: Make, tmp_path: Path) -> None:
        clock = SetClock(START_US / 1e6)
        async with opened(tmp_path, clock) as cache:
            cache.keep(an_answer())
            assert await cache.find(b"name") == an_answer()
            assert await cache.find(b"another") is None
            clock.time_s += HOUR_US / 1e6
            assert await cache.find(b"name") is None

    async def test_the_latest_answer_of_a_name_is_given(self, opened: Make, tmp_path: Path) -> None:
        async with opened(tmp_path, SetClock()) as cache:
            cache.keep(an_answer())
            cache.keep(an_answer(run_id="run_2"))
            found = await cache.find(b"name")
        assert found is not None
        assert found.run_id == "run_2"

    async def test_what_a_run_answered_is_withdrawn_and_nothing_else(self, opened: Make, tmp_path: Path) -> None:
        async with opened(tmp_path, SetClock()) as cache:
            cache.keep(an_answer())
            cache.keep(an_answer(b"another", run_id="run_2"))
            assert await cache.withdraw("run_1") == 1
            assert await cache.withdraw("run_1") == 0
            assert await cache.find(b"name") is None
            assert await cache.find(b"another") is not None

    async def test_a_name_is_of_one_partition_and_one_body(self, opened: Make, tmp_path: Path) -> None:
        async with opened(tmp_path, SetClock()) as cache:
            names = {
                cache.name(partition, asked) for partition in (b"a", b"ab") for asked in (b"", b"b", b"x" * 100_000)
            }
            assert len(names) == 6
            assert cache.name(b"a", b"b") == cache.name(b"a", b"b")
