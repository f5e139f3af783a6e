from __future__ import annotations

import dataclasses
import datetime as dt

import msgspec
import pytest

from lanewise.core.bounds import Bound, Known
from lanewise.core.clock import SystemClock
from lanewise.core.errors import InvalidKey, InvalidRequest, NotAllowed
from lanewise.core.policy import TenantPolicy
from lanewise.operations.keys import KeyDesk, Wanted, spec_of
from lanewise.stores.address import Store
from lanewise.stores.key_ring import KeyRing
from lanewise.stores.keys import KeyStore
from stores.opening import database_of
from walking import lane, policy


async def test_in_a_gateway_a_key_counts_when_the_call_returns_and_is_dead_when_it_was_revoked(store: Store) -> None:
    async with database_of(store) as database:
        ring = KeyRing(database, SystemClock())
        desk = KeyDesk(KeyStore(database, SystemClock()), changed=ring.refresh)
        (made,) = await desk.create(Wanted(tenant="acme", name="web"))
        assert ring.caller(made["key"]).tenant == "acme"
        assert await desk.revoke(made["key_id"])
        with pytest.raises(InvalidKey):
            ring.caller(made["key"])
        assert not await desk.revoke(made["key_id"])


async def test_a_list_is_json_without_secrets(store: Store) -> None:
    async with database_of(store) as database:
        desk = KeyDesk(KeyStore(database, SystemClock()))
        ends = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
        (made,) = await desk.create(Wanted(tenant="acme", name="web", read_only=True, expires=ends))
        await desk.create(Wanted(tenant="other"), count=3)
        (listed,) = await desk.list(tenant="acme")
        assert len(await desk.list()) == 4
    assert made["key"] not in msgspec.json.encode(listed).decode()
    assert listed == {name: value for name, value in made.items() if name != "key"}
    assert listed["expires"] == "2027-01-01T00:00:00+00:00"


async def test_an_end_without_a_time_zone_is_refused_with_what_to_write(store: Store) -> None:
    async with database_of(store) as database:
        desk = KeyDesk(KeyStore(database, SystemClock()))
        with pytest.raises(InvalidRequest, match="has no time zone; write for example 2027-01-01T00:00:00Z"):
            await desk.create(Wanted(tenant="acme", expires=dt.datetime(2027, 1, 1)))  # noqa: DTZ001 - the mistake


def test_a_key_is_for_users_lanes_and_plans_that_the_policy_in_force_knows() -> None:
    known = Known(tenant="acme", users=frozenset({"anna"}))
    acme = TenantPolicy(name="acme", daily_cap_nanousd=None, known=known)
    of = policy(lane("small", "alpha/small"), tenant=acme)
    assert spec_of(Wanted(tenant="acme", user="anna", lanes=["small", "small"]), of).scope.lanes == ("small",)
    with pytest.raises(NotAllowed, match="The tenant 'acme' has no user 'bob'"):
        spec_of(Wanted(tenant="acme", user="bob"), of)
    with pytest.raises(InvalidRequest, match="no 'large'; write one of small"):
        spec_of(Wanted(tenant="acme", lanes=["large"]), of)
    with pytest.raises(InvalidRequest, match="no 'pro'; write none, or add it to `plans` first"):
        spec_of(Wanted(tenant="acme", plan="pro"), of)
    basic = dataclasses.replace(of, plans={"basic": Bound(whose="plan 'basic'")})
    assert spec_of(Wanted(tenant="acme", plan="basic"), basic).scope.plan == "basic"
    with pytest.raises(InvalidRequest, match="no 'pro'; write one of basic"):
        spec_of(Wanted(tenant="acme", plan="pro"), basic)
    assert spec_of(Wanted(tenant="globex", user="bob"), of).scope.user == "bob"
