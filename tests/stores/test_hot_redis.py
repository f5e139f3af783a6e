"""The line to Redis: what is no address, what is no answer, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import time

import pytest

from lanewise.core.errors import StoreError
from lanewise.core.protocols.hot_line import LineLost
from lanewise.limits.hot_batch import Batch
from lanewise.stores.hot_redis import RedisLine
from limiting import claim
from redis_server import new_prefix


def a_batch() -> tuple[list[str], bytes]:
    batch = Batch()
    batch.take((claim(rate=600, at_once=2),), 0, sparing=False)
    return batch.subjects, batch.pack("a", 0.3, "a", lambda *_: 0)


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
        assert time.monotonic() - began_s < 0.5
        with pytest.raises(LineLost):
            await line.keys_changed()
        await line.close()
        for over in hung_up:
            await asyncio.wait_for(over.wait(), 5.0)


async def test_what_a_process_wrote_is_gone_some_time_after_it(redis: str) -> None:
    prefix = new_prefix()
    line = RedisLine(redis, timeout_s=2.0, prefix=prefix)
    await line.carry_out(*a_batch())
    client = line._client
    names = {name.decode(): await client.pttl(name) async for name in client.scan_iter(match="*" + prefix + "*")}
    of_nobody = {name for name, left_ms in names.items() if left_ms < 0}
    assert of_nobody == {"{" + prefix + "}:word"}  # one for each prefix, and a few bytes
    assert max(names.values()) <= 1_300
    await line.close()


async def test_a_script_that_the_server_has_forgotten_is_sent_again(redis: str) -> None:
    line = RedisLine(redis, timeout_s=2.0, prefix=new_prefix())
    await line.carry_out(*a_batch())
    await line._client.script_flush()
    assert await line.carry_out(*a_batch())
    await line.close()
