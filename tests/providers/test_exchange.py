"""An exchange by itself: filled by a line that only notes what it is asked for, read by one reader."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable

import pytest

from lanewise.core.failure import FailureKind
from lanewise.providers.exchange import Exchange
from lanewise.providers.socket_failures import ConnectionBroken

LOST = ConnectionBroken(FailureKind.CONNECTION_LOST, "lost")


class Line:
    """Notes what its exchange asks of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def pause_reading(self) -> None:
        self.asked.append("pause")

    def resume_reading(self) -> None:
        self.asked.append("resume")

    def done(self, exchange: Exchange) -> None:
        self.asked.append(f"done, complete: {exchange.complete}")


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def exchange(line: Line) -> Exchange:
    return Exchange(line)


async def test_a_reader_is_woken_by_each_thing_that_happens(exchange: Exchange) -> None:
    happens: list[Callable[[], None]] = [
        lambda: exchange.begin(200),
        lambda: exchange.add(b"a"),
        lambda: exchange.add(b"b"),
        exchange.end,
    ]
    heard: list[bytes] = []

    async def read() -> None:
        await exchange.head()
        while data := await exchange.read():
            heard.append(data)

    reading = asyncio.create_task(read())
    for each in happens:
        await asyncio.sleep(0)
        each()
    await reading
    assert (heard, exchange.ended) == ([b"a", b"b"], True)


async def test_what_has_come_is_read_at_once_and_before_what_broke_it(exchange: Exchange) -> None:
    exchange.begin(200)
    exchange.add(b"a")
    exchange.add(b"b")
    exchange.break_off(LOST)
    assert await exchange.read() == b"ab"
    with pytest.raises(ConnectionBroken, match="lost"):
        await exchange.read()


async def test_broken_before_its_head_it_has_none(exchange: Exchange) -> None:
    exchange.break_off(LOST)
    with pytest.raises(ConnectionBroken, match="lost"):
        await exchange.head()


async def test_it_has_not_ended_before_it_is_read(exchange: Exchange) -> None:
    exchange.begin(200)
    exchange.add(b"a")
    exchange.end()
    assert (exchange.complete, exchange.ended) == (True, False)
    await exchange.read()
    assert exchange.ended


async def test_much_that_waits_pauses_the_line_until_it_is_read(exchange: Exchange, line: Line) -> None:
    exchange.begin(200)
    exchange.add(bytes(200_000))
    assert line.asked == []
    exchange.add(bytes(200_000))
    assert line.asked == ["pause"]
    assert len(await exchange.read()) == 400_000
    assert line.asked == ["pause", "resume"]


async def test_a_compressed_body_is_read_as_what_it_stands_for(exchange: Exchange) -> None:
    packed = gzip.compress(bytes(1_000_000))
    exchange.headers["content-encoding"] = "GZIP"
    exchange.begin(200)
    exchange.add(packed[:3])
    exchange.add(packed[3:])
    exchange.end()
    blocks = []
    while block := await exchange.read():
        blocks.append(block)
    assert b"".join(blocks) == bytes(1_000_000)
    assert len(blocks) > 1


async def test_a_compressed_body_that_stops_in_its_middle_ended_early(exchange: Exchange) -> None:
    exchange.headers["content-encoding"] = "gzip"
    exchange.begin(200)
    exchange.add(gzip.compress(b"hello")[:-3])
    exchange.end()
    assert await exchange.read() == b"hello"
    with pytest.raises(ConnectionBroken, match="ended early"):
        await exchange.read()


async def test_it_gives_its_line_back_once(exchange: Exchange, line: Line) -> None:
    exchange.begin(200)
    exchange.end()
    exchange.close()
    exchange.close()
    assert line.asked == ["done, complete: True"]
