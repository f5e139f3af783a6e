"""The connection to Redis: what a real server answers, and whatever else may come over a socket."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from lanewise.stores.redis_address import RedisAddress, redis_address
from lanewise.stores.redis_connection import Answer, RedisConnection, RedisLost, RedisRefused, connected, packed
from patience import PATIENCE_S
from redis_server import new_prefix

pytestmark = pytest.mark.every_loop

Serves = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def to(url: str) -> AsyncIterator[RedisConnection]:
    connection = await connected(redis_address(url), 5.0)
    yield connection
    connection.close()


@asynccontextmanager
async def server(serves: Serves, tls: ssl.SSLContext | None = None) -> AsyncIterator[RedisAddress]:
    """Whatever `serves` does with a connection, behind an address."""
    over: list[asyncio.Task[None]] = []

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        over.append(task)
        try:
            await serves(reader, writer)
        except ConnectionError:  # the caller has hung up
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(one, "127.0.0.1", 0, ssl=tls)
    async with listening:
        yield RedisAddress(host="127.0.0.1", port=listening.sockets[0].getsockname()[1])
        await asyncio.wait_for(asyncio.gather(*over), PATIENCE_S)


def says(answer: bytes) -> Serves:
    """Answers whatever comes with this, and waits until the caller hangs up."""

    async def serves(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        await reader.read()

    return serves


async def test_each_kind_of_answer_is_a_plain_value(redis: str) -> None:
    name = new_prefix().encode()
    async with to(redis) as connection:
        assert await connection.ask(b"SET", name, b"\r\n$5\r\n\x00") == b"OK"
        assert await connection.ask(b"GET", name) == b"\r\n$5\r\n\x00"
        assert await connection.ask(b"GET", name + b"-") is None
        assert await connection.ask(b"DECR", name + b"n") == -1
        assert await connection.ask(b"SET", name, b"") == b"OK"
        assert await connection.ask(b"GET", name) == b""
        with pytest.raises(RedisRefused, match="ERR"):
            await connection.ask(b"INCR", name)
        assert await connection.ask(b"PING") == b"PONG"  # a refusal leaves it as good as it was


async def test_commands_that_come_together_are_answered_in_their_order(redis: str) -> None:
    async with to(redis) as connection:
        asked = [connection.ask(b"ECHO", b"%d" % number) for number in range(50)]
        asked[7].cancel()  # whoever waits no longer takes nobody else's answer
        answers = await asyncio.gather(*asked[:7], *asked[8:])
    assert answers == [b"%d" % number for number in range(50) if number != 7]


async def test_a_large_answer_comes_whole(redis: str) -> None:
    large = bytes(range(256)) * 4_096
    async with to(redis) as connection:
        assert await connection.ask(b"ECHO", large) == large


async def test_a_database_of_its_own_is_one(redis: str) -> None:
    name, at = new_prefix().encode(), redis_address(redis)
    async with to(redis) as first:
        await first.ask(b"SET", name, b"a", b"EX", b"60")
        other = await connected(replace(at, database=1), 5.0)
        assert (await first.ask(b"GET", name), await other.ask(b"GET", name)) == (b"a", None)
        other.close()


async def test_who_has_no_right_to_ask_is_refused_before_the_first_command(redis: str) -> None:
    user, at = new_prefix().encode(), redis_address(redis)
    async with to(redis) as allows:
        await allows.ask(b"ACL", b"SETUSER", user, b"on", b">right", b"~*", b"+@all")
        for password, meets in (("wrong", "WRONGPASS"), ("right", "")):
            address = replace(at, user=user.decode(), password=password)
            if meets:
                with pytest.raises(RedisRefused, match=meets):
                    await connected(address, 5.0)
            else:
                connection = await connected(address, 5.0)
                assert await connection.ask(b"ACL", b"WHOAMI") == user
                connection.close()
        await allows.ask(b"ACL", b"DELUSER", user)


@pytest.mark.parametrize("known", [True, False], ids=["known", "a stranger"])
async def test_over_tls_a_server_proves_who_it_is(redis: str, known: bool) -> None:
    authority, theirs, ours = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    (authority if known else trustme.CA()).configure_trust(ours)

    async def serves(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        at = redis_address(redis)
        opens = asyncio.open_unix_connection(at.path) if at.path else asyncio.open_connection(at.host, at.port)
        behind_reader, behind = await opens
        while sent := await reader.read(65536):
            behind.write(sent)
            writer.write(await behind_reader.read(65536))
        behind.close()

    async with server(serves, theirs) as address:
        if known:
            connection = await connected(replace(address, tls=ours), 5.0)
            assert await connection.ask(b"PING") == b"PONG"
            connection.close()
        else:
            with pytest.raises(RedisLost, match=r"(?i)certificate"):
                await connected(replace(address, tls=ours), 5.0)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400\r\n\r\n",
        b":1\r\n:2\r\n",
        b"$x\r\n",
        b"$2\r\nabcd",
        b"*1\r\n:1\r\n",
        b"$99999999999\r\n",
        b"+" + b"a" * 9_000_000,
    ],
    ids=["another's", "one too many", "no length", "too long", "a list", "too large", "without an end"],
)
async def test_what_is_no_answer_ends_the_connection(answer: bytes) -> None:
    async with server(says(answer)) as address:
        connection = await connected(address, 5.0)
        first = connection.ask(b"PING")
        if not answer.startswith(b":"):
            with pytest.raises(RedisLost, match="none of Redis"):
                await first
        else:
            assert await first == 1
        with pytest.raises(RedisLost):
            await connection.ask(b"PING")
        assert not connection.usable


async def test_a_server_that_hangs_up_is_lost_for_all_who_wait() -> None:
    async def serves(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"ECHO")

    async with server(serves) as address:
        connection = await connected(address, 5.0)
        told = await asyncio.gather(connection.ask(b"PING"), connection.ask(b"ECHO"), return_exceptions=True)
    assert [type(each) for each in told] == [RedisLost, RedisLost]
    assert not connection.usable


async def test_one_that_says_nothing_is_waited_for_from_each_command_on() -> None:
    loop = asyncio.get_running_loop()
    first_answered = asyncio.Event()

    async def serves(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(b"+PONG\r\n")
        await reader.read()
        first_answered.set()

    async with server(serves) as address:
        connection = await connected(address, 0.2)
        assert await connection.ask(b"PING") == b"PONG"
        await asyncio.sleep(0.1)  # the timer of the first one runs out while the second is waited for
        began_s = loop.time()
        with pytest.raises(RedisLost, match=r"no answer within 0\.2 s"):
            await connection.ask(b"PING")
        assert 0.19 <= loop.time() - began_s < 20.0
        await asyncio.wait_for(first_answered.wait(), PATIENCE_S)  # hung up at once


async def test_an_idle_connection_has_no_timer(redis: str) -> None:
    connection = await connected(redis_address(redis), 0.05)
    await connection.ask(b"PING")
    async with asyncio.timeout(5.0):
        while connection._timer is not None:
            await asyncio.sleep(0.01)
    assert await connection.ask(b"PING") == b"PONG"
    connection.close()


async def test_nobody_listening_and_a_door_that_does_not_open_are_both_no_connection() -> None:
    with pytest.raises(RedisLost):
        await connected(RedisAddress(host="127.0.0.1", port=1), 5.0)
    with pytest.raises(RedisLost):
        await connected(RedisAddress(path="/nowhere.sock"), 5.0)

    async def serves(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server(serves) as address:
        with pytest.raises(RedisLost, match="no connection within"):
            await connected(replace(address, tls=ssl.create_default_context()), 0.1)


class Nowhere(asyncio.Transport):
    """Takes what is written, and brings nothing."""

    def write(self, data: object) -> None:
        pass

    def abort(self) -> None:
        pass


_ANSWERS = st.lists(
    st.one_of(
        st.binary(max_size=40).map(lambda text: (b"$%d\r\n%b\r\n" % (len(text), text), text)),
        st.integers(-(2**63), 2**63 - 1).map(lambda number: (b":%d\r\n" % number, number)),
        st.sampled_from([(b"+OK\r\n", b"OK"), (b"$-1\r\n", None)]),
    ),
    min_size=1,
    max_size=8,
)


@given(answers=_ANSWERS, cuts=st.lists(st.integers(0, 400), max_size=12))
def test_however_answers_are_cut_on_their_way_they_are_the_same(
    answers: list[tuple[bytes, Answer]], cuts: list[int]
) -> None:
    loop = asyncio.new_event_loop()
    try:
        connection = RedisConnection(loop, 60.0)
        connection.connection_made(Nowhere())
        asked = [connection.ask(b"PING") for _ in answers]
        came = b"".join(sent for sent, _ in answers)
        edges = [0, *sorted(cut for cut in cuts if cut < len(came)), len(came)]
        for begin, end in pairwise(edges):
            if begin < end:
                connection.data_received(came[begin:end])
        assert [each.result() for each in asked] == [value for _, value in answers]
        connection.close()
    finally:
        loop.close()


def test_a_command_is_packed_as_its_lengths_say() -> None:
    assert packed((b"ECHO", b"", b"\r\n")) == b"*3\r\n$4\r\nECHO\r\n$0\r\n\r\n$2\r\n\r\n\r\n"
