from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from lanewise.core.errors import StoreError
from lanewise.stores.control_file import Control, ControlFile


def test_commands_find_the_process_that_runs_and_only_its_owner_can_read_how(tmp_path: Path) -> None:
    store = tmp_path / "lanewise.db"
    assert ControlFile(store).read() is None
    written = ControlFile(store, key="s3cret")
    written.write("http://127.0.0.1:8080", tls_cert="cert.pem")
    found = ControlFile(store).read()
    assert found == Control(url="http://127.0.0.1:8080", key="s3cret", process=os.getpid(), tls_cert="cert.pem")
    assert stat.S_IMODE(written.path.stat().st_mode) == 0o600
    assert "s3cret" not in repr(found)
    written.remove()
    assert ControlFile(store).read() is None
    written.remove()


def test_two_names_of_one_store_have_one_file(tmp_path: Path) -> None:
    store = tmp_path / "lanewise.db"
    store.touch()
    (tmp_path / "other.db").symlink_to(store)
    assert ControlFile(tmp_path / "other.db").path == ControlFile(store).path


def test_what_a_process_left_behind_that_is_no_more_counts_for_nothing(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    control = ControlFile(tmp_path / "lanewise.db")
    control.path.write_bytes(msgspec.json.encode(Control(url="http://127.0.0.1:1", key="k", process=int(ended.stdout))))
    assert control.read() is None


def test_a_file_that_is_something_else_is_said_to_be(tmp_path: Path) -> None:
    control = ControlFile(tmp_path / "lanewise.db")
    control.path.write_text("nonsense")
    with pytest.raises(StoreError, match="as the user that the gateway runs as"):
        control.read()
