"""Connections that nobody uses: how long one is kept after an answer, and by how few timers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Resting:
    """When one connection came to rest. Its timer is left alone by requests, and looks what has happened when it rings.

    A timer for each answer, as uvicorn has it, is made and ended for every request, and hardly one of them ever rings.
    """

    __slots__ = ("_close", "_loop", "_since_s", "_timer", "kept_s")

    def __init__(self, loop: asyncio.AbstractEventLoop, close: Callable[[], None], kept_s: float) -> None:
        """`close` is called when it has rested for `kept_s`."""
        self._loop = loop
        self._close = close
        self._since_s: float | None = None  # by the loop's time; None while it is used
        self._timer: asyncio.TimerHandle | None = None
        self.kept_s = kept_s

    def begin(self) -> None:
        """An answer is given, and nothing was asked since."""
        self._since_s = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(self.kept_s, self._look)

    def end(self) -> None:
        """Something comes."""
        self._since_s = None

    def over(self) -> None:
        """The connection is gone."""
        self._since_s = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._since_s is None:  # the next answer's end sees to it
            return
        left_s = self._since_s + self.kept_s - self._loop.time()
        if left_s > 0:
            self._timer = self._loop.call_later(left_s, self._look)
        else:
            self._close()
