from __future__ import annotations

from lanewise.core.periods import ALL_TIME
from lanewise.stores.address import Store
from lanewise.stores.lease_figures import SharedCap, shared_caps
from leasing import ACME, CAP, TODAY, expire, leases, trade
from stores.opening import database_of


async def test_it_tells_what_all_processes_have_spent_set_aside_and_hold(store: Store) -> None:
    globex = ACME._replace(tenant="glo/bex", period="total")
    async with database_of(store) as database:
        dead, one, two = (leases(database, name) for name in ("dead", "one", "two"))
        await trade(dead, "d", need=50, least=1)
        expire(store, "dead")
        for name, book in (("o", one), ("t", two)):
            await trade(book, name, need=200, least=1)
            await trade(book, name, spent=100, held=40, keep=10)
        await trade(one, "other", tally=globex, span=ALL_TIME, spent=7)
        assert await shared_caps(database) == {
            (ACME, TODAY.name): SharedCap(settled=250, unaccounted=50, held=80, idle=20),
            (globex, "total"): SharedCap(settled=7, unaccounted=0, held=0, idle=0),
        }
    assert CAP > 250


async def test_where_nobody_leases_there_is_nothing_to_tell(store: Store) -> None:
    async with database_of(store) as database:
        assert await shared_caps(database) == {}
