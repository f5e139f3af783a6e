"""The ledger on SQL, as the event loop sees it: rows are handed over without waiting, and futures say when they are durable.

Read `ledger_thread` for what happens to a row then, and `ledger_on_loop` for the short way that most rows take to PostgreSQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Thread
from typing import Any, TypeVar, TypeVarTuple

import msgspec
import structlog

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.core.record import CapturedContent, KeptAnswer, RunRecord
from lanewise.stores.address import PostgresStore, Store
from lanewise.stores.gathering import Gathering
from lanewise.stores.ledger_on_loop import LedgerOnLoop
from lanewise.stores.ledger_rows import Entry, Kept, LedgerEnd, StoreDown
from lanewise.stores.ledger_thread import Errand, LedgerLimits, LedgerThread

_Arguments = TypeVarTuple("_Arguments")
_T = TypeVar("_T")
_log = structlog.get_logger()


class SqlLedger:
    """Keeps the row and the trace of every run in a SQLite file or a PostgreSQL database; used on the loop that started it."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        limits: LedgerLimits = LedgerLimits(),  # noqa: B008 - frozen
        *,
        in_flight: Callable[[], int] = lambda: 0,
    ) -> None:
        """`in_flight` tells how many runs are under way, so that a row knows whether it is worth waiting for others."""
        self._limits = limits
        self._in_flight = in_flight
        self._writer = LedgerThread(store, clock, limits, self._report)
        self._rows = Gathering(
            self._writer.queue.put,
            everybody_waits=self._everybody_waits,
            linger_s=limits.linger_s,
            most_rows=limits.batch_rows,
        )
        self._short = self._short_way(store) if isinstance(store, PostgresStore) else None
        self._thread = Thread(target=self._run, name="ledger", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started: asyncio.Future[None] | None = None
        self._stopped: asyncio.Future[None] | None = None
        self._open = False
        self._waiting_rows = 0
        self._waiting_bytes = 0

    async def start(self) -> None:
        """Write what an earlier process left in the spool, then take rows. Raises StoreError."""
        self._loop = asyncio.get_running_loop()
        self._started, self._stopped = self._loop.create_future(), self._loop.create_future()
        self._thread.start()
        await asyncio.shield(self._started)
        if self._short is not None:
            await self._short.start()
        self._open = True

    def append(
        self, record: RunRecord, content: CapturedContent | None = None, kept: KeptAnswer | None = None
    ) -> asyncio.Future[None]:
        """Hand over a row without waiting; the future is done when the row is durable (in the store, else in the spool)."""
        assert self._loop is not None, "the ledger was not started"
        future: asyncio.Future[None] = self._loop.create_future()
        row = Kept(record=record, content=content, answer=kept)
        if self._open and self._full(_size(row)):  # a run's money matters more than its words
            _log.warning("what was said is not kept: too much waits to be written", run_id=record.run_id)
            row = Kept(record=record, answer=kept and kept.without_words())
        size = _size(row)
        if not self._open or self._full(size):
            cause = "the queue of rows to write is full" if self._open else "the ledger is closed"
            _log.error("ledger row lost", cause=cause, run_id=record.run_id, record=msgspec.to_builtins(record))
            future.set_exception(StoreError(f"The ledger could not keep run {record.run_id}: {cause}"))
            return future
        self._waiting_rows += 1
        self._waiting_bytes += size
        short = self._short
        if short is None:
            self._rows.put((row, future))
            return future
        if self._writer.up and short.takes(row):
            short.put((row, future))
        else:
            self._rows.put((row, future))
        if self._everybody_waits():  # some of them by the one way, some by the other
            short.hurry()
            self._rows.hurry()
        return future

    async def run(self, errand: Callable[[LedgerEnd], _T]) -> _T:
        """Have the thread that writes rows write something else, at its own end of the store. Raises StoreError."""
        assert self._loop is not None, "the ledger was not started"
        if not self._open:
            raise StoreError("The ledger is closed")
        future: asyncio.Future[_T] = self._loop.create_future()

        def told(outcome: Any, error: StoreError | None) -> None:  # noqa: ANN401 - of the errand
            self._on_loop(_answer, future, outcome, error)

        self._writer.queue.put(Errand(errand, told))
        return await future

    @property
    def healthy(self) -> bool:
        """Whether the store took the last write, and there is room for more."""
        return self._open and self._writer.up and not self._full(0)

    async def close(self) -> None:
        """Write what waits, then stop."""
        self._open = False
        if self._stopped is not None:
            if self._short is not None:
                await self._short.close()
            await self._rows.drain()
            self._writer.queue.put(None)
            await asyncio.shield(self._stopped)
            self._thread.join()
            self._stopped = None

    def _short_way(self, store: PostgresStore) -> LedgerOnLoop:
        return LedgerOnLoop(
            store,
            everybody_waits=self._everybody_waits,
            linger_s=self._limits.linger_s,
            retry_s=self._limits.retry_s,
            kept=lambda entries: self._settle(entries, {}),
            not_kept=self._hand_to_thread,
        )

    def _hand_to_thread(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._rows.put(entry)
        self._rows.hurry()

    def _everybody_waits(self) -> bool:
        """Whether no other row can come before one of those that wait is written."""
        return self._waiting_rows >= self._in_flight()

    def _full(self, more_bytes: int) -> bool:
        limits = self._limits
        return self._waiting_rows >= limits.waiting_rows or self._waiting_bytes + more_bytes > limits.waiting_bytes

    def _settle(self, entries: Sequence[Entry], faults: Mapping[int, str]) -> None:
        for place, (kept, future) in enumerate(entries):
            self._waiting_rows -= 1
            self._waiting_bytes -= _size(kept)
            if future.done():  # nobody waits for it any more
                continue
            if place in faults:
                future.set_exception(StoreError(f"The ledger could not keep run {kept.record.run_id}: {faults[place]}"))
            else:
                future.set_result(None)

    def _written(self, entries: Sequence[Entry], faults: Mapping[int, str]) -> None:
        self._settle(entries, faults)
        self._rows.done()

    # In the writer's thread

    def _run(self) -> None:
        assert self._started is not None
        assert self._stopped is not None
        try:
            self._writer.open()
        except (StoreDown, OSError) as error:
            self._on_loop(_fail, self._started, StoreError(f"The ledger cannot start: {_said(error)}"))
        else:
            self._on_loop(_finish, self._started)
            self._writer.serve()
        finally:
            self._writer.close()
            self._on_loop(_finish, self._stopped)

    def _report(self, entries: Sequence[Entry], faults: Mapping[int, str]) -> None:
        self._on_loop(self._written, entries, faults)

    def _on_loop(self, act: Callable[[*_Arguments], object], *arguments: *_Arguments) -> None:
        assert self._loop is not None
        # The loop was closed without closing the ledger: nobody listens, but rows are still written.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(act, *arguments)


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _answer(future: asyncio.Future[_T], outcome: _T, error: StoreError | None) -> None:
    if future.done():  # nobody waits for it any more
        return
    if error is None:
        future.set_result(outcome)
    else:
        future.set_exception(error)


def _said(error: Exception) -> str:
    """What is wrong, without the number that the system gives it."""
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _fail(future: asyncio.Future[None], error: StoreError) -> None:
    if not future.done():
        future.set_exception(error)


def _size(row: Kept) -> int:
    content, answer = row.content, row.answer
    words = 0 if content is None else len(content.request) + len(content.answer)
    return words if answer is None else words + len(answer.body)
