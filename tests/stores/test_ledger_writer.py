from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lanewise.core.clock import SystemClock
from lanewise.core.errors import StoreError
from lanewise.core.record import CapturedContent, KeptAnswer
from lanewise.stores.address import Store, beside
from lanewise.stores.ledger_rows import Entry
from lanewise.stores.ledger_thread import LedgerLimits, LedgerThread
from lanewise.stores.ledger_writer import SqlLedger
from patience import PATIENCE_S
from stores.opening import ON_FILES, ON_POSTGRES, held, ledger_of, run_ids, spelled, sql
from stores.samples import a_record

UNDER_LOAD = Path(__file__).with_name("ledger_under_load.py")


async def test_closing_writes_everything_that_waits(store: Store) -> None:
    async with ledger_of(store) as ledger:
        futures = [ledger.append(a_record(f"run_{n:03}")) for n in range(300)]
    assert run_ids(store) == [f"run_{n:03}" for n in range(300)]
    await asyncio.gather(*futures)


@ON_FILES
async def test_a_batch_is_settled_by_one_call_into_the_loop(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, calls = asyncio.get_running_loop(), 0
    real = loop.call_soon_threadsafe

    def counted(*arguments: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        return real(*arguments, **named)  # type: ignore[arg-type]

    async with ledger_of(store, LedgerLimits(batch_rows=100)) as ledger:
        with held(store):
            first = ledger.append(a_record("first"))
            while ledger._writer.queue.qsize():  # until the thread has taken it and waits for the store
                await asyncio.sleep(0)
            rest = [ledger.append(a_record(f"run_{n}")) for n in range(100)]
            monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
        await asyncio.gather(first, *rest)
        assert calls == 2


@ON_POSTGRES
async def test_rows_take_the_short_way_to_a_server_and_the_thread_s_where_that_is_closed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_thread: list[str] = []
    keeps = LedgerThread._kept

    def watched(thread: LedgerThread, entries: Sequence[Entry]) -> dict[int, str]:
        by_thread.extend(row.record.run_id for row, _ in entries)
        return keeps(thread, entries)

    monkeypatch.setattr(LedgerThread, "_kept", watched)
    async with ledger_of(store) as ledger:
        await ledger.append(a_record("run_1"))
        await ledger.append(a_record("run_2"), CapturedContent(request=b"{}", answer=b"[]"))
        with sql(store) as other:
            other.execute("ALTER TABLE runs RENAME TO lost")
            await ledger.append(a_record("run_3"))
            other.execute("ALTER TABLE lost RENAME TO runs")
    assert by_thread == ["run_2", "run_3"]
    async with ledger_of(store):  # writes what the thread has spooled
        pass
    assert run_ids(store) == ["run_1", "run_2", "run_3"]


async def test_rows_wait_for_each_other_only_until_the_last_has_come(store: Store) -> None:
    """Three runs are under way. Were the last row not to end the wait, this test would take an hour."""
    limits = LedgerLimits(linger_s=3_600.0)
    ledger = SqlLedger(store, SystemClock(), limits, in_flight=lambda: 3)
    await ledger.start()
    try:
        first = ledger.append(a_record("run_0"))
        await asyncio.sleep(0.05)
        assert not first.done(), "two others may still join its batch"
        others = [ledger.append(a_record(f"run_{n}")) for n in (1, 2)]
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(first, *others)
    finally:
        await ledger.close()

    assert len(run_ids(store)) == 3


async def test_when_the_queue_is_full_a_row_fails_at_once_and_admission_is_told(store: Store) -> None:
    async with ledger_of(store, LedgerLimits(waiting_rows=3)) as ledger:
        with held(store):
            waiting = [ledger.append(a_record(f"run_{n}")) for n in range(3)]
            assert not up(ledger)
            with pytest.raises(StoreError, match="could not keep run run_3: the queue of rows to write is full"):
                await ledger.append(a_record("run_3"))
        await asyncio.gather(*waiting)
        assert up(ledger)
    assert run_ids(store) == ["run_0", "run_1", "run_2"]


async def test_words_that_wait_are_bounded_in_bytes_and_no_run_is_lost_for_them(store: Store) -> None:
    words = CapturedContent(request=bytes(600), answer=bytes(300))
    answer = KeptAnswer(
        name=b"n", asked=b"a", run_id="run_2", created_us=1, expires_us=2, status=200, headers=(), body=bytes(900)
    )
    async with ledger_of(store, LedgerLimits(waiting_bytes=1000)) as ledger:
        first = ledger.append(a_record("run_1"), words)
        await asyncio.gather(first, ledger.append(a_record("run_2"), words, answer))
        await ledger.append(a_record("run_3"), words)
    assert run_ids(store) == ["run_1", "run_2", "run_3"]
    with sql(store) as connection:
        said = connection.execute("SELECT run_id FROM contents ORDER BY run_id").fetchall()
        kept = connection.execute("SELECT run_id, status FROM kept_answers").fetchall()
    assert ([tuple(row) for row in said], [tuple(row) for row in kept]) == ([("run_1",), ("run_3",)], [("run_2", 410)])


async def test_while_the_store_is_down_rows_are_durable_in_the_spool_and_admission_is_told(store: Store) -> None:
    async with ledger_of(store, LedgerLimits(retry_s=0.01)) as ledger:
        with sql(store) as other:
            other.execute("ALTER TABLE runs RENAME TO lost")
            await ledger.append(a_record("run_1"))
            assert not up(ledger)
            other.execute("ALTER TABLE lost RENAME TO runs")
        while not up(ledger):
            await asyncio.sleep(0.001)
    assert run_ids(store) == ["run_1"]


async def test_a_closed_ledger_takes_no_rows(store: Store) -> None:
    async with ledger_of(store) as ledger:
        pass
    assert not up(ledger)
    with pytest.raises(StoreError, match="the ledger is closed"):
        await ledger.append(a_record("run_1"))


async def test_a_ledger_without_a_store_does_not_start(tmp_path: Path) -> None:
    ledger = SqlLedger(tmp_path / "none.db", SystemClock())
    with pytest.raises(StoreError, match=r"The ledger cannot start: Cannot open the store"):
        await ledger.start()
    await ledger.close()


@pytest.mark.parametrize(
    ("store", "round_"), [*(("sqlite", n) for n in range(5)), *(("postgres", n) for n in (1, 3))], indirect=["store"]
)
async def test_killed_under_load_it_has_lost_no_acknowledged_row_and_doubled_none(store: Store, round_: int) -> None:
    acknowledged = await kill_after(store, rows=40 + 60 * round_)
    async with ledger_of(store):
        pass
    kept = run_ids(store)
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))
    with sql(store) as connection:
        if isinstance(store, Path):
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        orphans = "SELECT COUNT(*) FROM runs LEFT JOIN traces USING (run_id) WHERE traces.run_id IS NULL"
        assert connection.execute(orphans).fetchone() == (0,)


@ON_FILES
async def test_killed_while_it_spools_on_a_full_disk_it_has_lost_no_acknowledged_row_and_doubled_none(
    store: Store,
) -> None:
    # A limit on file sizes is a full disk to SQLite: its write-ahead log cannot grow, the spool has its space already.
    acknowledged = await kill_after(store, rows=1500, file_limit=2_000_000)
    in_store = run_ids(store)
    assert set(acknowledged) - set(in_store), "the disk was never full, so this test showed nothing"
    async with ledger_of(store):
        pass
    kept = run_ids(store)
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))


def up(ledger: SqlLedger) -> bool:
    return ledger.healthy


async def kill_after(store: Store, *, rows: int, file_limit: int = 0) -> list[str]:
    """Run a ledger under load in a process of its own, kill it after so many acknowledged rows, and say which those were."""
    command = [sys.executable, str(UNDER_LOAD), spelled(store), str(beside(store, "spool").parent), str(file_limit)]
    path = os.pathsep.join([str(UNDER_LOAD.parent.parent), *sys.path])
    child = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
    )
    assert child.stdout is not None
    lines: list[str] = []
    while len(lines) < rows and (line := await child.stdout.readline()):
        lines.append(line.decode().strip())
    child.kill()
    rest, errors = await child.communicate()
    assert len(lines) == rows, errors.decode()
    # What was said before the kill and not read yet counts too; a line without its end was not said.
    return lines + rest.decode().split("\n")[:-1]
