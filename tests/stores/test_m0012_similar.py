from __future__ import annotations

from pathlib import Path

from lanewise.core.clock import SystemClock
from lanewise.stores.migrate import migrate
from stores.older import store_of_revision
from stores.opening import sql


async def test_an_older_store_gets_empty_tables(tmp_path: Path) -> None:
    store = store_of_revision(tmp_path / "older.db", "0011")
    await migrate(store, SystemClock())
    with sql(store) as connection:
        for table in ("similar_questions", "similar_thresholds", "similar_audits", "similar_ends"):
            assert connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (0,)
        assert connection.execute("SELECT revision FROM revisions WHERE name = 'similar'").fetchone() == (0,)
