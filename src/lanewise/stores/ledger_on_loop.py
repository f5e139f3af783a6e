"""The short way of rows to PostgreSQL: written on the event loop itself, over a connection of its own.

A row that is handed to the ledger's thread wakes that, takes the interpreter from the loop and gives it back, and wakes the loop: more
than all that writing it takes. So rows of runs with nothing beside them are sent from here, and the loop goes on until the server has
committed them. Whatever is not like that, and whatever goes wrong, is the thread's: it may have to write a row a second time, which
its run's id makes harmless, and it alone decides that the store is down.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog

from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore
from lanewise.stores.gathering import Gathering
from lanewise.stores.ledger_postgres import INSERT_RUNS, PREPARED, has_more_than_runs, in_json
from lanewise.stores.ledger_rows import Entry, Kept
from lanewise.stores.postgres import connect_postgres, driver

if TYPE_CHECKING:
    import psycopg

_MOST_ROWS = 128  # of a batch: making it takes the loop a millisecond
_PATIENCE_S = 1.0  # with the server, before the thread is asked, which has more of it
_log = structlog.get_logger()


class LedgerOnLoop:
    """Takes rows while it `takes` any. `start` it before, `close` it after."""

    def __init__(
        self,
        store: PostgresStore,
        *,
        everybody_waits: Callable[[], bool],
        linger_s: float,
        retry_s: float,
        kept: Callable[[Sequence[Entry]], None],
        not_kept: Callable[[Sequence[Entry]], None],
    ) -> None:
        """`everybody_waits` is `Gathering`'s; `kept` and `not_kept` are told what became of rows that were put."""
        self._store = store
        self._rows = Gathering(self._write, everybody_waits=everybody_waits, linger_s=linger_s, most_rows=_MOST_ROWS)
        self._retry_s = retry_s
        self._kept = kept
        self._not_kept = not_kept
        self._driver = driver()
        self._loop: asyncio.AbstractEventLoop
        self._connection: psycopg.Connection[Any] | None = None
        # Of our own: the server's library closes its one where it breaks, before the loop could be told.
        self._socket = -1
        self._connecting: asyncio.Task[None] | None = None
        self._written: list[Entry] = []  # the server has them, and has not said that they are kept
        self._refused = False
        self._flushing = False  # what the server has not taken yet waits until it does
        self._patience: asyncio.TimerHandle | None = None
        self._until_s = 0.0  # the server is waited for
        self._closing = asyncio.Event()

    async def start(self) -> None:
        """Connect. A server that is out of reach is tried again."""
        self._loop = asyncio.get_running_loop()
        await self._connect()
        if self._connection is None:
            self._connect_soon()

    def takes(self, row: Kept) -> bool:
        """Whether it can be put now."""
        return self._connection is not None and not self._closing.is_set() and not has_more_than_runs(row)

    def put(self, entry: Entry) -> None:
        """Have a row written."""
        self._rows.put(entry)

    def hurry(self) -> None:
        """Nobody else can join the next batch, for every run that is under way waits for its row by now."""
        self._rows.hurry()

    async def close(self) -> None:
        """Write what waits, and hang up."""
        self._closing.set()
        await self._rows.drain()
        if self._connecting is not None:
            await self._connecting
        self._hang_up()

    def _write(self, batch: list[Entry]) -> None:
        self._written = batch
        self._refused = False
        assert self._connection is not None
        try:
            self._connection.pgconn.send_query_prepared(PREPARED, in_json([row for row, _ in batch]))
            self._flush()
        except self._driver.Error as error:
            self._give_up(str(error))
        except Exception:  # noqa: BLE001 - a row that no store can hold: the thread finds out which, and says so
            self._finish(refused=True)
        else:
            self._until_s = self._loop.time() + _PATIENCE_S
            if self._patience is None:
                self._patience = self._loop.call_later(_PATIENCE_S, self._look_at_the_clock)

    def _finish(self, *, refused: bool) -> None:
        entries, self._written = self._written, []
        (self._not_kept if refused else self._kept)(entries)
        self._rows.done()

    def _give_up(self, cause: str) -> None:
        """Leave all rows to the thread, and look for another connection."""
        self._hang_up()
        entries, self._written = self._written, []
        entries += self._rows.give_back()
        if entries:
            self._not_kept(entries)
        if not self._closing.is_set():
            _log.warning("rows go to the store by the ledger's thread for now", cause=cause)
            self._connect_soon()

    # What the server says.

    def _readable(self) -> None:
        assert self._connection is not None
        server = self._connection.pgconn
        try:
            server.consume_input()
            while self._written and not server.is_busy():
                result = server.get_result()
                if result is None:
                    self._finish(refused=self._refused)
                    return
                self._refused |= result.status != self._driver.pq.ExecStatus.COMMAND_OK
        except self._driver.Error as error:
            self._give_up(str(error))

    def _writable(self) -> None:
        try:
            self._flush()
        except self._driver.Error as error:
            self._give_up(str(error))

    def _flush(self) -> None:
        assert self._connection is not None
        unsent = bool(self._connection.pgconn.flush())
        if unsent and not self._flushing:
            self._loop.add_writer(self._socket, self._writable)
        elif self._flushing and not unsent:
            self._loop.remove_writer(self._socket)
        self._flushing = unsent

    def _look_at_the_clock(self) -> None:
        """One timer for all batches of its time."""
        self._patience = None
        if not self._written:
            return
        left_s = self._until_s - self._loop.time()
        if left_s > 0:
            self._patience = self._loop.call_later(left_s, self._look_at_the_clock)
        else:
            self._give_up(f"no answer within {_PATIENCE_S:g} s")

    # The connection.

    def _connect_soon(self) -> None:
        self._connecting = self._loop.create_task(self._keep_connecting(), name="ledger on the loop")

    async def _keep_connecting(self) -> None:
        while self._connection is None and not self._closing.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._retry_s):
                    await self._closing.wait()
            if not self._closing.is_set():
                await self._connect()

    async def _connect(self) -> None:
        try:
            connection = await asyncio.to_thread(self._prepared)
        except (StoreError, self._driver.Error):
            return
        connection.pgconn.nonblocking = 1
        self._socket = os.dup(connection.pgconn.socket)
        self._loop.add_reader(self._socket, self._readable)
        self._connection = connection

    def _prepared(self) -> psycopg.Connection[Any]:
        connection = connect_postgres(self._store, lock_timeout_s=_PATIENCE_S, answer_timeout_s=2 * _PATIENCE_S)
        result = connection.pgconn.prepare(PREPARED, INSERT_RUNS)
        if result.status != self._driver.pq.ExecStatus.COMMAND_OK:
            connection.close()
            raise self._driver.errors.error_from_result(result)
        return connection

    def _hang_up(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        connection, self._connection = self._connection, None
        if connection is not None:
            self._loop.remove_reader(self._socket)
            if self._flushing:
                self._loop.remove_writer(self._socket)
            self._flushing = False
            os.close(self._socket)
            connection.close()
