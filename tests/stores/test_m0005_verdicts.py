from __future__ import annotations

from pathlib import Path

import pytest

from lanewise.core.clock import SystemClock
from lanewise.stores.ledger_rows import run_row
from lanewise.stores.migrate import migrate
from lanewise.stores.records import Records
from lanewise.stores.schema import runs
from stores.older import store_of_revision
from stores.opening import database_of, sql
from stores.samples import a_record

NEW = (
    *("verdict_kind", "escalated", "attempts", "cache_saved", "recalled", "saved_nanousd", "held_nanousd", "process"),
    *("cost_tools", "held_tokens", "held_thinking_tokens"),
)


def write_as_before(store: Path, run_id: str) -> None:
    """Write a run with the columns that the version before knew."""
    columns = [column.name for column in runs.columns if column.name not in NEW]
    row = dict(zip(runs.columns.keys(), run_row(a_record(run_id)), strict=True))
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    with sql(store) as connection:
        connection.execute(f"INSERT INTO runs ({names}) VALUES ({marks})", [row[name] for name in columns])


@pytest.fixture
def older_store(tmp_path: Path) -> Path:
    """A store as the version before made it, with a run that it wrote."""
    store = store_of_revision(tmp_path / "older.db", "0002")
    write_as_before(store, "run_old")
    return store


async def test_runs_of_the_version_before_were_not_climbed_and_the_version_before_still_writes(
    older_store: Path,
) -> None:
    await migrate(older_store, SystemClock())
    write_as_before(older_store, "run_beside")
    async with database_of(older_store) as database:
        for run_id in ("run_old", "run_beside"):
            stored = await Records(database).run(run_id)
            assert stored is not None
            assert (stored.record.verdict_kind, stored.record.escalated, stored.record.attempts) == ("", False, 1)
