"""The writing end of the ledger: rows in, one transaction each call, on the driver itself.

SQLAlchemy costs ten times the CPU of the driver for these two statements, and they run for every request.
"""

from __future__ import annotations

import os
import sqlite3
from asyncio import Future
from collections.abc import Sequence
from pathlib import Path

import msgspec

from lanewise.core.errors import StoreError
from lanewise.core.record import CapturedContent, KeptAnswer, RunRecord
from lanewise.stores.cost_rows import cost_rows
from lanewise.stores.schema import AWAITED, contents, kept_answers, later_verdicts, run_costs, runs, traces
from lanewise.stores.sqlite_file import connect


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one run."""

    record: RunRecord
    content: CapturedContent | None = None
    answer: KeptAnswer | None = None


Entry = tuple[Kept, "Future[None]"]


def _inserts(name: str, columns: Sequence[str]) -> dict[int, str]:
    """Statements for so many rows at once, the most first.

    The driver lets go of the interpreter for every statement and must then wait until the event loop, when it is busy, lets go of it
    in turn: a batch in a few statements waits a few times, a batch in many may wait longer than the disk takes.
    """
    # Not INSERT OR IGNORE: that would drop a row with a missing value as silently as one that is there already.
    names, marks = ", ".join(f'"{column}"' for column in columns), ", ".join("?" * len(columns))
    head = f"INSERT INTO {name} ({names}) VALUES "  # noqa: S608 - names of our own schema
    return {count: head + ", ".join([f"({marks})"] * count) + " ON CONFLICT DO NOTHING" for count in _ROWS_AT_ONCE}


_ROWS_AT_ONCE = (64, 16, 4, 1)
_INSERT_RUN = _inserts("runs", runs.columns.keys())
_INSERT_TRACE = _inserts("traces", traces.columns.keys())
_INSERT_CONTENT = _inserts("contents", contents.columns.keys())
_INSERT_AWAITED = _inserts("later_verdicts", later_verdicts.columns.keys())
_INSERT_COST = _inserts("run_costs", run_costs.columns.keys())
_ANSWER = kept_answers.columns.keys()
#: An answer that is kept no longer may not have been deleted yet.
_KEEP_ANSWER = (
    f"INSERT INTO kept_answers ({', '.join(_ANSWER)}) VALUES ({', '.join('?' * len(_ANSWER))}) "  # noqa: S608 - names of our own schema
    f"ON CONFLICT (name) DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in _ANSWER[1:])}"
)
_PROBE = "UPDATE revisions SET revision = revision + 1 WHERE name = 'probe'"

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
_encode_trace = msgspec.json.Encoder().encode
_encode_headers = msgspec.msgpack.Encoder().encode


class StoreDown(StoreError):
    """The store does not take writes."""


class LedgerFile:
    """One connection that only writes ledger rows. Every method raises StoreDown when the store does not answer."""

    def __init__(self, store: Path, busy_timeout_s: float) -> None:
        self._store = store
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
            self._commit(rows)
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

    def _commit(self, rows: Sequence[Kept]) -> None:
        connection = self._connection
        if connection is None:
            raise StoreDown(f"The store {str(self._store)!r} is not open")
        try:
            connection.execute("BEGIN IMMEDIATE")
            _insert(connection, _INSERT_RUN, [run_row(row.record) for row in rows])
            _insert(connection, _INSERT_TRACE, [_trace_row(row.record) for row in rows])
            captured = [_content_row(row.record, row.content) for row in rows if row.content is not None]
            if captured:
                _insert(connection, _INSERT_CONTENT, captured)
            split = [each for row in rows if row.record.calls for each in cost_rows(row.record)]
            if split:
                _insert(connection, _INSERT_COST, split)
            awaited = [each for row in rows if row.record.trace.checks for each in _awaited_rows(row.record)]
            if awaited:
                _insert(connection, _INSERT_AWAITED, awaited)
            for row in rows:
                if row.answer is not None:
                    connection.execute(_KEEP_ANSWER, _answer_row(row.answer))
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

    def _identity_now(self) -> tuple[int, int]:
        found = os.stat(self._store)  # noqa: PTH116 - a third of what Path.stat costs, on every commit
        return found.st_dev, found.st_ino


def _insert(connection: sqlite3.Connection, statements: dict[int, str], rows: Sequence[tuple[object, ...]]) -> None:
    begin = 0
    for count, statement in statements.items():
        while len(rows) - begin >= count:
            connection.execute(statement, [value for row in rows[begin : begin + count] for value in row])
            begin += count


def run_row(record: RunRecord) -> tuple[object, ...]:
    """A record as the columns of `runs`. Flags become ints and enums plain text: the driver adapts neither without a detour."""
    return (
        record.run_id,
        record.started_us,
        record.tenant,
        record.key_id,
        record.user,
        record.feature,
        record.task,
        record.request_id,
        record.requested_model,
        +record.stream,
        record.lane,
        record.deployment,
        record.served_model,
        record.outcome,
        None if record.failure is None else str(record.failure),
        record.status,
        record.latency_us,
        record.first_token_us,
        record.calls,
        record.input_tokens,
        record.cached_tokens,
        record.cache_write_tokens,
        record.reasoning_tokens,
        record.output_tokens,
        record.cost_input,
        record.cost_cached,
        record.cost_cache_write,
        record.cost_reasoning,
        record.cost_output,
        record.cost_nanousd,
        +record.estimated,
        record.unpriced_calls,
        +record.degraded,
        record.verdict,
        record.reason,
        record.policy_version,
        record.waited_us,
        record.verdict_kind,
        +record.escalated,
        record.attempts,
        record.cache_saved,
        record.recalled,
        record.saved_nanousd,
        record.held_nanousd,
        record.process,
    )


def _trace_row(record: RunRecord) -> tuple[object, ...]:
    return record.started_us, record.run_id, _encode_trace(record.trace)


def _content_row(record: RunRecord, content: CapturedContent) -> tuple[object, ...]:
    return record.started_us, record.run_id, content.request, content.answer


def _awaited_rows(record: RunRecord) -> list[tuple[object, ...]]:
    """A row for each verdict on the given answer that comes later, in the order of the table's columns; it is found by its name."""
    trace = record.trace
    waiting = [each for each in trace.checks if each.deferred and f"{each.lane}/{each.of}call-" == trace.answer]
    return [
        (
            record.run_id,
            record.started_us + place,
            each.verifier,
            record.tenant,
            "",
            AWAITED,
            each.kind,
            None,
            each.deferred,
            "",
            "",
        )
        for place, each in enumerate(waiting)
    ]


def _answer_row(kept: KeptAnswer) -> tuple[object, ...]:
    headers = _encode_headers(kept.headers)
    return (
        kept.name,
        kept.asked,
        kept.run_id,
        kept.created_us,
        kept.expires_us,
        kept.status,
        len(kept.body) + len(headers),
        headers,
        kept.body,
    )
