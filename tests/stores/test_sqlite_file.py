from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from lanewise.core.errors import StoreError
from lanewise.stores.sqlite_file import GatewayLock, connect, copy_file
from stores.opening import fill, run_ids, sql
from stores.samples import a_record

HOLD = """
import sys
from pathlib import Path
from lanewise.stores.sqlite_file import GatewayLock
GatewayLock(Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def store(sqlite_store: Path) -> Path:
    """These are about files."""
    return sqlite_store


def test_every_commit_reaches_the_disk_and_readers_do_not_wait_for_writers(store: Path) -> None:
    with closing(connect(store)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_store_that_vanished_does_not_come_back_empty(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Cannot open the store"):
        connect(tmp_path / "gone.db")
    assert not (tmp_path / "gone.db").exists()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are my notes " * 100)
    with pytest.raises(StoreError, match="not a database"):
        connect(path)


def test_a_folder_is_no_store_and_told_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="It is a folder: name a file in it"):
        connect(tmp_path, create=True)


def test_a_disk_without_room_is_told_with_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "no.db").write_text("no database, which is as good a reason to fail as any")
    real = os.statvfs(tmp_path)
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=3, f_frsize=real.f_frsize))
    with pytest.raises(StoreError, match=rf"The disk has {3 * real.f_frsize:,} bytes left: make room"):
        connect(tmp_path / "no.db")
    monkeypatch.undo()
    with pytest.raises(StoreError) as roomy:
        connect(tmp_path / "no.db")
    assert "make room" not in roomy.value.message


def test_a_new_store_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new 100%?#.db"
    connect(path, create=True).close()
    assert path.stat().st_mode & 0o077 == 0


def test_a_second_process_is_refused_and_told_who_has_the_store_and_what_to_do(store: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match=rf"process {holder.pid}: .*Stop that process, or .*`store: OTHER.db`"):
            GatewayLock(store).acquire()
        holder.send_signal(signal.SIGKILL)
    with GatewayLock(store):  # freed by the kernel, though the holder had no time to
        assert Path(f"{store}.lock").read_text() == f"{os.getpid()}\n"


def test_another_name_of_the_same_file_is_the_same_store(store: Path) -> None:
    (store.parent / "alias.db").symlink_to(store)
    with GatewayLock(store), pytest.raises(StoreError, match="in use by another gateway"):
        GatewayLock(store.parent / "alias.db").acquire()


def test_a_copy_is_whole_though_the_store_is_being_written(store: Path, tmp_path: Path) -> None:
    fill(store, a_record("run_1"))
    with sql(store) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM runs")
        copy_file(store, tmp_path / "copy.db")
        writer.execute("ROLLBACK")
    assert run_ids(tmp_path / "copy.db") == ["run_1"]
    assert not list(tmp_path.glob("copy.db?*"))


def test_a_copy_overwrites_nothing(store: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(StoreError, match="exists and is not overwritten"):
        copy_file(store, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


def test_a_damaged_store_gives_no_copy(store: Path, tmp_path: Path) -> None:
    fill(store, a_record("run_0001"))
    with sql(store) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # A row and its index now disagree, which no read of the row alone would show.
    store.write_bytes(store.read_bytes().replace(b"run_0001", b"run_0002", 1))
    with pytest.raises(StoreError, match="is damaged, so the store is"):
        copy_file(store, tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy.db*"))
