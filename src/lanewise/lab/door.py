"""A door between the gateway and a vendor: while it is shut, connections are really refused, as by a machine that is down."""

from __future__ import annotations

import asyncio
import socket
import struct
from types import TracebackType
from typing import Self

_HOST = "127.0.0.1"
_PART_BYTES = 65_536


class Door:
    """Passes bytes on to a port of this machine, from a port of its own that stays the same."""

    def __init__(self) -> None:
        # Bound, never listening: keeps the port ours while the door is shut.
        self._keeper = _bound(0)
        self.port: int = self._keeper.getsockname()[1]
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()
        self._leads_to = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.shut()
        self._keeper.close()

    async def open(self, leads_to: int | None = None) -> None:
        """Let connections in; `leads_to` is the port behind it, the last one where nothing is said."""
        self._leads_to = leads_to or self._leads_to
        if self._server is None:
            self._server = await asyncio.start_server(self._pass, sock=_bound(self.port), backlog=1024)

    async def shut(self) -> None:
        """Cut every connection, and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        passing = tuple(self._passing)
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        try:
            await _both_ways(reader, writer, self._leads_to)
            writer.close()
        except* OSError:
            _reset(writer)  # one side is gone: so is the connection
        except* asyncio.CancelledError:
            _reset(writer)
        finally:
            self._passing.discard(task)


async def _both_ways(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    inner_reader, inner_writer = await asyncio.open_connection(_HOST, port)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_copy(reader, inner_writer))
            group.create_task(_copy(inner_reader, writer))
    except BaseException:
        _reset(inner_writer)
        raise
    inner_writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Send RST, as a machine that lost its power does once it is asked again."""
    raw = writer.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while part := await reader.read(_PART_BYTES):
        writer.write(part)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def _bound(port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    found.bind((_HOST, port))
    return found
