from __future__ import annotations

import hashlib

from lanewise.stores.address import Store
from lanewise.stores.migration_steps import STEPS
from stores.opening import sql


def test_the_counters_are_there_from_the_start(store: Store) -> None:
    with sql(store) as connection:
        counters = dict(connection.execute("SELECT name, revision FROM revisions").fetchall())
    assert {name: counters[name] for name in ("keys", "probe")} == {"keys": 0, "probe": 0}


def test_the_step_is_as_it_was_released() -> None:
    # It has run on somebody's store: what is to be different belongs in a step of its own.
    text = (STEPS / "versions" / "m0001_first_tables.py").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "1269f238b3eccd0fce8d59b6c34adb765366841653e981b24e9fad8a34007984"
