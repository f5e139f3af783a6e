from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from threading import Thread
from typing import cast
from unittest.mock import patch

import msgspec
import pytest
from structlog.testing import capture_logs

from lanewise.core.clock import SystemClock
from lanewise.core.errors import StoreError
from lanewise.core.record import CapturedContent, KeptAnswer
from lanewise.stores.address import Store, beside
from lanewise.stores.ledger_file import LedgerFile
from lanewise.stores.ledger_rows import Entry, Kept, LedgerEnd, StoreDown
from lanewise.stores.ledger_thread import Errand, LedgerLimits, LedgerThread, end_of
from lanewise.stores.spool import Spool
from stores.opening import ON_FILES, ON_POSTGRES, held, run_ids, sql
from stores.samples import a_record
from walking import SetClock

#: Soon asked again, but patient: on a busy machine a healthy server may well be silent for 20 ms, and would count as down.
QUICK = LedgerLimits(retry_s=0.01, spool_bytes=1 << 20)
IMPATIENT = LedgerLimits(retry_s=0.01, busy_timeout_s=0.01, spool_bytes=1 << 20)


class Reports:
    """What became of each row, in the order it was reported."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.faults: dict[str, str] = {}

    def __call__(self, entries: Sequence[Entry], faults: Mapping[int, str]) -> None:
        ids = [kept.record.run_id for kept, _ in entries]
        self.batches.append(ids)
        self.faults |= {ids[place]: fault for place, fault in faults.items()}


def entry(run_id: str, content: CapturedContent | None = None) -> Entry:
    return cast("Entry", (Kept(record=a_record(run_id), content=content), None))


def write(store: Store, *work: Entry | list[Entry] | Errand, limits: LedgerLimits = QUICK) -> Reports:
    """Hand rows, alone or in batches, to a thread that is opened and, when they are done, closed."""
    reports = Reports()
    thread = LedgerThread(store, SystemClock(), limits, reports)
    with closing(thread):
        thread.open()
        for each in work:
            thread.queue.put([each] if isinstance(each, tuple) and not isinstance(each, Errand) else each)
        thread.queue.put(None)
        thread.serve()
    return reports


@contextmanager
def broken(store: Store) -> Iterator[None]:
    """The store takes no ledger row: a real error of SQLite, from its own tables."""
    with sql(store) as connection:
        connection.execute("ALTER TABLE runs RENAME TO lost")
        yield
        connection.execute("ALTER TABLE lost RENAME TO runs")


def slow_to_answer(store: Store, by_s: float) -> None:
    """Any proof that the store takes a write takes so long, as on a machine that has other things to do."""
    with sql(store) as connection:
        connection.execute(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql "
            f"AS $$ BEGIN PERFORM pg_sleep({by_s}); RETURN NEW; END $$"
        )
        connection.execute("CREATE TRIGGER slow BEFORE UPDATE ON revisions FOR EACH ROW EXECUTE FUNCTION slow()")


def spooled(store: Store) -> list[str]:
    spool = Spool(beside(store, "spool"), 1)
    spool.open()
    try:
        return [msgspec.msgpack.decode(payload, type=Kept).record.run_id for payload in spool.payloads()]
    finally:
        spool.close()


def test_batches_are_committed_one_after_the_other(store: Store) -> None:
    reports = write(store, [entry(f"run_{n}") for n in range(3)], entry("run_3"))
    assert [len(batch) for batch in reports.batches] == [3, 1]
    assert run_ids(store) == [f"run_{n}" for n in range(4)]


def test_rows_of_a_store_that_is_down_are_kept_in_the_spool_and_written_once_by_the_next_start(store: Store) -> None:
    with broken(store):
        with closing(LedgerThread(store, SystemClock(), QUICK, reports := Reports())) as thread:
            thread.open()
            for each in ([entry("run_1"), entry("run_2")], None):
                thread.queue.put(each)
            thread.serve()
        assert reports.faults == {}
    assert spooled(store) == ["run_1", "run_2"]
    write(store)
    assert run_ids(store) == ["run_1", "run_2"]
    assert spooled(store) == []
    write(store)
    assert run_ids(store) == ["run_1", "run_2"]


def test_a_start_that_was_killed_between_replay_and_clearing_doubles_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with broken(store):
        write(store, entry("run_1"))

    def killed(spool: Spool) -> None:
        raise OSError("killed before the spool was cleared")

    with monkeypatch.context() as patch:
        patch.setattr(Spool, "clear", killed)
        with pytest.raises(OSError, match="killed"):
            write(store)
    assert (run_ids(store), spooled(store)) == (["run_1"], ["run_1"])
    write(store, entry("run_2"))
    assert (run_ids(store), spooled(store)) == (["run_1", "run_2"], [])


def test_a_store_that_answers_again_gets_the_spool_and_is_up(store: Store) -> None:
    thread = LedgerThread(store, SystemClock(), QUICK, reports := Reports())
    with closing(thread):
        thread.open()
        worker = Thread(target=thread.serve)
        with broken(store):
            worker.start()
            thread.queue.put([entry("run_1")])
            wait_until(lambda: len(reports.batches) == 1)
            assert not thread.up
        wait_until(lambda: thread.up)  # by itself: while the store is down, admission lets no row come
        assert run_ids(store) == ["run_1"]
        thread.queue.put([entry("run_2")])
        thread.queue.put(None)
        worker.join()
    assert run_ids(store) == ["run_1", "run_2"]
    assert reports.faults == {}


def test_a_store_that_stays_down_is_told_once_a_minute_and_when_the_reason_changes(store: Store) -> None:
    clock = SetClock()
    thread = LedgerThread(store, clock, LedgerLimits(retry_s=1.0, spool_bytes=1 << 20), Reports())
    with closing(thread), capture_logs() as logged:
        thread.open()
        thread._lost(StoreDown("it is full"))
        for word in ["it is full"] * 130 + ["it is gone"] * 3:
            clock.time_s += 1.0
            with patch.object(thread, "_replay", side_effect=StoreDown(word)):
                thread._retry()
    told = [(each["cause"], each["for_s"]) for each in logged if each["event"] == "store still down"]
    assert told == [("it is full", 60), ("it is full", 120), ("it is gone", 131)]


def test_a_full_spool_is_an_error_and_never_silence(store: Store) -> None:
    tiny = LedgerLimits(retry_s=0.01, spool_bytes=3000)
    with broken(store):
        reports = write(store, *(entry(f"run_{n}") for n in range(9)), limits=tiny)
    kept = spooled(store)
    assert kept
    assert kept + list(reports.faults) == [f"run_{n}" for n in range(9)]
    assert set(reports.faults.values()) == {"the store is down and the spool is full"}


def test_a_runs_money_is_spooled_before_its_words(store: Store) -> None:
    long = CapturedContent(request=bytes(5000), answer=b"")
    with broken(store):
        reports = write(store, entry("run_1", long), limits=LedgerLimits(retry_s=0.01, spool_bytes=3000))
    assert (spooled(store), reports.faults) == (["run_1"], {})


def test_that_an_answer_was_given_to_an_idempotency_key_is_spooled_where_its_words_have_no_room(store: Store) -> None:
    answer = KeptAnswer(
        name=b"n", asked=b"a", run_id="run_1", created_us=1, expires_us=2, status=200, headers=(), body=bytes(5000)
    )
    kept = Kept(record=a_record("run_1"), answer=answer)
    with broken(store):
        write(
            store,
            cast("Entry", (kept, None)),
            limits=LedgerLimits(retry_s=0.01, spool_bytes=3000),
        )
    write(store)
    with sql(store) as connection:
        rows = connection.execute("SELECT run_id, status, size_bytes FROM kept_answers").fetchall()
    assert [tuple(row)[:2] for row in rows] == [("run_1", 410)]
    assert rows[0][2] < 10


def test_a_spool_that_cannot_be_written_is_an_error(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(spool: Spool, payloads: Sequence[bytes]) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Spool, "append", full)
    with broken(store):
        reports = write(store, entry("run_1"))
    assert "No space left" in reports.faults["run_1"]


def test_a_refused_row_is_set_aside_for_a_person_and_does_not_hold_up_the_spool(store: Store) -> None:
    with broken(store):
        bad = cast("Entry", (Kept(record=a_record("run_1", cost_nanousd=2**63)), None))
        write(store, bad, entry("run_2"))
    assert spooled(store) == ["run_1", "run_2"]
    write(store)
    assert (run_ids(store), spooled(store)) == (["run_2"], [])
    (line,) = beside(store, "refused").read_text().splitlines()
    assert json.loads(line)["record"]["cost_nanousd"] == 2**63


@ON_POSTGRES
def test_a_server_that_is_only_slow_is_not_down(store: Store) -> None:
    slow_to_answer(store, by_s=0.1)
    reports = write(store, entry("run_1"))
    assert (run_ids(store), spooled(store), reports.faults) == (["run_1"], [], {})
    with pytest.raises(StoreDown):
        write(store, limits=IMPATIENT)


def test_what_another_version_spooled_is_set_aside(store: Store) -> None:
    spool = Spool(beside(store, "spool"), 4096)
    spool.open()
    spool.append([msgspec.msgpack.encode({"record": {"run_id": "run_1"}})])
    spool.close()
    write(store, entry("run_2"))
    assert run_ids(store) == ["run_2"]
    assert "another version" in json.loads(beside(store, "refused").read_text())["cause"]


def test_a_fault_of_its_own_fails_the_rows_and_not_the_thread(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    kind = type(end_of(store, 0.01))
    real = kind.write

    def first_fails(end: LedgerEnd, rows: Sequence[Kept]) -> dict[int, str]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("a bug")
        return real(end, rows)

    monkeypatch.setattr(kind, "write", first_fails)
    reports = write(store, entry("run_1"), entry("run_2"), limits=LedgerLimits(spool_bytes=4096))
    assert reports.faults == {"run_1": "RuntimeError: a bug"}
    assert run_ids(store) == ["run_2"]


def test_it_does_not_open_a_store_that_is_down(store: Store) -> None:
    with held(store):
        thread = LedgerThread(store, SystemClock(), IMPATIENT, Reports())
        with closing(thread), pytest.raises(StoreDown):
            thread.open()


def wait_until(true: Callable[[], bool]) -> None:
    clock = SystemClock()
    deadline_s = clock.monotonic_s() + 20
    while not true():
        assert clock.monotonic_s() < deadline_s, "it did not happen"


class Told:
    """What came of an errand."""

    def __init__(self) -> None:
        self.outcome: object = None
        self.error: StoreError | None = None

    def __call__(self, outcome: object, error: StoreError | None) -> None:
        self.outcome, self.error = outcome, error


@ON_FILES
def test_an_errand_is_run_between_two_batches_and_tells_what_came_of_it(store: Store) -> None:
    told = Told()

    def counted(end: LedgerEnd) -> int:
        assert isinstance(end, LedgerFile)
        return int(end.transact(lambda connection: connection.execute("SELECT count(*) FROM runs").fetchone()[0]))

    reports = write(store, entry("run_1"), Errand(counted, told), entry("run_2"))
    assert reports.batches == [["run_1"], ["run_2"]]
    assert (told.outcome, told.error) == (1, None)


@ON_FILES
def test_an_errand_that_finds_the_store_gone_sends_rows_to_the_spool(store: Store) -> None:
    told, after = Told(), Told()

    def gone(_end: LedgerEnd) -> None:
        raise StoreDown("gone")

    reports = write(store, Errand(gone, told), Errand(lambda _: "too late", after), limits=LedgerLimits(retry_s=60.0))
    assert reports.faults == {}
    assert isinstance(told.error, StoreDown)
    assert isinstance(after.error, StoreDown)


@ON_FILES
def test_a_fault_of_an_errand_is_told_and_ends_nothing(store: Store) -> None:
    told = Told()

    def wrong(_end: LedgerEnd) -> None:
        raise ValueError("of its own")

    with capture_logs():
        reports = write(store, Errand(wrong, told), entry("run_1"))
    assert reports.batches == [["run_1"]]
    assert str(told.error) == "ValueError: of its own"
