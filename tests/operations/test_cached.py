from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from lanewise.operations.cached import TenantCache, cache_stats, forget_cached
from lanewise.stores.address import Store
from lanewise.stores.cache_rows import CacheRows
from stores.opening import database_of, fill
from stores.samples import START_US, a_record
from stores.test_cache_rows import a_row


@pytest.fixture
def filled(store: Store) -> Store:
    given = msgspec.structs.replace(a_record("run_2"), recalled="exact", saved_nanousd=300)
    fill(
        store,
        a_record("run_1"),
        given,
        a_record("run_old", started_us=START_US - 1),
        a_record("run_3", tenant="globex"),
    )
    return store


async def test_what_is_kept_and_what_it_saved_by_tenant(filled: Path) -> None:
    async with database_of(filled) as database:
        await CacheRows(database).write([a_row(b"a"), a_row(b"b"), a_row(b"c", tenant="initech")], 0)
        found = await cache_stats(database, since_us=START_US)
        mine = await cache_stats(database, tenant="acme")
    assert found == (
        TenantCache(tenant="acme", answers=2, bytes=6, runs=2, given_again=1, saved_nanousd=300),
        TenantCache(tenant="globex", answers=0, bytes=0, runs=1, given_again=0, saved_nanousd=0),
        TenantCache(tenant="initech", answers=1, bytes=3, runs=0, given_again=0, saved_nanousd=0),
    )
    assert [(each.tenant, each.runs) for each in mine] == [("acme", 3)]


@pytest.mark.parametrize(
    ("which", "left"),
    [
        ({"tenant": "acme"}, {b"c"}),
        ({"run_id": "run_a"}, {b"b", b"c"}),
        ({}, set()),
        ({"tenant": "x"}, {b"a", b"b", b"c"}),
    ],
)
async def test_some_or_all_are_forgotten_and_every_process_is_told(
    which: dict[str, Any], left: set[bytes], store: Store
) -> None:
    async with database_of(store) as database:
        rows = CacheRows(database)
        await rows.write([a_row(b"a"), a_row(b"b"), a_row(b"c", tenant="globex")], 0)
        assert await forget_cached(database, **which) == 3 - len(left)
        changes = await rows.changes(0, 0, 0)
    assert (changes.whole, set(changes.ends_us)) == (True, left)
