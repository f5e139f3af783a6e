from __future__ import annotations

import os
from pathlib import Path

import pytest

from lanewise.core.errors import StoreError
from lanewise.stores.file_lock import FileLock


def test_one_holds_it_at_a_time_and_says_which_process_it_is(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "a.lock"), FileLock(tmp_path / "a.lock")
    assert first.take() is None
    assert second.take() == str(os.getpid())
    first.release()
    first.release()
    assert second.take() is None
    second.release()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Check that its folder exists"):
        FileLock(tmp_path / "no" / "a.lock").take()
