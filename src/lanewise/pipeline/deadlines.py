"""Deadlines of calls, kept by one timer for all of them.

`asyncio.timeout` makes, moves and cancels a timer of the event loop for every call; nearly all of them never ring. Here a call costs an
entry in a set, and the one timer rings for the earliest deadline there was.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self


class Deadlines:
    """All deadlines of one event loop."""

    def __init__(self) -> None:
        self._live: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at_s = 0.0

    def at(self, when_s: float) -> Deadline:
        """A deadline in the loop's time, to enter with `with` in the task that it shall end."""
        return Deadline(self, when_s)

    def keep(self, deadline: Deadline) -> None:
        """See to it that the timer rings in time for it."""
        self._live.add(deadline)
        if self._timer is None or deadline.when_s < self._rings_at_s:
            self._ring_at(deadline.when_s)

    def forget(self, deadline: Deadline) -> None:
        """It is over. The timer stays: somebody else may come before it rings."""
        self._live.discard(deadline)

    def _ring_at(self, when_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at_s = when_s
        self._timer = asyncio.get_running_loop().call_at(when_s, self._ring)

    def _ring(self) -> None:
        self._timer = None
        now_s = asyncio.get_running_loop().time()
        for deadline in [each for each in self._live if each.when_s <= now_s]:
            self._live.discard(deadline)
            deadline.expire()
        if self._live:
            self._ring_at(min(each.when_s for each in self._live))


class Deadline:
    """A moment after which the task inside it is cancelled; leaving it then raises TimeoutError, as `asyncio.timeout_at` does."""

    __slots__ = ("_all", "_cancelling", "_task", "expired", "when_s")

    def __init__(self, all_: Deadlines, when_s: float) -> None:
        self._all = all_
        self.when_s = when_s
        self.expired = False
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0

    def move(self, when_s: float) -> None:
        """Let it be another moment; of no use once it has passed."""
        if not self.expired:
            self.when_s = when_s
            self._all.keep(self)

    def expire(self) -> None:
        """Cancel what is inside."""
        assert self._task is not None
        self.expired = True
        self._task.cancel()

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None, "a deadline ends a task"
        self._task, self._cancelling = task, task.cancelling()
        self._all.keep(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._all.forget(self)
        task = self._task
        if not self.expired or task is None:
            return
        # Somebody else's cancellation beside ours goes on as one.
        if task.uncancel() <= self._cancelling and isinstance(error, asyncio.CancelledError):
            raise TimeoutError from error
