"""Processes that share limits on one Redis, as parts in this process: each with a line and a name of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from lanewise.core.clock import Clock, SystemClock
from lanewise.limits.hot_shared import SharedHotState
from lanewise.stores.hot_redis import RedisLine
from redis_server import new_prefix

_NUMBERS = count()


class Heard:
    """Remembers what was told of the shared state."""

    def __init__(self) -> None:
        self.moves: list[bool] = []
        self.changes = 0

    def alone(self, *, alone: bool, processes: int, cause: str) -> None:
        assert processes > 0
        assert bool(cause) == alone
        self.moves.append(alone)

    def keys_changed(self) -> None:
        self.changes += 1


@asynccontextmanager
async def process_beside(
    url: str,
    prefix: str = "",
    *,
    told: Heard | None = None,
    expected: int = 2,
    clock: Clock | None = None,
    timeout_s: float = 2.0,
) -> AsyncIterator[SharedHotState]:
    """The hot state of one process; without a prefix, of one that shares with nobody."""
    line = RedisLine(url, timeout_s=timeout_s, prefix=prefix or new_prefix())
    name = f"process-{next(_NUMBERS)}"
    state = SharedHotState(clock or SystemClock(), line, process=name, expected=expected, told=told or Heard())
    await state.start()
    try:
        yield state
    finally:
        await state.close()
        await line.close()
