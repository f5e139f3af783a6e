"""A vendor down at the socket: it answers with exactly the bytes a test writes, and knows when its client is gone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class Exchange:
    """One request as it came, and the connection to answer it on."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: str, body: bytes) -> None:
        lines = head.split("\r\n")
        self.request_line = lines[0]
        self.headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)
        }
        self.body = body
        self._reader = reader
        self._writer = writer

    async def write(self, data: bytes) -> None:
        """These bytes, now."""
        self._writer.write(data)
        await self._writer.drain()

    async def whole(self, body: bytes, status: int = 200, /, **headers: str) -> None:
        """A whole answer of known length."""
        await self.write(
            _head(status, {"content-length": str(len(body)), "content-type": "application/json", **headers}) + body
        )

    async def stream(self, **headers: str) -> None:
        """The head of a chunked stream; `event` and `end` follow."""
        await self.write(_head(200, {"transfer-encoding": "chunked", "content-type": "text/event-stream", **headers}))

    async def event(self, data: bytes) -> None:
        """A chunk of a stream."""
        await self.write(b"%x\r\n%b\r\n" % (len(data), data))

    async def end(self) -> None:
        """The end of a stream's body."""
        await self.write(b"0\r\n\r\n")

    def close(self) -> None:
        """A clean close of the connection."""
        self._writer.close()

    def reset(self) -> None:
        """A connection reset."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def gone(self) -> None:
        """Return when the client has closed its end."""
        with contextlib.suppress(ConnectionError):
            while await self._reader.read(65536):
                pass


Script = Callable[[Exchange], Awaitable[None]]


class RawVendor:
    """Answers every request by its script, and counts what it saw."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[Exchange] = []
        self.connections = 0
        self.address = ""
        self._tasks: set[asyncio.Task[None]] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                exchange = Exchange(reader, writer, head, b"")
                exchange.body = await reader.readexactly(int(exchange.headers.get("content-length", "0")))
                self.requests.append(exchange)
                await self.script(exchange)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode("latin-1")


@asynccontextmanager
async def raw_vendor(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawVendor]:
    """A vendor on a port of the system's choice."""
    vendor = RawVendor(script)
    server = await asyncio.start_server(vendor.accept, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    vendor.address = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield vendor
    finally:
        server.close()
        await vendor.stop()


def unused_port() -> int:
    """A port that nobody listens on: bound a moment ago, free again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
