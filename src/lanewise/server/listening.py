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
        listener = _here()
        self._live.add(listener)
        connection.when_lost.add(listener.leave)
        try:
            return await listener.outlast(act)
        finally:
            connection.when_lost.discard(listener.leave)
            self._live.discard(listener)

    async def carry(self, act: Coroutine[Any, Any, T]) -> T:
        """Run `act` whoever listens. Raises ShuttingDown; `act` was then cancelled to its end."""
        listener = _here()
        self._live.add(listener)
        try:
            return await listener.outlast(act)
        finally:
            self._live.discard(listener)

    async def follow(self, connection: Connection, act: Coroutine[Any, Any, T]) -> T:
        """Run `act`, which only hands on what a carried one makes, while the caller listens. Raises ClientLeft."""
        listener = _here()
        connection.when_lost.add(listener.leave)
        try:
            return await listener.outlast(act)
        finally:
            connection.when_lost.discard(listener.leave)

    def stop_all(self) -> None:
        """End every request in progress with ShuttingDown."""
        for listener in self._live:
            listener.end(ShuttingDown("The gateway is shutting down", retry_after_s=1.0))


class _Listener:
    """One request's task and, once it is over before its time, why."""

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self._task = task
        self.gone: ClientLeft | ShuttingDown | None = None

    async def outlast(self, act: Coroutine[Any, Any, T]) -> T:
        """The result of `act`. Raises why it was ended before its time, if it was."""
        try:
            return await act
        except asyncio.CancelledError:
            if self.gone is None:
                raise
            self._task.uncancel()
            raise self.gone from None

    def leave(self) -> None:
        self.end(ClientLeft())

    def end(self, reason: ClientLeft | ShuttingDown) -> None:
        if self.gone is None:
            self.gone = reason
            self._task.cancel(FailureKind.SHUTDOWN if isinstance(reason, ShuttingDown) else None)


def _here() -> _Listener:
    task = asyncio.current_task()
    assert task is not None
    return _Listener(task)
