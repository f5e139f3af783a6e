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


async def test_rows_of_the_version_before_have_no_fees_and_hold_nothing(older_store: Path) -> None:
    await migrate(older_store, SystemClock())
    write_as_before(older_store, "run_later")
    assert run_ids(older_store) == ["run_later"]
    with sql(older_store) as connection:
        told = connection.execute("SELECT cost_tools, held_tokens, held_thinking_tokens FROM runs").fetchall()
        assert told == [(0, 0, 0)]


def test_the_step_is_as_it_was_released() -> None:
    # It has run on somebody's store: what is to be different belongs in a step of its own.
    text = (STEPS / "versions" / "m0013_cost_parts.py").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "ac86fe4d1bb3cddb5a1a25cf8831695572831f8b00c0e75424dcbbca61ecd1db"
