from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from lanewise.core.clock import SystemClock
from lanewise.stores.ledger_rows import run_row
from lanewise.stores.migrate import migrate
from lanewise.stores.migration_steps import STEPS
from lanewise.stores.records import Records
from lanewise.stores.schema import runs
from stores.older import store_of_revision
from stores.opening import database_of, sql
from stores.samples import a_record


@pytest.fixture
def older_store(tmp_path: Path) -> Path:
    """A store as the version before made it, with a run that it wrote."""
    store = store_of_revision(tmp_path / "older.db", "0001")
    write_as_before(store, "run_old")
    return store


def write_as_before(store: Path, run_id: str) -> None:
    """Write a run with the columns that the version before knew."""
    columns = [
        column.name
        for column in runs.columns
        if column.name
        not in (
            "waited_us",
            "verdict_kind",
            "escalated",
            "attempts",
            "cache_saved",
            "recalled",
            "saved_nanousd",
            "held_nanousd",
            "process",
            "cost_tools",
            "held_tokens",
            "held_thinking_tokens",
        )
    ]
    row = dict(zip(runs.columns.keys(), run_row(a_record(run_id)), strict=True))
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    with sql(store) as connection:
        connection.execute(f"INSERT INTO runs ({names}) VALUES ({marks})", [row[name] for name in columns])


async def test_runs_of_the_version_before_waited_for_nothing(older_store: Path) -> None:
    done = await migrate(older_store, SystemClock())
    assert (done.before, done.copy is not None) == ("0001", True)
    async with database_of(older_store) as database:
        found = await Records(database).run("run_old")
    assert found is not None
    assert found.record.waited_us == 0


async def test_the_version_before_can_still_write_to_a_migrated_store(older_store: Path) -> None:
    await migrate(older_store, SystemClock())
    write_as_before(older_store, "run_later")
    with sql(older_store) as connection:
        assert connection.execute("SELECT waited_us FROM runs").fetchall() == [(0,), (0,)]


def test_the_step_is_as_it_was_released() -> None:
    # It has run on somebody's store: what is to be different belongs in a step of its own.
    text = (STEPS / "versions" / "m0002_breaker_events.py").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "9f87fc6e766307e82bc13e03ae55754b43d1e472dfe1741fbbed1a3625c4a17e"
