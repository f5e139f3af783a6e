"""Someone must be listening: a caller that leaves, or a process that stops, ends the work that is done for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from lanewise.core.errors import Unavailable
from lanewise.core.failure import FailureKind
from lanewise.server.connection import Connection

T = TypeVar("T")


class ClientLeft(Exception):
    """The caller closed its connection; there is nobody to answer."""


class ShuttingDown(Unavailable):
    """The process stops and this request took longer than its grace."""


class Listeners:
    """Requests in progress, each tied to the connection it is for."""

    def __init__(self) -> None:
        self._live: set[_Listener] = set()
        self.draining = False

    def __len__(self) -> int:
        return len(self._live)

    async def attend(self, connection: Connection, act: Coroutine[Any, Any, T]) -> T:
        """Run `act` while the caller listens. Raises ClientLeft or ShuttingDown; `act` was then cancelled to its end."""
        task = asyncio.current_task()
        assert task is not None
        listener = _Listener(task)
        self._live.add(listener)
        connection.when_lost.add(listener.leave)
        try:
            return await act
        except asyncio.CancelledError:
            if listener.gone is None:
                raise
            task.uncancel()
            raise listener.gone from None
        finally:
            connection.when_lost.discard(listener.leave)
            self._live.discard(listener)

    def stop_all(self) -> None:
        """End every request in progress with ShuttingDown."""
        for listener in self._live:
            listener.end(ShuttingDown("The gateway is shutting down", retry_after_s=1.0))


class _Listener:
    """One request's task and, once it is over before its time, why."""

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self._task = task
        self.gone: ClientLeft | ShuttingDown | None = None

    def leave(self) -> None:
        self.end(ClientLeft())

    def end(self, reason: ClientLeft | ShuttingDown) -> None:
        if self.gone is None:
            self.gone = reason
            self._task.cancel(FailureKind.SHUTDOWN if isinstance(reason, ShuttingDown) else None)
