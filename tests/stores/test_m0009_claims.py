from __future__ import annotations

import hashlib

from lanewise.stores.address import Store
from lanewise.stores.migration_steps import STEPS
from stores.opening import sql


def test_the_store_says_which_release_is_the_oldest_that_runs_on_it(store: Store) -> None:
    with sql(store) as connection:
        assert connection.execute("SELECT revision FROM revisions WHERE name = 'runs_from'").fetchone() == (6,)
        assert connection.execute("SELECT COUNT(*) FROM claims").fetchone() == (0,)


def test_the_step_is_as_it_was_released() -> None:
    # It has run on somebody's store: what is to be different belongs in a step of its own.
    text = (STEPS / "versions" / "m0009_claims.py").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "7909cfd3d54c04291a7fe9ba5671b79d1a6a7293821d722321107fd34c831eb8"
