from __future__ import annotations

import hashlib
from pathlib import Path

from lanewise.core.clock import SystemClock
from lanewise.stores.migrate import migrate
from lanewise.stores.migration_steps import STEPS
from stores.older import store_of_revision
from stores.opening import sql


async def test_a_store_of_the_version_before_gets_both_tables_and_keeps_the_others(tmp_path: Path) -> None:
    store = store_of_revision(tmp_path / "older.db", "0002")
    with sql(store) as opened:
        opened.execute("INSERT INTO breaker_events VALUES (1, 'standard', 'a/b', 'open')")

    done = await migrate(store, SystemClock())
    assert done.before == "0002"
    with sql(store) as opened:
        assert opened.execute("SELECT COUNT(*) FROM breaker_events").fetchone() == (1,)
        assert opened.execute("SELECT COUNT(*) FROM responses").fetchone() == (0,)
        assert opened.execute("SELECT COUNT(*) FROM response_items").fetchone() == (0,)


def test_the_step_is_as_it_was_released() -> None:
    # It has run on somebody's store: what is to be different belongs in a step of its own.
    text = (STEPS / "versions" / "m0003_responses.py").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "388a7b71eb2ca54d846452dbccb1dcc8019fd1e95bbc34e3e08800bbdb195753"
