from __future__ import annotations

import hashlib
from pathlib import Path

from lanewise.core.clock import SystemClock
from lanewise.stores.later_verdicts import LaterVerdict, LaterVerdicts
from lanewise.stores.migrate import migrate
from lanewise.stores.migration_steps import STEPS
from stores.older import store_of_revision
from stores.opening import database_of, fill, sql
from stores.samples import a_record

WAITS = (
    "INSERT INTO later_verdicts VALUES ('run_1', 1, 'webhook', 'acme', '', 'awaited', 'proof', NULL, 'msg_1', '', '')"
)


async def test_what_waits_since_the_version_before_is_still_found_by_its_name(tmp_path: Path) -> None:
    store = store_of_revision(tmp_path / "older.db", "0013")
    with sql(store) as connection:
        connection.execute(WAITS)
    await migrate(store, SystemClock())
    fill(store, a_record("run_1"))
    async with database_of(store) as database:
        updated = await LaterVerdicts(database, SystemClock()).take(LaterVerdict(word="accept", name="msg_1"))
    assert updated is not None
    assert (updated.run_id, updated.verdict, updated.verdict_kind) == ("run_1", "accept", "proof")


def test_the_step_is_as_it_was_released() -> None:
    # It has run on somebody's store: what is to be different belongs in a step of its own.
    text = (STEPS / "versions" / "m0014_verdict_names.py").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "e54611f9cbb3ed8985827fb870f2ff778437b9be111359c8d4fed8aa7a4cac25"
