from __future__ import annotations

import hashlib
from pathlib import Path

from lanewise.core.clock import SystemClock
from lanewise.stores.migrate import migrate
from lanewise.stores.migration_steps import STEPS
from lanewise.stores.similar_rows import SimilarRows, Told
from stores.older import store_of_revision
from stores.opening import database_of, sql

AUDIT = (
    "INSERT INTO similar_audits (run_id, given_run_id, tenant, threshold_id, correct, told_by, at_us) "
    "VALUES (?, 'run', 'acme', 't', 1, 'words', 1)"
)


async def test_audits_of_the_version_before_and_beside_it_count_and_no_bound_is_fitted_to_them(tmp_path: Path) -> None:
    store = store_of_revision(tmp_path / "older.db", "0014")
    with sql(store) as connection:
        connection.execute(AUDIT, ("before",))
        await migrate(store, SystemClock())
        connection.execute(AUDIT, ("beside",))
    async with database_of(store) as database:
        rows = SimilarRows(database)
        assert (await rows.known()).told == {("acme", "t"): Told(right=2)}
        assert await rows.audits_of("acme", "t") == [(b"", 0.0, 1, 0.0)] * 2  # a share of 0: nobody knows


def test_the_step_is_as_it_was_released() -> None:
    # It has run on somebody's store: what is to be different belongs in a step of its own.
    text = (STEPS / "versions" / "m0015_audited_pairs.py").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "143d1401c8bce26908ba8efa98aa1409a7ce7d96cbd9b27bc73af8474b67cf50"
