from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from lanewise.core.clock import SystemClock
from lanewise.core.errors import InvalidKey, StoreError
from lanewise.core.request import Caller
from lanewise.core.scope import KeyScope
from lanewise.stores.address import Store
from lanewise.stores.key_ring import POLL_S, KeyRing
from lanewise.stores.keys import KeySpec, KeyStore
from stores.opening import database_of, spelled, sql
from walking import SetClock

MAKE_A_KEY = """
import asyncio, sys
from lanewise.core.clock import SystemClock
from lanewise.stores.address import store_at
from lanewise.stores.database import open_database
from lanewise.stores.keys import KeySpec, KeyStore

async def main():
    database = await open_database(store_at(sys.argv[1]))
    (made,) = await KeyStore(database, SystemClock()).create(KeySpec(tenant="acme"))
    print(made.key)
    await database.close()

asyncio.run(main())
"""


async def test_a_key_says_who_is_asking(store: Store) -> None:
    async with database_of(store) as database:
        (made,) = await KeyStore(database, SystemClock()).create(KeySpec(tenant="acme", admin=True))
        ring = KeyRing(database, SystemClock())
        await ring.refresh()
        assert ring.caller(made.key) == Caller(tenant="acme", key_id=made.stored.key_id, admin=True)


async def test_a_secret_before_the_last_rotation_is_good_until_its_time_and_never_longer_than_the_key(
    store: Store,
) -> None:
    clock = SetClock(1_790_000_000.0)
    async with database_of(store) as database:
        keys = KeyStore(database, clock)
        (made,) = await keys.create(KeySpec(tenant="acme", expires_us=1_790_000_090_000_000))
        rotated = await keys.rotate(made.stored.key_id, 60_000_000)
        assert rotated is not None
        ring = KeyRing(database, clock)
        await ring.refresh()
        assert ring.caller(made.key) == ring.caller(rotated.key)
        clock.time_s += 60
        assert (known(ring, made.key), known(ring, rotated.key)) == (False, True)
        again = await keys.rotate(made.stored.key_id, 3_600_000_000)
        assert again is not None
        await ring.refresh()
        clock.time_s += 30
        assert not any(known(ring, each.key) for each in (made, rotated, again))


async def test_a_key_whose_scope_a_newer_version_wrote_opens_nothing(store: Store) -> None:
    async with database_of(store) as database:
        (made,) = await KeyStore(database, SystemClock()).create(KeySpec(tenant="acme", scope=KeyScope(user="anna")))
        ring = KeyRing(database, SystemClock())
        await ring.refresh()
        assert ring.caller(made.key).user == "anna"
        with sql(store) as connection:
            connection.execute("""UPDATE keys SET scope = '{"user": "anna", "only_on": "monday"}'""")
            connection.execute("UPDATE revisions SET revision = revision + 1 WHERE name = 'keys'")
        await ring.refresh()
        assert not known(ring, made.key)


async def test_unknown_revoked_and_expired_keys_are_refused_with_the_same_words(store: Store) -> None:
    clock = SetClock(1_790_000_000.0)
    async with database_of(store) as database:
        keys = KeyStore(database, clock)
        (revoked,) = await keys.create(KeySpec(tenant="acme"))
        (expiring,) = await keys.create(KeySpec(tenant="acme", expires_us=1_790_000_060_000_000))
        await keys.revoke(revoked.stored.key_id)
        ring = KeyRing(database, clock)
        await ring.refresh()
        clock.time_s = 1_790_000_059.999
        assert ring.caller(expiring.key).tenant == "acme"
        clock.time_s = 1_790_000_060.0
        said = set()
        for token in (revoked.key, expiring.key, "lw_" + "0" * 43, "", "x" * 100_000, "\ud800"):
            with pytest.raises(InvalidKey) as refused:
                ring.caller(token)
            said.add(refused.value.message)
        assert said == {
            "This key is not valid: it is unknown, revoked or expired. Make one with 'lanewise keys create'"
        }


async def test_keys_of_the_environment_are_there_beside_those_of_the_store(store: Store) -> None:
    admin = Caller(tenant="admin", key_id="environment", admin=True)
    async with database_of(store) as database:
        ring = KeyRing(database, SystemClock(), fixed={"s3cret": admin})
        assert ring.caller("s3cret") is admin
        await ring.refresh()
        assert ring.caller("s3cret") is admin


async def test_a_key_made_or_revoked_by_another_process_is_noticed_by_itself(store: Store) -> None:
    async with database_of(store) as database:
        ring = KeyRing(database, SystemClock(), poll_s=0.01)
        await ring.start()
        made = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", MAKE_A_KEY, spelled(store)],
            capture_output=True,
            check=True,
            text=True,
        )
        key = made.stdout.strip()
        while not known(ring, key):
            await asyncio.sleep(0.001)
        with sql(store) as other:
            other.execute("UPDATE keys SET revoked_us = 1")
            other.execute("UPDATE revisions SET revision = revision + 1 WHERE name = 'keys'")
        while known(ring, key):
            await asyncio.sleep(0.001)
        await ring.close()


def test_twice_the_poll_is_at_most_a_second() -> None:
    assert 2 * POLL_S <= 1.0


async def test_keys_are_read_again_only_when_something_changed(store: Store) -> None:
    async with database_of(store) as database:
        (made,) = await KeyStore(database, SystemClock()).create(KeySpec(tenant="acme"))
        ring = KeyRing(database, SystemClock())
        await ring.refresh()
        with sql(store) as other:  # no revision is counted up, so nothing may have been read
            other.execute("DELETE FROM keys")
        await ring.refresh()
        assert known(ring, made.key)


async def test_while_the_store_does_not_answer_known_keys_keep_their_force_and_then_it_follows_again(
    store: Store,
) -> None:
    async with database_of(store) as database:
        (made,) = await KeyStore(database, SystemClock()).create(KeySpec(tenant="acme"))
        ring = KeyRing(database, SystemClock(), poll_s=0.001)
        await ring.start()
        with sql(store) as other:
            other.execute("ALTER TABLE revisions RENAME TO lost")
            with pytest.raises(StoreError):
                await ring.refresh()
            await asyncio.sleep(0.02)  # some polls fail meanwhile
            assert known(ring, made.key)
            other.execute("ALTER TABLE lost RENAME TO revisions")
        await KeyStore(database, SystemClock()).revoke(made.stored.key_id)
        while known(ring, made.key):
            await asyncio.sleep(0.001)
        await ring.close()


def known(ring: KeyRing, key: str) -> bool:
    try:
        ring.caller(key)
    except InvalidKey:
        return False
    return True
