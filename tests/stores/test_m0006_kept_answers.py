from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from lanewise.core.clock import SystemClock
from lanewise.stores.migrate import migrate
from lanewise.stores.migration_steps import STEPS
from stores.older import store_of_revision
from stores.opening import run_ids, sql
from stores.test_m0002_breaker_events import write_as_before


@pytest.fixture
def older_store(tmp_path: Path) -> Path:
    """A store as a version made it that knew no kept answers."""
    return store_of_revision(tmp_path / "older.db", "0002")


async def test_an_older_store_gets_an_empty_table_and_the_version_before_still_writes(older_store: Path) -> None:
    await migrate(older_store, SystemClock())
    write_as_before(older_store, "run_later")
    assert run_ids(older_store) == ["run_later"]
    with sql(older_store) as connection:
        assert connection.execute("SELECT COUNT(*) FROM kept_answers").fetchone() == (0,)


def test_the_step_is_as_it_was_released() -> None:
    # It has run on somebody's store: what is to be different belongs in a step of its own.
    text = (STEPS / "versions" / "m0006_kept_answers.py").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "7fccefb936d607cb37e7f2293628144365815ee6ae9d2174d32faf4853895130"
