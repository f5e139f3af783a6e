"""The line to a Redis or Valkey server that keeps the hot state of several processes. What it does there is in `hot_limits.lua`."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from importlib.resources import files

from lanewise.core.protocols.hot_line import LineLost
from lanewise.stores.redis_address import redis_address
from lanewise.stores.redis_connection import Answer, RedisConnection, RedisFault, RedisRefused, connected

_OWN_KEYS = ("processes", "word", "keys")
_UNKNOWN_SCRIPT = "NOSCRIPT"  # how a server's refusal begins that has none of this name


class RedisLine:
    """One connection, one batch at a time: whoever asks meanwhile goes with the next batch."""

    def __init__(self, url: str, *, timeout_s: float, prefix: str) -> None:
        """`prefix` keeps gateways apart that share a server. Raises StoreError where the address is none."""
        self._address = redis_address(url)
        self._timeout_s = timeout_s
        self._script = files("lanewise.stores").joinpath("hot_limits.lua").read_bytes()
        self._script_name = hashlib.sha1(self._script, usedforsecurity=False).hexdigest().encode()
        # One hash tag, so that a cluster keeps all of it in one place.
        self._prefix = "{" + prefix + "}:"
        self._own_keys = tuple((self._prefix + name).encode() for name in _OWN_KEYS)
        self._connection: RedisConnection | None = None
        self._connecting = asyncio.Lock()

    async def carry_out(self, subjects: Sequence[str], batch: bytes) -> bytes:
        """Have a batch carried out. Raises LineLost."""
        keys = [*self._own_keys, *[f"{self._prefix}of:{subject}".encode() for subject in subjects]]
        given = (b"%d" % len(keys), *keys, batch)
        try:
            answer = await self._ask(b"EVALSHA", self._script_name, *given)
        except RedisRefused as refused:
            if not str(refused).startswith(_UNKNOWN_SCRIPT):
                raise self._lost(refused) from refused
            answer = await self._told(b"EVAL", self._script, *given)
        except RedisFault as fault:
            raise self._lost(fault) from fault
        if not isinstance(answer, bytes):
            raise LineLost("Redis answered something else")
        return answer

    async def keys_changed(self) -> None:
        """Tell every process that keys were made, changed or revoked. Raises LineLost."""
        await self._told(b"INCR", self._own_keys[2])

    async def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()

    async def _told(self, *words: bytes) -> Answer:
        try:
            return await self._ask(*words)
        except RedisFault as fault:
            raise self._lost(fault) from fault

    async def _ask(self, *words: bytes) -> Answer:
        connection = self._connection
        if connection is None or not connection.usable:
            connection = await self._connected()
        return await connection.ask(*words)

    async def _connected(self) -> RedisConnection:
        async with self._connecting:  # a batch and changed keys may both find that it is gone
            if self._connection is None or not self._connection.usable:
                self._connection = await connected(self._address, self._timeout_s)
            return self._connection

    def _lost(self, fault: RedisFault) -> LineLost:
        """Begin anew next time: a server that refuses may be one that has become another's copy, and its name lead elsewhere."""
        if self._connection is not None:
            self._connection.close()
        return LineLost(str(fault))
