from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cli.shells import Shell, Terminal
from lanewise.stores.sqlite_file import copy_file
from stores.opening import fill, run_ids, sql
from stores.samples import a_record

LARGE = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 6000)
INSERT INTO contents SELECT n, 'run_1', zeroblob(4000), x'00' FROM numbers
"""


@pytest.fixture
def large(shell: Shell) -> Path:
    """A store of 24 MiB, which is copied in several steps."""
    assert shell("migrate").code == 0
    store = Path("lanewise.db")
    fill(store, a_record("run_1"))
    with sql(store) as connection:
        connection.execute(LARGE)
    return store


def test_a_copy_is_a_store(shell: Shell, large: Path) -> None:
    said = shell("backup", "copy.db")
    size = Path("copy.db").stat().st_size
    assert (said.code, said.err) == (0, "")
    assert said.out == f"Copied 'lanewise.db' to 'copy.db': {size:,} bytes, checked.\n"
    assert run_ids(Path("copy.db")) == ["run_1"]
    told = shell("backup", "second.db", "--json").json
    assert told == {"store": "lanewise.db", "copy": "second.db", "size_bytes": size}


def test_it_shows_how_far_it_is(shell: Shell, large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    assert shell("backup", "copy.db").code == 0
    assert "Copying, then checking" in screen.getvalue()
    assert "100%" in screen.getvalue()


def test_a_copy_in_steps_is_of_one_moment_though_rows_come_in_between(large: Path) -> None:
    steps: list[tuple[int, int]] = []

    def write(done: int, total: int) -> None:
        steps.append((done, total))
        fill(large, a_record(f"run_during_{len(steps)}"))

    copy_file(large, Path("copy.db"), write)
    assert len(steps) > 2
    assert [done for done, _ in steps] == sorted({done for done, _ in steps})  # it never began anew
    assert steps[-1][0] == steps[-1][1]
    assert run_ids(Path("copy.db")) == ["run_1"]


def test_it_overwrites_nothing(shell: Shell, large: Path) -> None:
    Path("copy.db").write_text("precious")
    said = shell("backup", "copy.db", "--json")
    assert (said.code, said.out) == (1, "")
    assert "'copy.db' exists and is not overwritten" in said.err
    assert Path("copy.db").read_text() == "precious"


def test_a_folder_that_is_not_there_is_named(shell: Shell, large: Path) -> None:
    said = shell("backup", "nowhere/copy.db")
    assert (said.code, said.out) == (1, "")
    assert "nowhere/copy.db" in said.err
