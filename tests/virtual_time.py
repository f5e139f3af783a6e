"""Time that passes only while nothing else can happen: tests of deadlines and waits take none, and are the same each time."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from walking import SetClock

P = ParamSpec("P")
T = TypeVar("T")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer whenever everybody waits. Knows no sockets and no threads."""

    _now_s = 1_000.0

    def time(self) -> float:
        return self._now_s

    def _run_once(self) -> None:
        if not self._ready:  # type: ignore[attr-defined]
            timers = [each for each in self._scheduled if not each.cancelled()]  # type: ignore[attr-defined]
            if not timers:
                raise RuntimeError("everybody waits, and for nothing that will ever happen")
            self._now_s = max(self._now_s, min(each.when() for each in timers))
        super()._run_once()  # type: ignore[misc]


class LoopClock(SetClock):
    """The running loop's time."""

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()

    def now_s(self) -> float:
        return self.time_s + self.monotonic_s()


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Run a test on a loop of its own whose time is virtual."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            return runner.run(test(*args, **kwargs))

    return run
