from __future__ import annotations

import hashlib
from pathlib import Path

from lanewise.core.clock import SystemClock
from lanewise.stores.migrate import migrate
from lanewise.stores.migration_steps import STEPS
from stores.older import store_of_revision
from stores.opening import sql


async def test_breakers_of_before_are_nobody_s_and_the_version_before_still_writes(tmp_path: Path) -> None:
    store = store_of_revision(tmp_path / "lanewise.db", "0009")
    write = "INSERT INTO breaker_events (at_us, lane, deployment, position) VALUES (?, 'standard', 'a/b', 'open')"
    with sql(store) as connection:
        connection.execute(write, (1,))
    await migrate(store, SystemClock())
    with sql(store) as connection:
        connection.execute(write, (2,))
        assert connection.execute("SELECT at_us, process FROM breaker_events").fetchall() == [(1, ""), (2, "")]
        assert connection.execute("SELECT COUNT(*) FROM processes").fetchone() == (0,)


def test_the_step_is_as_it_was_released() -> None:
    # It has run on somebody's store: what is to be different belongs in a step of its own.
    text = (STEPS / "versions" / "m0011_processes.py").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "4ecb68a9a100d957ecad2af24bd939241294220224e49411b5b4fcb136e7b09d"
