"""The writing end of the ledger on SQLite: rows in, one transaction each call, on the driver itself.

SQLAlchemy costs ten times the CPU of the driver for these two statements, and they run for every request.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeVar

from lanewise.core.errors import StoreError
from lanewise.stores.ledger_rows import (
    ANSWER,
    AWAITING,
    CONTENT,
    COST,
    RUN,
    TRACE,
    Kept,
    StoreDown,
    answer_row,
    awaited_rows,
    content_row,
    run_row,
    split_rows,
    trace_row,
)
from lanewise.stores.sqlite_file import connect


def _inserts(name: str, columns: Sequence[str]) -> dict[int, str]:
    """Statements for so many rows at once, the most first.

    The driver lets go of the interpreter for every statement and must then wait until the event loop, when it is busy, lets go of it
    in turn: a batch in a few statements waits a few times, a batch in many may wait longer than the disk takes.
    """
    # Not OR IGNORE: that would drop a row with a missing value as silently as one that is there already. OR ROLLBACK, since every
    # fault ends the transaction anyway: by itself a statement of many rows keeps each page as it was before, to undo itself alone.
    names, marks = ", ".join(f'"{column}"' for column in columns), ", ".join("?" * len(columns))
    head = f"INSERT OR ROLLBACK INTO {name} ({names}) VALUES "  # noqa: S608 - names of our own schema
    return {count: head + ", ".join([f"({marks})"] * count) + " ON CONFLICT DO NOTHING" for count in _ROWS_AT_ONCE}


_ROWS_AT_ONCE = (64, 32, 16, 8, 4, 2, 1)
_INSERT_RUN = _inserts("runs", RUN)
_INSERT_TRACE = _inserts("traces", TRACE)
_INSERT_CONTENT = _inserts("contents", CONTENT)
_INSERT_AWAITED = _inserts("later_verdicts", AWAITING)
_INSERT_COST = _inserts("run_costs", COST)
#: An answer that is kept no longer may not have been deleted yet; one that is kept still was given to somebody.
_KEEP_ANSWER = (
    f"INSERT INTO kept_answers ({', '.join(ANSWER)}) VALUES ({', '.join('?' * len(ANSWER))}) "  # noqa: S608 - names of our own schema
    f"ON CONFLICT (name) DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in ANSWER[1:])} "
    "WHERE kept_answers.expires_us <= excluded.created_us"
)
_PROBE = "UPDATE revisions SET revision = revision + 1 WHERE name = 'probe'"

_T = TypeVar("_T")

#: What a row brings upon itself; any other error means that the store does not answer.
_ROW_FAULTS = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    OverflowError,
    UnicodeError,
    TypeError,
)


class LedgerFile:
    """One connection that only writes ledger rows. Every method raises StoreDown when the store does not answer."""

    def __init__(self, store: Path, busy_timeout_s: float) -> None:
        self._store = store
        self._name = str(store)
        self._busy_timeout_s = busy_timeout_s
        self._connection: sqlite3.Connection | None = None
        self._identity = (0, 0)

    def open(self) -> None:
        """Connect, and prove that the store takes a write."""
        self.close()
        try:
            self._connection = connect(self._store, busy_timeout_s=self._busy_timeout_s)
            self._identity = self._identity_now()
        except (StoreError, OSError) as error:
            raise StoreDown(str(error)) from error
        try:
            self._connection.execute(_PROBE)
        except sqlite3.Error as error:
            self.close()
            raise StoreDown(f"The store {str(self._store)!r} takes no writes: {error}") from error

    def write(self, rows: Sequence[Kept]) -> dict[int, str]:
        """Commit rows; those that are there already are left as they are. Returns why rows were refused, by place in `rows`."""
        try:
            self.transact(partial(_insert_rows, rows=rows))
        except _ROW_FAULTS as error:
            if len(rows) == 1:
                return {0: f"{type(error).__name__}: {error}"}
            return {place: reason for place, row in enumerate(rows) for reason in self.write((row,)).values()}
        return {}

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()

    def transact(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Commit what `work` writes. What it writes wrongly is raised as the driver raises it, and nothing of it is written."""
        connection = self._connection
        if connection is None:
            raise StoreDown(f"The store {str(self._store)!r} is not open")
        try:
            connection.execute("BEGIN IMMEDIATE")
            outcome = work(connection)
            connection.execute("COMMIT")
            # A file that was removed or replaced is still written to through an open connection, and then gone.
            replaced = self._identity_now() != self._identity
        except _ROW_FAULTS:
            connection.rollback()
            raise
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise StoreDown(f"The store {str(self._store)!r} takes no writes: {error}") from error
        if replaced:
            self.close()
            raise StoreDown(f"The store {str(self._store)!r} was replaced by another file")
        return outcome

    def _identity_now(self) -> tuple[int, int]:
        found = os.stat(self._name)  # noqa: PTH116 - a third of what Path.stat costs, on every commit
        return found.st_dev, found.st_ino


def _insert_rows(connection: sqlite3.Connection, rows: Sequence[Kept]) -> None:
    _insert(connection, _INSERT_RUN, [run_row(row.record) for row in rows])
    _insert(connection, _INSERT_TRACE, [trace_row(row.record) for row in rows])
    captured = [content_row(row.record, row.content) for row in rows if row.content is not None]
    if captured:
        _insert(connection, _INSERT_CONTENT, captured)
    split = split_rows(rows)
    if split:
        _insert(connection, _INSERT_COST, split)
    awaited = [each for row in rows if row.record.trace.checks for each in awaited_rows(row.record)]
    if awaited:
        _insert(connection, _INSERT_AWAITED, awaited)
    for row in rows:
        if row.answer is not None:
            connection.execute(_KEEP_ANSWER, answer_row(row.answer))


def _insert(connection: sqlite3.Connection, statements: dict[int, str], rows: Sequence[tuple[object, ...]]) -> None:
    begin = 0
    for count, statement in statements.items():
        while len(rows) - begin >= count:
            connection.execute(statement, tuple(chain.from_iterable(rows[begin : begin + count])))
            begin += count
