"""A process that is gone leaves its lease: what of it no row tells is counted, and it may come back and say better."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from lanewise.core.caps import Cap, Tally
from lanewise.core.periods import ALL_TIME, Span, span_at
from lanewise.core.record import RunRecord
from lanewise.stores.address import Store
from leasing import ACME, CAP, TODAY, book_of, expire, leased_of, leases, trade
from stores.opening import database_of, fill
from stores.samples import START_US, a_record


def row(name: str, cost: int, process: str = "dead", **changes: Any) -> RunRecord:
    return a_record(name, started_us=START_US, cost_nanousd=cost, process=process, **changes)


async def test_what_no_row_tells_of_a_dead_process_s_lease_is_counted_as_unaccounted(store: Store) -> None:
    async with database_of(store) as database:
        dead, alive = leases(database, "dead"), leases(database, "alive")
        await trade(dead, "d", need=600, least=1)
        await trade(dead, "d", spent=100, held=50, keep=250)
        fill(store, row("a", 100), row("b", 80), row("of another", 500, process="other"))
        expire(store, "dead")
        with capture_logs() as said:
            granted = await trade(alive, "a", need=CAP, least=1)
    assert book_of(store) == (100 + 300, 300 - 80)
    assert granted.ceiling == CAP - 400
    assert leased_of(store) == {"d": 0, "a": CAP - 400}
    assert [(each["process"], each["leases"]) for each in said] == [("dead", 1)]


async def test_a_lease_is_left_alone_for_a_while_after_it_has_expired(store: Store) -> None:
    async with database_of(store) as database:
        slow, other = leases(database, "slow", term_s=0.0), leases(database, "other", term_s=7_200.0)
        await trade(slow, "s", need=CAP, least=1)
        assert (await trade(other, "o", need=1, least=1)).ceiling == 0
        assert book_of(store) == (0, 0)


async def test_only_who_does_not_renew_loses_its_leases(store: Store) -> None:
    async with database_of(store) as database:
        late = leases(database, "late")
        await trade(late, "l", need=CAP, least=1)
        expire(store, "late")
        await late.trade([])
        assert (await trade(leases(database, "other"), "o", need=1, least=1)).ceiling == 0
    assert leased_of(store)["l"] == CAP


async def test_a_process_that_was_only_paused_says_what_it_really_spent_and_the_rest_is_free(store: Store) -> None:
    async with database_of(store) as database:
        paused, other = leases(database, "paused"), leases(database, "other")
        await trade(paused, "p", need=600, least=1)
        await trade(paused, "p", spent=100, held=300)
        fill(store, row("a", 150, process="paused"))
        expire(store, "paused")
        await trade(other, "o", need=CAP, least=1)
        assert book_of(store) == (400, 400 - 150)

        back = await trade(paused, "p", spent=250, held=50)

        assert book_of(store) == (250, 0)
        assert back.ceiling == 300
        assert (await trade(other, "o", keep=600, need=CAP, least=1)).ceiling == CAP - 300


async def test_what_was_billed_beyond_the_lease_counts_where_rows_tell_it(store: Store) -> None:
    async with database_of(store) as database:
        await trade(leases(database, "dead"), "d", need=100, least=1)
        fill(store, row("a", 170))
        expire(store, "dead")
        await leases(database, "alive").trade([])
    assert book_of(store) == (170, 0)


async def test_what_a_process_had_spent_before_the_cap_was_there_or_its_old_leases_were_deleted_counts_once(
    store: Store,
) -> None:
    fill(store, row("before", 300))
    async with database_of(store) as database:
        dead, alive = leases(database, "dead"), leases(database, "alive")
        await dead.seed({(ACME, TODAY.name): 300}, START_US / 1e6)
        await trade(dead, "d", need=100, least=1)
        expire(store, "dead", ago_s=30.0)
        await alive.trade([])
    assert book_of(store) == (400, 100)


@pytest.mark.parametrize(
    ("tally", "span"),
    [
        (Tally("user", "acme", "a/n n", "tokens", "total"), ALL_TIME),
        (ACME._replace(period="weekly"), span_at("weekly", START_US / 1e6)),
    ],
)
async def test_rows_are_counted_for_whoever_the_lease_was(store: Store, tally: Tally, span: Span) -> None:
    cap = Cap(scope=tally.scope, period=tally.period, unit=tally.unit, amount=CAP)
    async with database_of(store) as database:
        await trade(leases(database, "dead"), "d", tally=tally, span=span, cap=cap, need=100, least=1)
        fill(store, row("a", 30, user="a/n n", input_tokens=10, output_tokens=20), row("b", 0, user="bob"))
        expire(store, "dead")
        await leases(database, "alive").trade([])
    assert book_of(store, tally, span.name) == (100, 70)


async def test_two_who_find_the_same_dead_process_count_it_once(store: Store) -> None:
    async with database_of(store) as database:
        await trade(leases(database, "dead"), "d", need=600, least=1)
        expire(store, "dead")
        for name in ("one", "two"):
            await leases(database, name).trade([])
    assert book_of(store) == (600, 600)


async def test_rows_that_come_later_from_a_dead_process_s_spool_are_accounted_for(store: Store) -> None:
    whole = ACME._replace(period="total")
    about = {"tally": whole, "span": ALL_TIME, "cap": Cap(scope="tenant", period="total", amount=CAP)}
    async with database_of(store) as database:
        dead, alive = leases(database, "dead"), leases(database, "alive")
        await trade(dead, "d", need=600, least=1, **about)
        await trade(dead, "d", spent=100, held=500, **about)
        expire(store, "dead")
        await alive.trade([])
        assert book_of(store, whole, "total") == (600, 500)
        fill(store, row("a", 100), row("b", 170))
        await alive.tidy()
        await alive.tidy()
        assert book_of(store, whole, "total") == (600, 330)

        await trade(dead, "d", spent=270, **about)
    assert book_of(store, whole, "total") == (270, 0)
