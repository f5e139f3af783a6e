"""One connection to a Redis or Valkey server: commands in its own words (RESP2), answered in their order.

A general client takes a pool, a lock, a timer and some dozen calls for each command, three quarters of what asking costs a gateway.
Wanted are five commands, each with one plain value for an answer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TypeAlias, cast

from lanewise.stores.redis_address import RedisAddress

Answer: TypeAlias = bytes | int | None
_MAX_ANSWER_BYTES = 8 * 1024 * 1024
_LINE_END = b"\r\n"


class RedisFault(Exception):
    """There is no answer."""


class RedisLost(RedisFault):
    """The connection is of no use any more. What was asked may have been done."""


class RedisRefused(RedisFault):
    """The server answered with an error; the connection is as good as before."""


class RedisConnection(asyncio.Protocol):
    """Use `connected` to get one. Whatever breaks it is told to everybody who waits, and it is not used again."""

    def __init__(self, loop: asyncio.AbstractEventLoop, patience_s: float) -> None:
        """An answer that does not come within `patience_s` breaks it."""
        self._loop = loop
        self._patience_s = patience_s
        self._transport: asyncio.Transport
        self._waiting: deque[tuple[asyncio.Future[Answer], float]] = deque()  # in their order, each until when
        self._came = b""
        self._wanted_bytes = 0  # of the answer under way, as far as is known: not looked at again before they have come
        self._timer: asyncio.TimerHandle | None = None
        self.usable = False

    def ask(self, *words: bytes) -> asyncio.Future[Answer]:
        """Send a command; its answer fails with RedisRefused, or RedisLost. Whoever waits no longer may leave it alone."""
        answer: asyncio.Future[Answer] = self._loop.create_future()
        if not self.usable:
            answer.set_exception(RedisLost("the connection was closed"))
            return answer
        self._waiting.append((answer, self._loop.time() + self._patience_s))
        if self._timer is None:
            self._timer = self._loop.call_later(self._patience_s, self._look_for_silence)
        self._transport.write(packed(words))
        return answer

    def close(self) -> None:
        """Hang up at once."""
        self._break("the connection was closed")

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by class
        self.usable = True

    def data_received(self, data: bytes) -> None:
        """Read what came; an answer mostly comes whole, and alone."""
        came = self._came + data if self._came else data
        try:
            while len(came) > self._wanted_bytes and (read := self._read(came)):
                came = came[read:]
        except ValueError:
            self._break("its answer is none of Redis")
        else:
            self._came = came

    def connection_lost(self, exc: Exception | None) -> None:
        """The server has hung up, or the way to it is gone."""
        self._break("the connection was closed" if exc is None else str(exc))

    def _read(self, came: bytes) -> int:
        """Hand an answer over, and how long it was; 0 where it is not whole yet. Raises ValueError where it is none."""
        end = came.find(_LINE_END)
        if end < 0:
            return self._wait_for(len(came))
        kind, line, length = came[:1], came[1:end], end + 2
        if kind == b"$" and (size := int(line)) >= 0:
            whole = length + size + 2
            if len(came) < whole:
                return self._wait_for(whole - 1)
            if came[whole - 2 : whole] != _LINE_END:
                raise ValueError
            self._tell(came[length : whole - 2])
            return whole
        if kind == b"-":
            self._tell(RedisRefused(line.decode(errors="replace")))
        elif kind in (b"+", b":", b"$"):
            self._tell(line if kind == b"+" else int(line) if kind == b":" else None)
        else:
            raise ValueError
        return length

    def _wait_for(self, more_than_bytes: int) -> int:
        if more_than_bytes > _MAX_ANSWER_BYTES:
            raise ValueError
        self._wanted_bytes = more_than_bytes
        return 0

    def _tell(self, told: Answer | RedisRefused) -> None:
        self._wanted_bytes = 0
        if not self._waiting:  # nobody has asked for this: what follows cannot be trusted
            raise ValueError
        answer, _ = self._waiting.popleft()
        if answer.done():  # whoever asked waits no longer
            return
        if isinstance(told, RedisRefused):
            answer.set_exception(told)
        else:
            answer.set_result(told)

    def _look_for_silence(self) -> None:
        """One timer for all commands of its time: making and cancelling one for each would cost more than what it watches."""
        self._timer = None
        if not self._waiting:
            return
        left_s = self._waiting[0][1] - self._loop.time()
        if left_s > 0:
            self._timer = self._loop.call_later(left_s, self._look_for_silence)
        else:
            self._break(f"no answer within {self._patience_s:g} s")

    def _break(self, why: str) -> None:
        self.usable = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._came = b""
        self._transport.abort()
        while self._waiting:
            answer, _ = self._waiting.popleft()
            if not answer.done():
                answer.set_exception(RedisLost(why))


def packed(words: tuple[bytes, ...]) -> bytes:
    """A command as the server reads it."""
    return b"*%d\r\n%b" % (len(words), b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in words]))


async def connected(address: RedisAddress, patience_s: float) -> RedisConnection:
    """A connection to the database, as the user of the address, within `patience_s`. Raises RedisFault."""
    loop = asyncio.get_running_loop()
    connection = RedisConnection(loop, patience_s)
    try:
        async with asyncio.timeout(patience_s):
            if address.path:
                await loop.create_unix_connection(lambda: connection, address.path)
            else:
                name = None if address.tls is None else address.host
                await loop.create_connection(
                    lambda: connection, address.host, address.port, ssl=address.tls, server_hostname=name
                )
            await _introduce(connection, address)
    except BaseException as error:
        if connection.usable:
            connection.close()
        if isinstance(error, TimeoutError):
            raise RedisLost(f"no connection within {patience_s:g} s") from error
        if isinstance(error, OSError | ValueError):  # ValueError: a name that cannot be one
            raise RedisLost(str(error) or type(error).__name__) from error
        raise
    return connection


async def _introduce(connection: RedisConnection, address: RedisAddress) -> None:
    if address.user or address.password:
        who = (address.user.encode(),) if address.user else ()
        await connection.ask(b"AUTH", *who, address.password.encode())
    if address.database:
        await connection.ask(b"SELECT", b"%d" % address.database)
