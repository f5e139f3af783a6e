"""Requests that are not whole yet: how much of one is held, and how long its rest is waited for.

Nobody is known before the head is read, so anybody may open connections and send heads without end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

HEAD_BYTES = 64 * 1024
"""The most that is held of a head which has not ended, beside the block in which it begins; no block has more than 256 KiB."""

HEAD_S = 30.0
"""How long a head may take in all, and a new connection until its first byte."""

BODY_S = 30.0
"""How long a body may pause, and how long it may take in all beside what its bytes are granted."""

BODY_BYTES_PER_S = 4 * 1024
"""How fast a body has to come on the whole: room is held for all of it, so one that drips would keep others out."""


class Patience:
    """What is waited for on one connection. At most one timer runs; for a request that comes in one piece there is none."""

    __slots__ = ("_body_bytes", "_body_since_s", "_give_up", "_head_bytes", "_loop", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, give_up: Callable[[], None]) -> None:
        """`give_up` is called when it has taken too long."""
        self._loop = loop
        self._give_up = give_up
        self._timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._body_bytes = 0
        self._body_since_s: float | None = None

    @property
    def waiting(self) -> bool:
        """Whether something is being waited for."""
        return self._timer is not None

    def head(self, came_bytes: int) -> bool:
        """A piece of a head came, or none yet, and it has not ended. False where it has grown too long."""
        self._head_bytes += came_bytes
        if self._timer is None:
            self._timer = self._loop.call_later(HEAD_S, self._give_up)
        return self._head_bytes <= HEAD_BYTES

    def body(self, came_bytes: int) -> None:
        """A piece of a body came, and more is to come."""
        now_s = self._loop.time()
        since_s = now_s if self._body_since_s is None else self._body_since_s
        of_body_bytes = self._body_bytes + came_bytes
        self.over()
        self._body_since_s, self._body_bytes = since_s, of_body_bytes
        until_s = min(now_s, since_s + of_body_bytes / BODY_BYTES_PER_S) + BODY_S
        self._timer = self._loop.call_at(until_s, self._give_up)

    def over(self) -> None:
        """Nothing is waited for."""
        self._head_bytes = self._body_bytes = 0
        self._body_since_s = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
