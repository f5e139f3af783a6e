"""A door to a server on loopback: open it passes bytes on, shut it refuses and cuts, and it opens again where it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from lanewise.lab.door import Door


@asynccontextmanager
async def shouting() -> AsyncIterator[int]:
    """A server that says everything back in capitals; its port."""

    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line.upper())
        writer.close()

    server = await asyncio.start_server(shout, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def said_back(port: int, word: bytes) -> bytes:
    async with connected(port) as (reader, writer):
        writer.write(word)
        writer.write_eof()
        return await reader.read()


async def test_what_is_said_goes_through_and_comes_back() -> None:
    async with shouting() as port, Door() as door:
        await door.open(port)
        assert await said_back(door.port, b"one\ntwo\n") == b"ONE\nTWO\n"


async def test_it_refuses_before_it_is_opened_and_while_it_is_shut_and_opens_where_it_was() -> None:
    async with shouting() as port, Door() as door:
        with pytest.raises(ConnectionRefusedError):
            await said_back(door.port, b"one\n")
        await door.open(port)
        await door.shut()
        with pytest.raises(ConnectionRefusedError):
            await said_back(door.port, b"one\n")
        await door.open()
        assert await said_back(door.port, b"one\n") == b"ONE\n"


async def test_shutting_it_resets_who_is_inside() -> None:
    async with shouting() as port, Door() as door:
        await door.open(port)
        async with connected(door.port) as (reader, writer):
            writer.write(b"one\n")
            assert await reader.readline() == b"ONE\n"
            await door.shut()
            with pytest.raises(ConnectionResetError):
                await reader.read()


async def test_nobody_behind_it_resets_too() -> None:
    async with shouting() as port:
        pass
    async with Door() as door:
        await door.open(port)
        async with connected(door.port) as (reader, _):
            with pytest.raises(ConnectionResetError):
                await reader.read()
