"""The line to Redis: what is no address, what is no answer, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import msgspec
import pytest

from lanewise.core.errors import StoreError
from lanewise.core.protocols.hot_line import LineLost
from lanewise.limits.hot_batch import Batch, read
from lanewise.stores.hot_redis import RedisLine
from lanewise.stores.redis_address import redis_address
from lanewise.stores.redis_connection import Answer, connected
from limiting import claim
from patience import PATIENCE_S
from redis_server import new_prefix

LEFT_MS = b"""
local left = {}
for _, name in ipairs(redis.call('KEYS', '*' .. ARGV[1] .. '*')) do
  left[name] = redis.call('PTTL', name)
end
return cmsgpack.pack(left)
"""
CONNECTIONS_EVER = b"return tonumber(string.match(redis.call('INFO', 'stats'), 'total_connections_received:(%d+)'))"


async def say(url: str, *words: bytes) -> Answer:
    """One command over a connection of its own."""
    connection = await connected(redis_address(url), 5.0)
    try:
        return await connection.ask(*words)
    finally:
        connection.close()


async def keys_of(url: str, prefix: str) -> dict[str, int]:
    """Which keys are there, each for how many milliseconds more; -1 for one without an end."""
    left = await say(url, b"EVAL", LEFT_MS, b"0", prefix.encode())
    assert isinstance(left, bytes)
    return msgspec.msgpack.decode(left, type=dict[str, int])


def a_batch() -> tuple[list[str], bytes]:
    batch = Batch()
    batch.take((claim(rate=600, at_once=2),), 0, sparing=False)
    return batch.subjects, batch.pack("a", 0.3, ("a", ""), lambda *_: 0)


def test_what_is_no_address_is_told_with_its_key() -> None:
    for address in ("mailto:redis", "redis://user:s3cr3t#pw@host:port/0"):
        with pytest.raises(StoreError, match=r"redis\.url") as wrong:
            RedisLine(address, timeout_s=1.0, prefix="a")
        assert "s3cr3t" not in str(wrong.value)


async def test_a_server_that_says_nothing_is_waited_for_no_longer_than_allowed() -> None:
    hung_up: list[asyncio.Event] = []

    async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hung_up.append(over := asyncio.Event())
        await reader.read()
        writer.close()
        over.set()

    server = await asyncio.start_server(says_nothing, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        line = RedisLine(f"redis://127.0.0.1:{port}/0", timeout_s=0.1, prefix="a")
        began_s = time.monotonic()
        with pytest.raises(LineLost):
            await line.carry_out(*a_batch())
        assert time.monotonic() - began_s < 10.0
        with pytest.raises(LineLost):
            await line.keys_changed()
        await line.close()
        for over in hung_up:
            await asyncio.wait_for(over.wait(), PATIENCE_S)


async def test_what_a_process_wrote_is_gone_some_time_after_it(redis: str) -> None:
    prefix = new_prefix()
    line = RedisLine(redis, timeout_s=2.0, prefix=prefix)
    await line.carry_out(*a_batch())
    names = await keys_of(redis, prefix)
    of_nobody = {name for name, left_ms in names.items() if left_ms < 0}
    assert of_nobody == {"{" + prefix + "}:word"}  # one for each prefix, and a few bytes
    assert names["{" + prefix + "}:processes"] <= 1_300
    assert max(names.values()) <= 67_000  # a minute, and what may have been taken ahead
    await line.close()


async def test_a_script_that_the_server_has_forgotten_is_sent_again(redis: str) -> None:
    line = RedisLine(redis, timeout_s=2.0, prefix=new_prefix())
    await line.carry_out(*a_batch())
    await say(redis, b"SCRIPT", b"FLUSH")
    assert await line.carry_out(*a_batch())
    await line.close()


async def test_a_line_that_broke_is_made_anew_by_the_next_batch(redis: str) -> None:
    line = RedisLine(redis, timeout_s=2.0, prefix=new_prefix())
    await line.carry_out(*a_batch())
    await say(redis, b"CLIENT", b"KILL", b"TYPE", b"normal", b"SKIPME", b"yes")
    for _ in range(2):  # whether it is heard of before or after the next batch is sent
        with suppress(LineLost):
            await line.carry_out(*a_batch())
    assert await line.carry_out(*a_batch())
    await line.close()


async def test_what_a_server_refuses_is_a_lost_line_and_the_next_batch_goes_to_whoever_has_its_name_then(
    redis: str,
) -> None:
    prefix = new_prefix()
    line = RedisLine(redis, timeout_s=2.0, prefix=prefix)
    await say(redis, b"SET", ("{" + prefix + "}:processes").encode(), b"of another kind")
    with pytest.raises(LineLost, match="WRONGTYPE"):
        await line.carry_out(*a_batch())
    assert line._connection is not None
    assert not line._connection.usable
    await say(redis, b"DEL", ("{" + prefix + "}:processes").encode())
    assert await line.carry_out(*a_batch())
    await line.close()


async def test_a_batch_and_changed_keys_that_find_no_connection_make_one(redis: str) -> None:
    line = RedisLine(redis, timeout_s=2.0, prefix=new_prefix())
    before = await say(redis, b"EVAL", CONNECTIONS_EVER, b"0")
    answer, _ = await asyncio.gather(line.carry_out(*a_batch()), line.keys_changed())
    assert isinstance(before, int)
    assert await say(redis, b"EVAL", CONNECTIONS_EVER, b"0") == before + 2  # and that of who asks
    assert read(await line.carry_out(*a_batch())).keys_changed == 1
    assert answer
    await line.close()
