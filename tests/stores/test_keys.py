from __future__ import annotations

import pytest

from lanewise.core.clock import SystemClock
from lanewise.core.errors import InvalidRequest
from lanewise.stores.address import Store
from lanewise.stores.key_text import digest_of
from lanewise.stores.keys import KeySpec, KeyStore
from stores.opening import database_of, everything, sql
from walking import SetClock


async def test_a_key_is_kept_only_as_its_digest(store: Store) -> None:
    async with database_of(store) as database:
        (made,) = await KeyStore(database, SystemClock()).create(
            KeySpec(tenant="acme", name="web", admin=True, expires_us=7)
        )
        with sql(store) as connection:
            row = connection.execute("SELECT digest, tenant, name, admin, expires_us, revoked_us FROM keys").fetchone()
    assert row == (digest_of(made.key), "acme", "web", 1, 7, None)
    assert made.key.encode() not in everything(store)
    assert made.key not in repr(made.stored)


async def test_many_keys_are_made_at_once_and_listed_oldest_first(store: Store) -> None:
    clock = SetClock(1_790_000_000.0)
    async with database_of(store) as database:
        keys = KeyStore(database, clock)
        made = await keys.create(KeySpec(tenant="acme"), count=1000)
        clock.time_s += 1
        (later,) = await keys.create(KeySpec(tenant="other"))
        assert len({new.key for new in made}) == 1000
        listed = await keys.list()
        assert len(listed) == 1001
        assert listed[-1] == later.stored
        assert await keys.list("other") == [later.stored]
        assert listed[0].created_us == 1_790_000_000_000_000


async def test_a_key_is_revoked_once(store: Store) -> None:
    clock = SetClock(1_790_000_000.0)
    async with database_of(store) as database:
        keys = KeyStore(database, clock)
        (made,) = await keys.create(KeySpec(tenant="acme"))
        assert await keys.revoke(made.stored.key_id)
        clock.time_s += 60
        assert not await keys.revoke(made.stored.key_id)
        assert not await keys.revoke("key_unknown")
        (listed,) = await keys.list()
        assert listed.revoked_us == 1_790_000_000_000_000


async def test_no_more_keys_than_a_process_can_hold_are_in_force(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lanewise.stores.keys.MOST_LIVE_KEYS", 3)
    clock = SetClock(1_790_000_000.0)
    async with database_of(store) as database:
        keys = KeyStore(database, clock)
        (first, *_) = await keys.create(KeySpec(tenant="acme", expires_us=1_790_000_060_000_000), 3)
        with pytest.raises(InvalidRequest, match="3 keys are in force, and 3 are the most"):
            await keys.create(KeySpec(tenant="acme"))
        await keys.revoke(first.stored.key_id)
        await keys.create(KeySpec(tenant="acme"))
        clock.time_s += 60
        await keys.create(KeySpec(tenant="acme"), 2)


async def test_each_change_counts_the_revision_up_and_nothing_else_does(store: Store) -> None:
    async with database_of(store) as database:
        keys = KeyStore(database, SystemClock())
        (made,) = await keys.create(KeySpec(tenant="acme"))
        await keys.list()
        await keys.revoke("key_unknown")
        await keys.revoke(made.stored.key_id)
    with sql(store) as connection:
        assert connection.execute("SELECT revision FROM revisions WHERE name = 'keys'").fetchone() == (2,)
