from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from lanewise.core.failure import FailureKind
from lanewise.core.record import CapturedContent, Trace
from lanewise.stores.ledger_file import LedgerFile
from lanewise.stores.ledger_rows import Kept, StoreDown, run_row
from lanewise.stores.schema import runs
from stores.opening import new_store, run_ids, sql
from stores.samples import a_record


@pytest.fixture
def store(sqlite_store: Path) -> Path:
    """These are about files."""
    return sqlite_store


@pytest.fixture
def file(store: Path) -> Iterator[LedgerFile]:
    file = LedgerFile(store, busy_timeout_s=0.05)
    file.open()
    yield file
    file.close()


def kept(*run_ids: str) -> list[Kept]:
    return [Kept(record=a_record(run_id)) for run_id in run_ids]


def test_a_row_has_every_column_of_its_record_in_order() -> None:
    record = a_record(user="ada", stream=True, degraded=True, estimated=True, failure=FailureKind.DEADLINE)
    row = dict(zip(runs.columns.keys(), run_row(record), strict=True))
    assert row == {name: getattr(record, name) for name in row}
    assert {type(value) for value in row.values()} == {str, int, type(None)}


def test_rows_traces_and_contents_are_committed_together(file: LedgerFile, store: Path) -> None:
    content = CapturedContent(request=b'{"a": 1.10}', answer=b"\x00\xff")
    assert file.write([Kept(record=a_record("run_1"), content=content), Kept(record=a_record("run_2"))]) == {}
    with sql(store) as connection:
        assert run_ids(store) == ["run_1", "run_2"]
        assert connection.execute("SELECT run_id, request, answer FROM contents").fetchall() == [
            ("run_1", b'{"a": 1.10}', b"\x00\xff")
        ]
        traces = [msgspec.json.decode(trace, type=Trace) for (trace,) in connection.execute("SELECT trace FROM traces")]
    assert traces == [a_record().trace, a_record().trace]


def test_a_row_that_is_there_already_stays_as_it_is(file: LedgerFile, store: Path) -> None:
    file.write(kept("run_1"))
    assert file.write([Kept(record=a_record("run_1", cost_nanousd=1)), *kept("run_2")]) == {}
    with sql(store) as connection:
        assert connection.execute("SELECT run_id, cost_nanousd FROM runs").fetchall() == [
            ("run_1", 300_000),
            ("run_2", 300_000),
        ]


@pytest.mark.parametrize(
    "fault",
    [{"cost_nanousd": 2**63}, {"tenant": None}, {"reason": "\ud800"}],
    ids=["too large", "missing value", "not Unicode"],
)
def test_a_row_the_store_cannot_hold_is_refused_alone(file: LedgerFile, store: Path, fault: dict[str, object]) -> None:
    refused = file.write([*kept("run_1"), Kept(record=a_record("run_2", **fault)), *kept("run_3")])
    assert list(refused) == [1]
    assert run_ids(store) == ["run_1", "run_3"]


def test_a_store_that_another_process_holds_is_down(file: LedgerFile, store: Path) -> None:
    with sql(store) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreDown, match="takes no writes: database is locked"):
            file.write(kept("run_1"))


def test_after_a_failure_it_writes_again_once_it_was_opened_again(file: LedgerFile, store: Path) -> None:
    with sql(store) as other:
        other.execute("ALTER TABLE traces RENAME TO lost")
        with pytest.raises(StoreDown, match="no such table"):
            file.write(kept("run_1"))
        other.execute("ALTER TABLE lost RENAME TO traces")
    with pytest.raises(StoreDown, match="is not open"):
        file.write(kept("run_1"))
    file.open()
    file.write(kept("run_1"))
    assert run_ids(store) == ["run_1"]


async def test_a_store_that_was_removed_or_replaced_is_down_though_sqlite_would_go_on_writing(
    file: LedgerFile, store: Path
) -> None:
    for name in store.parent.glob("lanewise.db*"):
        name.unlink()
    with pytest.raises(StoreDown, match="takes no writes"):
        file.write(kept("run_1"))
    with pytest.raises(StoreDown, match="Cannot open"):
        file.open()
    await new_store(store.parent)
    file.open()
    file.write(kept("run_1"))
    assert run_ids(store) == ["run_1"]


async def test_a_restored_backup_in_its_place_is_noticed(file: LedgerFile, store: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    restored = await new_store(tmp_path / "elsewhere")
    restored.replace(store)
    with pytest.raises(StoreDown, match="was replaced by another file"):
        file.write(kept("run_1"))


def test_opening_proves_that_the_store_takes_a_write(store: Path) -> None:
    file = LedgerFile(store, busy_timeout_s=0.05)
    with sql(store) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreDown, match="takes no writes"):
            file.open()


def test_what_else_is_written_is_committed_whole_or_not_at_all(file: LedgerFile, store: Path) -> None:
    assert file.transact(lambda connection: connection.execute(COUNTED_UP).rowcount) == 1

    def wrong(connection: sqlite3.Connection) -> None:
        connection.execute(COUNTED_UP)
        connection.execute("INSERT INTO revisions (name, revision) VALUES ('probe', 0)")

    before = revision(store)
    with pytest.raises(sqlite3.IntegrityError):
        file.transact(wrong)
    assert revision(store) == before
    with sql(store) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreDown):
            file.transact(lambda connection: connection.execute(COUNTED_UP))


COUNTED_UP = "UPDATE revisions SET revision = revision + 1 WHERE name = 'probe'"


def revision(store: Path) -> int:
    with sql(store) as connection:
        return int(connection.execute("SELECT revision FROM revisions WHERE name = 'probe'").fetchone()[0])
