from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from lanewise.core.clock import SystemClock
from lanewise.core.errors import StoreError
from lanewise.stores.address import Store
from lanewise.stores.migrate import check_postgres, migrate
from lanewise.stores.migration_steps import STEPS, Steps
from stores.opening import ON_POSTGRES, run_ids, sql
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


@ON_POSTGRES
async def test_a_release_that_knows_no_scopes_does_not_start_on_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would take a key of one user for its whole tenant's."""
    folder = tmp_path / "steps"
    shutil.copytree(STEPS, folder)
    for step in (folder / "versions").glob("m*.py"):
        if step.name > "m0007":
            step.unlink()
    monkeypatch.setattr("lanewise.stores.migrate.HEAD", "0006")
    monkeypatch.setattr("lanewise.stores.migrate.Steps", lambda: Steps(folder))
    with pytest.raises(StoreError, match="this Lanewise knows only up to"):
        check_postgres(store)  # type: ignore[arg-type]  # it is one


def test_the_step_is_as_it_was_released() -> None:
    # It has run on somebody's store: what is to be different belongs in a step of its own.
    text = (STEPS / "versions" / "m0013_cost_parts.py").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "e6bd059cd25647b22d93536edc9ccaca76db84c38675c8b8cf87a32850d02f39"
