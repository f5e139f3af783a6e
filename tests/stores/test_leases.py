"""Books are opened with what the ledger says, kept while they count, and leases are renewed by the database's clock."""

from __future__ import annotations

import time

from lanewise.config.quantities import parse_cap_nanousd
from lanewise.core.caps import Cap, Terms
from lanewise.core.periods import ALL_TIME, span_at, span_before
from lanewise.stores.address import Store
from lanewise.stores.lease_figures import shared_caps
from leasing import ACME, CAP, TODAY, asks, book_of, leases, trade
from stores.opening import database_of, sql
from walking import SetClock

DAY_US = 86_400_000_000


async def test_a_book_is_opened_once_and_then_knows_better_than_the_ledger_unless_that_tells_of_more_than_it_can_know(
    store: Store,
) -> None:
    now_s = SetClock().now_s()
    yesterday = span_before("daily", TODAY)
    assert yesterday is not None
    async with database_of(store) as database:
        book = leases(database, "one")
        await book.seed({(ACME, TODAY.name): 300, (ACME, yesterday.name): 7, (ACME, "1999-01-01"): 9}, now_s)
        await trade(book, "a", need=CAP, least=1)
        await trade(book, "a", spent=200, held=60)
        await book.seed({(ACME, TODAY.name): 560}, now_s)
        assert book_of(store) == (500, 0), "60 are under way, and may be what the rows tell of"
        await book.seed({(ACME, TODAY.name): 561}, now_s)
    assert book_of(store) == (561, 0)
    assert book_of(store, period=yesterday.name) == (7, 0)
    assert book_of(store, period="1999-01-01") == (0, 0)


async def test_every_lease_is_renewed_by_whatever_its_process_trades(store: Store) -> None:
    async with database_of(store) as database:
        one = leases(database, "one", term_s=100.0)
        await trade(one, "a", need=10, least=1)
        await trade(one, "gone", need=10, least=1)
        await trade(one, "gone")
        with sql(store) as connection:
            connection.execute("UPDATE leases SET expires_us = expires_us - 50000000 WHERE amount > 0")
        before_us = time.time() * 1e6
        await one.trade([])
    with sql(store) as connection:
        expiries = dict(connection.execute("SELECT lease_id, expires_us FROM leases").fetchall())
    assert expiries["gone"] == 0
    assert expiries["a"] >= before_us + 90e6


async def test_what_counts_no_more_is_deleted_and_nothing_else(store: Store) -> None:
    now_s = time.time()
    today, month = span_at("daily", now_s), span_at("monthly", now_s)
    long_ago = span_at("daily", now_s - 5 * 86_400)
    monthly, whole = ACME._replace(period="monthly"), ACME._replace(period="total")
    async with database_of(store) as database:
        one, old = leases(database, "one"), leases(database, "old")
        await trade(one, "now", span=today, need=10, least=1)
        await trade(one, "long ago", span=long_ago)
        await trade(one, "month", tally=monthly, span=span_before("monthly", month))
        for name, book in (("idle", one), ("over", old)):
            await trade(book, name, tally=whole, span=ALL_TIME, spent=5)
        with sql(store) as connection:
            connection.execute("UPDATE leases SET begun_us = begun_us - ?", (3 * DAY_US,))
        await one.tidy()
    with sql(store) as connection:
        left = {name for (name,) in connection.execute("SELECT lease_id FROM leases")}
        books = {period for (period,) in connection.execute("SELECT period FROM budget_books")}
    assert left == {"now", "month", "idle"}
    assert len(books) == 3
    assert long_ago.name not in books


async def test_a_user_of_any_name_leaves_the_caps_of_others_alone(store: Store) -> None:
    odd = ACME._replace(scope="user", subject="a\0b")
    async with database_of(store) as database:
        asked = [asks("one/0", tally=odd, need=5, least=1), asks("one/1", need=5, least=1)]
        assert [each.ceiling for each in await leases(database, "one").trade(asked)] == [5, 5]
        assert set(await shared_caps(database)) == {(odd, TODAY.name), (ACME, TODAY.name)}


async def test_the_largest_cap_that_can_be_written_is_counted_to_its_end(store: Store) -> None:
    most = parse_cap_nanousd("$1,000,000,000")
    assert most is not None
    cap = Cap(scope="tenant", period="daily", amount=most, terms=Terms(roll_over=1.0))
    async with database_of(store) as database:
        one, other = leases(database, "one"), leases(database, "other")
        first = await trade(one, "l1", cap=cap, need=2 * most)
        assert first.ceiling == 2 * most  # yesterday's is carried over
        assert (await trade(other, "l2", cap=cap, need=1, least=1)).ceiling == 0
        last = await trade(one, "l1", cap=cap, spent=2 * most)
        assert (last.settled, last.ceiling) == (2 * most, 2 * most)
