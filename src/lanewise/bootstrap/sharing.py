"""Who is let in, in this process alone or beside others that share a Redis; and keys that another process has changed."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack

import structlog

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.core.limiting import Sharing
from lanewise.core.protocols.hot_line import LineLost
from lanewise.limits.admission import FairLimiter
from lanewise.limits.hot_memory import MemoryHotState
from lanewise.limits.hot_shared import SharedHotState
from lanewise.stores.hot_redis import RedisLine
from lanewise.stores.key_ring import KeyRing

_log = structlog.get_logger()


class Neighbours:
    """What this process tells others that share its Redis, and hears of them."""

    def __init__(self, ring: KeyRing, line: RedisLine | None) -> None:
        self._ring = ring
        self._line = line
        self._refreshing: set[asyncio.Task[None]] = set()

    def alone(self, *, alone: bool, processes: int, cause: str) -> None:
        """Redis is out of reach from now on, or back."""
        if alone:
            _log.error(
                "redis is out of reach: this process holds its share of each limit by itself",
                processes=processes,
                cause=cause,
            )
        else:
            _log.warning("redis is back: limits are shared again", processes=processes)

    def keys_changed(self) -> None:
        """Another process has made, changed or revoked keys."""
        task = asyncio.create_task(self._read_keys())
        self._refreshing.add(task)
        task.add_done_callback(self._refreshing.discard)

    async def refresh(self) -> None:
        """Read keys that were changed here, and let others know. Raises StoreError."""
        await self._ring.refresh()
        if self._line is not None:
            try:
                await self._line.keys_changed()
            except LineLost:  # the others look for themselves, within a second
                return

    async def _read_keys(self) -> None:
        try:
            await self._ring.refresh()
        except StoreError as error:  # the ring tries again by itself
            _log.warning("changed keys cannot be read yet", cause=error.message)


async def limiter_of(
    stack: AsyncExitStack, clock: Clock, ring: KeyRing, sharing: Sharing | None
) -> tuple[Neighbours, FairLimiter]:
    """Whoever else is there, and the limiter. Raises StoreError where Redis is wanted and its client is not there."""
    if sharing is None:
        return Neighbours(ring, None), FairLimiter(clock, MemoryHotState(clock))
    line = RedisLine(sharing.url, timeout_s=sharing.timeout_s, prefix=sharing.prefix)
    stack.push_async_callback(line.close)
    neighbours = Neighbours(ring, line)
    name = f"process-{secrets.token_hex(8)}"
    hot = SharedHotState(clock, line, process=name, expected=sharing.processes, told=neighbours)
    await hot.start()
    stack.push_async_callback(hot.close)
    return neighbours, FairLimiter(clock, hot)
