from __future__ import annotations

import hashlib
from pathlib import Path

from lanewise.core.clock import SystemClock
from lanewise.stores.migrate import migrate
from lanewise.stores.migration_steps import STEPS
from stores.opening import run_ids, sql
from stores.test_m0002_breaker_events import write_as_before
from stores.test_m0006_kept_answers import older_store

__all__ = ["older_store"]


async def test_an_older_store_gets_what_budgets_stand_on_and_the_version_before_still_writes(older_store: Path) -> None:
    await migrate(older_store, SystemClock())
    write_as_before(older_store, "run_later")
    assert run_ids(older_store) == ["run_later"]
    with sql(older_store) as connection:
        assert connection.execute("SELECT held_nanousd, process FROM runs").fetchall() == [(0, "")]
        assert connection.execute("SELECT revision FROM revisions WHERE name = 'spending'").fetchone() == (-1,)
        for table in ("spending", "budget_events", "budget_books", "leases"):
            assert connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (0,)


def test_the_step_is_as_it_was_released() -> None:
    # It has run on somebody's store: what is to be different belongs in a step of its own.
    text = (STEPS / "versions" / "m0007_budgets.py").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "b5cdc62e4458f7c343ce73f8c1adcee116de5db9ea44618204853b863592709d"
