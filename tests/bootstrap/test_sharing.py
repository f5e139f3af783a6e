"""Who else is there: keys that one process changes are read by the others, and what is logged of Redis."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from lanewise.bootstrap.sharing import Neighbours, limiter_of
from lanewise.core.clock import SystemClock
from lanewise.core.errors import InvalidKey, StoreError
from lanewise.core.limiting import Sharing
from lanewise.stores.address import store_at
from lanewise.stores.database import open_database
from lanewise.stores.key_ring import KeyRing
from lanewise.stores.keys import KeySpec, KeyStore
from limiting import comes_in, entrant, tenant
from patience import PATIENCE_S
from redis_server import new_prefix


async def test_without_redis_a_process_asks_nobody() -> None:
    async with AsyncExitStack() as stack:
        _, limiter = await limiter_of(stack, SystemClock(), None, None)  # type: ignore[arg-type]  # no ring is asked
        assert not limiter.state().hot.shared


async def test_a_key_that_one_process_revokes_is_dead_in_another_long_before_that_would_look_by_itself(
    redis: str, sqlite_store: Path
) -> None:
    clock, sharing = SystemClock(), Sharing(url=redis, prefix=new_prefix(), timeout_s=2.0)
    database = await open_database(store_at(str(sqlite_store)))
    try:
        async with AsyncExitStack() as stack:
            rings = [KeyRing(database, clock, poll_s=3_600.0) for _ in range(2)]
            here, there = [await limiter_of(stack, clock, ring, sharing) for ring in rings]
            keys = KeyStore(database, clock)
            (made,) = await keys.create(KeySpec(tenant="acme"))
            for ring in rings:
                await ring.refresh()
            assert rings[1].caller(made.key).tenant == "acme"
            await keys.revoke(made.stored.key_id)
            await here[0].refresh()
            assert await comes_in(there[1], entrant(tenant(rate=60)))
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    try:
                        rings[1].caller(made.key)
                    except InvalidKey:
                        break
                    await asyncio.sleep(0.01)
    finally:
        await database.close()


async def test_redis_going_and_coming_is_logged() -> None:
    class BrokenRing:
        async def refresh(self) -> None:
            raise StoreError("the store is away")

    neighbours = Neighbours(BrokenRing(), None)  # type: ignore[arg-type]  # a ring whose store is away
    with capture_logs() as logs:
        neighbours.alone(alone=True, processes=3, cause="WRONGPASS")
        neighbours.alone(alone=False, processes=3, cause="")
        neighbours.keys_changed()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert [entry["log_level"] for entry in logs] == ["error", "warning", "warning"]
    assert logs[0]["cause"] == "WRONGPASS"
    with pytest.raises(StoreError):
        await neighbours.refresh()
