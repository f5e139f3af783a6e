"""The ledger's thread: commits one batch of rows after the other, as they were gathered on the event loop.

On a file it runs errands too: what else is written again and again, so that a file has one writer and nobody waits for a lock.

When the store does not answer, rows go to a spool file instead and the store is asked again every `retry_s`. What the spool holds is
written exactly once: rows are recognised by their run id. Read `ledger_file` or `ledger_postgres`, then `spool`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from queue import Empty, SimpleQueue
from typing import NamedTuple

import msgspec
import structlog

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore, Store, beside
from lanewise.stores.ledger_file import LedgerFile
from lanewise.stores.ledger_postgres import LedgerPostgres
from lanewise.stores.ledger_rows import Entry, Kept, LedgerEnd, StoreDown
from lanewise.stores.spool import Spool, framed_bytes
from lanewise.stores.sqlite_file import BUSY_TIMEOUT_S

Report = Callable[[Sequence[Entry], Mapping[int, str]], None]  # what happened to entries: durable, or why not, by place


class Errand(NamedTuple):
    """Something else to write, between two batches of rows."""

    do: Callable[[LedgerEnd], object]
    told: Callable[[object, StoreError | None], None]  # what came of it, or why nothing did; called in the thread


_REPLAY_ROWS = 256
_log = structlog.get_logger()

STILL_DOWN_EVERY_S = 60.0
"""How often the log says again that the store is down, where nothing else is to be said: it is asked every second or so."""
_unpack = msgspec.msgpack.Decoder(Kept).decode
_pack = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerLimits:
    """Bounds of the ledger's memory, disk and patience."""

    waiting_rows: int = 10_000
    waiting_bytes: int = 64 * 1024 * 1024  # of captured content among them
    batch_rows: int = 512
    linger_s: float = 0.008  # how long a row waits for others that are under way to share its disk sync
    spool_bytes: int = 16 * 1024 * 1024  # taken on disk from the start
    refused_bytes: int = 16 * 1024 * 1024
    retry_s: float = 1.0
    busy_timeout_s: float = BUSY_TIMEOUT_S


class LedgerThread:
    """What runs in the thread. `up` says whether the store took the last write; only this thread sets it."""

    def __init__(self, store: Store, clock: Clock, limits: LedgerLimits, report: Report) -> None:
        self.queue: SimpleQueue[list[Entry] | Errand | None] = SimpleQueue()  # None: no more will come
        self.up = False
        self._refused = beside(store, "refused")
        self._clock = clock
        self._limits = limits
        self._report = report
        self._end = end_of(store, limits.busy_timeout_s)
        self._spool = Spool(beside(store, "spool"), limits.spool_bytes)
        self._retry_at_s = self._down_since_s = self._told_at_s = 0.0
        self._told = ""  # why the store is down, as the log has it last

    def open(self) -> None:
        """Take the files and write what an earlier process spooled. Raises StoreDown, OSError."""
        self._spool.open()
        self._replay()

    def serve(self) -> None:
        """Write rows until the queue says that no more will come."""
        more = True
        while more:
            work: list[Entry] | Errand | None = []
            with suppress(Empty):  # it is time to ask the store again
                work = self.queue.get(timeout=None if self.up else self._limits.retry_s)
            more = work is not None
            if not self.up and (self._clock.monotonic_s() >= self._retry_at_s or not more):
                self._retry()
            if isinstance(work, Errand):
                self._run(work)
            elif work:
                self._report(work, self._kept(work))

    def close(self) -> None:
        """Let go of the files; what the spool holds stays for the next start."""
        self.up = False
        self._end.close()
        self._spool.close()

    def _run(self, errand: Errand) -> None:
        if not self.up:
            errand.told(None, StoreDown("The store takes no writes: it is asked again in a moment"))
            return
        try:
            outcome = errand.do(self._end)
        except StoreDown as error:
            self._lost(error)
            errand.told(None, error)
        except Exception as error:  # noqa: BLE001 - whatever it was, somebody waits for a word
            _log.exception("ledger errand failed")
            errand.told(None, StoreError(f"{type(error).__name__}: {error}"))
        else:
            errand.told(outcome, None)

    def _kept(self, entries: Sequence[Entry]) -> dict[int, str]:
        try:
            return self._keep(entries)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not leave runs waiting for a thread that is gone
            _log.exception("ledger writer failed", rows=[_plain(kept) for kept, _ in entries])
            return dict.fromkeys(range(len(entries)), f"{type(error).__name__}: {error}")

    def _keep(self, entries: Sequence[Entry]) -> dict[int, str]:
        rows = [kept for kept, _ in entries]
        if self.up:
            try:
                refused = self._end.write(rows)
            except StoreDown as error:
                self._lost(error)
            else:
                for place, reason in refused.items():
                    with suppress(OSError):  # logged in full, and the run's future says so too
                        self._put_aside(rows[place], reason)
                return refused
        return self._keep_in_spool(rows)

    def _keep_in_spool(self, rows: Sequence[Kept]) -> dict[int, str]:
        payloads: list[bytes] = []
        faults: dict[int, str] = {}
        taken = 0
        for place, row in enumerate(rows):
            payload = _pack(row)
            if not self._spool.fits(len(payload), taken):  # a run's money matters more than its words
                payload = _pack(Kept(record=row.record, answer=row.answer and row.answer.without_words()))
            if self._spool.fits(len(payload), taken):
                payloads.append(payload)
                taken += framed_bytes(len(payload))
            else:
                faults[place] = "the store is down and the spool is full"
        try:
            if payloads:
                self._spool.append(payloads)
        except OSError as error:
            faults = dict.fromkeys(range(len(rows)), f"the store is down and the spool cannot be written: {error}")
        for place, reason in faults.items():
            _log.error("ledger row lost", cause=reason, **_plain(rows[place]))
        return faults

    def _lost(self, error: StoreDown) -> None:
        self.up = False
        self._down_since_s = self._told_at_s = self._clock.monotonic_s()
        self._retry_at_s, self._told = self._down_since_s + self._limits.retry_s, str(error)
        _log.error("store down: rows go to the spool, admission answers 503", cause=str(error))

    def _retry(self) -> None:
        try:
            self._replay()
        except (StoreDown, OSError) as error:
            now_s = self._clock.monotonic_s()
            self._retry_at_s = now_s + self._limits.retry_s
            if str(error) != self._told or now_s - self._told_at_s >= STILL_DOWN_EVERY_S:
                self._told, self._told_at_s = str(error), now_s
                _log.warning("store still down", cause=self._told, for_s=round(now_s - self._down_since_s))
        else:
            _log.info("store up again")

    def _replay(self) -> None:
        """Open the store, move the spool's rows into it, and only then count it as up."""
        self._end.open()
        count = 0
        payloads = self._spool.payloads()
        while chunk := list(islice(payloads, _REPLAY_ROWS)):
            rows = list(self._unpacked(chunk))
            for place, reason in self._end.write(rows).items():
                self._put_aside(rows[place], reason)
            count += len(rows)
        if not self._spool.empty:
            self._spool.clear()
            _log.info("spool replayed", rows=count)
        self.up = True

    def _unpacked(self, payloads: Sequence[bytes]) -> Iterator[Kept]:
        for payload in payloads:
            try:
                yield _unpack(payload)
            except msgspec.MsgspecError as error:
                self._write_aside({"cause": f"another version spooled it: {error}", "payload": payload.hex()})

    def _put_aside(self, row: Kept, reason: str) -> None:
        self._write_aside({"cause": reason, **_plain(row)})

    def _write_aside(self, entry: dict[str, object]) -> None:
        """Keep what the store will never take, one JSON object per line: a person has to look at it, and the rest must go on."""
        aside = self._refused
        _log.error("ledger row refused", kept_in=str(aside), **entry)
        line = f"{json.dumps(entry, default=repr)}\n".encode()
        descriptor = os.open(aside, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_size + len(line) <= self._limits.refused_bytes:
                os.write(descriptor, line)
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


def end_of(store: Store, busy_timeout_s: float) -> LedgerEnd:
    """What writes ledger rows to this store; another process's write is waited for at most so long."""
    return (
        LedgerPostgres(store, busy_timeout_s) if isinstance(store, PostgresStore) else LedgerFile(store, busy_timeout_s)
    )


def _plain(row: Kept) -> dict[str, object]:
    return {"run_id": row.record.run_id, "record": msgspec.to_builtins(row.record)}
