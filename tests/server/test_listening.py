"""Work is done for somebody: it ends when they leave or the process stops, and it ends properly."""

from __future__ import annotations

import asyncio

import pytest

from lanewise.server.connection import Connection
from lanewise.server.listening import ClientLeft, Listeners, ShuttingDown


class Work:
    """Something that goes on until it is cancelled, and cleans up in two steps."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.closed = False

    async def run(self) -> None:
        self.begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await asyncio.sleep(0)
            self.closed = True


def connected() -> Connection:
    """A connection as a request sees it, without a socket below."""
    connection = Connection.__new__(Connection)
    connection.when_lost = set()
    return connection


def lose(connection: Connection) -> None:
    """What the connection does when its socket is gone."""
    for tell in tuple(connection.when_lost):
        tell()


async def under_way(listeners: Listeners, connection: Connection, work: Work) -> asyncio.Task[None]:
    task = asyncio.create_task(listeners.attend(connection, work.run()))
    await work.begun.wait()
    return task


async def test_what_the_work_gives_is_handed_on_and_nobody_is_left_over() -> None:
    listeners, connection = Listeners(), connected()

    async def answers() -> str:
        assert len(listeners) == 1
        return "Eight."

    assert await listeners.attend(connection, answers()) == "Eight."
    assert (len(listeners), connection.when_lost) == (0, set())


async def test_what_the_work_raises_is_raised() -> None:
    async def breaks() -> None:
        raise ZeroDivisionError

    listeners = Listeners()
    with pytest.raises(ZeroDivisionError):
        await listeners.attend(connected(), breaks())
    assert len(listeners) == 0


async def test_a_caller_who_leaves_ends_the_work_to_its_last_step() -> None:
    listeners, work, connection = Listeners(), Work(), connected()
    task = await under_way(listeners, connection, work)

    lose(connection)
    with pytest.raises(ClientLeft):
        await task

    assert (work.closed, len(listeners), task.cancelling()) == (True, 0, 0)


async def test_every_request_of_a_lost_connection_ends_and_no_other() -> None:
    listeners, connection, other = Listeners(), connected(), connected()
    works = [Work(), Work(), Work()]
    tasks = [
        await under_way(listeners, each, work)
        for each, work in zip((connection, connection, other), works, strict=True)
    ]

    lose(connection)
    for task in tasks[:2]:
        with pytest.raises(ClientLeft):
            await task
    assert ([work.closed for work in works], len(listeners)) == ([True, True, False], 1)

    lose(other)
    with pytest.raises(ClientLeft):
        await tasks[2]


async def test_a_process_that_stops_ends_all_work_with_words_for_those_who_still_listen() -> None:
    listeners, works = Listeners(), [Work(), Work()]
    tasks = [await under_way(listeners, connected(), work) for work in works]

    listeners.stop_all()
    for task in tasks:
        with pytest.raises(ShuttingDown, match="shutting down"):
            await task
    assert [work.closed for work in works] == [True, True]


async def test_who_left_first_is_not_told_that_the_process_stops() -> None:
    listeners, work, connection = Listeners(), Work(), connected()
    task = await under_way(listeners, connection, work)

    lose(connection)
    listeners.stop_all()

    with pytest.raises(ClientLeft):
        await task


async def test_cancelling_from_outside_stays_a_cancellation() -> None:
    """A server that is torn down must not be told a story about a caller."""
    listeners, work = Listeners(), Work()
    task = await under_way(listeners, connected(), work)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.closed
