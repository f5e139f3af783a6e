from __future__ import annotations

import hashlib
from pathlib import Path

from lanewise.core.clock import SystemClock
from lanewise.stores.migrate import migrate
from lanewise.stores.migration_steps import STEPS
from stores.opening import run_ids, sql
from stores.test_m0005_verdicts import write_as_before
from stores.test_m0006_kept_answers import older_store as older_store  # noqa: PLC0414 - a fixture


async def test_an_older_store_gets_an_empty_table_and_the_version_before_still_writes(older_store: Path) -> None:
    await migrate(older_store, SystemClock())
    write_as_before(older_store, "run_later")
    assert run_ids(older_store) == ["run_later"]
    with sql(older_store) as connection:
        assert connection.execute("SELECT COUNT(*) FROM cached_answers").fetchone() == (0,)
        assert connection.execute("SELECT recalled, saved_nanousd FROM runs").fetchone() == ("", 0)
        assert connection.execute("SELECT revision FROM revisions WHERE name = 'cache'").fetchone() == (0,)


def test_the_step_is_as_it_was_released() -> None:
    # It has run on somebody's store: what is to be different belongs in a step of its own.
    text = (STEPS / "versions" / "m0008_cached_answers.py").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "d79213233e094367a0db695356d667d94ee93500fc19e0a7319f44aa7262290d"
