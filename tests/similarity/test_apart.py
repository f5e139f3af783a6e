"""Whoever asks for a vector waits a moment, and is not told why there is none; the log is, once."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from lanewise.core.similar import Looked
from lanewise.similarity.apart import NoVector, VectorsApart


async def test_who_waits_longer_than_a_moment_does_without_and_the_next_one_finds_it_ready() -> None:
    begun, ready = asyncio.Event(), asyncio.Event()

    async def ask(text: bytes) -> bytes:
        begun.set()
        await ready.wait()
        return text

    vectors = VectorsApart(ask, patience_s=0.01)
    assert await vectors.vector("first") is None
    assert begun.is_set()
    assert vectors.outcomes() == {Looked.LATE: 1}
    ready.set()
    assert await VectorsApart(ask, patience_s=5.0).vector("söcond") == "söcond".encode()
    await vectors.close()


async def test_that_there_are_none_is_said_once_until_there_are_again() -> None:
    works = False

    async def ask(text: bytes) -> bytes:
        if not works:
            raise NoVector("the worker ended in the middle of it")
        return text

    vectors = VectorsApart(ask)
    with capture_logs() as said:
        assert [await vectors.vector("one"), await vectors.vector("two")] == [None, None]
        works = True
        assert await vectors.vector("three") == b"three"
        works = False
        assert await vectors.vector("four") is None
    assert vectors.outcomes() == {Looked.ANSWERED: 1, Looked.FAILED: 3}
    assert [line["cause"] for line in said] == ["the worker ended in the middle of it"] * 2


async def test_what_is_asked_ends_with_it() -> None:
    ended = asyncio.Event()

    async def ask(text: bytes) -> bytes:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return text

    vectors = VectorsApart(ask, patience_s=0.0)
    assert await vectors.vector("one") is None
    await asyncio.sleep(0)
    await vectors.close()
    assert ended.is_set()
