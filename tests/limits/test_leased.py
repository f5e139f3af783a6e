"""A budget that stands on leases: it spends what it holds, asks once for all who wait, and never goes beyond its lease."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lanewise.core.caps import Cap, Spend
from lanewise.core.errors import StoreError
from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.budget import Alarm, Payer, Refused, Reservation
from lanewise.core.protocols.leases import Asked, Granted
from lanewise.limits import leased
from lanewise.limits.leased import LeasedBudget
from lanewise.pipeline.reserve import set_aside
from lanewise.stores.database import Database
from lanewise.stores.leases import SqlLeases
from leasing import CAP, book_of, expire, leased_of, leases
from patience import PATIENCE_S
from stores.opening import database_of
from walking import SetClock, payer

ACME = payer(TenantPolicy(name="acme", daily_cap_nanousd=CAP))
TERM_S = 0.5


class Book:
    """A real one, watched, that may be out of reach or slow."""

    def __init__(self, real: SqlLeases) -> None:
        self._real = real
        self.trades: list[Sequence[Asked]] = []
        self.is_down = False
        self.answers = asyncio.Event()
        self.answers.set()

    async def trade(self, asked: Sequence[Asked]) -> Sequence[Granted]:
        self.trades.append(asked)
        await self.answers.wait()
        if self.is_down:
            raise StoreError("out of reach")
        return await self._real.trade(asked)


class Process:
    """One process's budget, with its own idea of the time."""

    def __init__(self, database: Database, name: str) -> None:
        self.clock = SetClock()
        self.alarms: list[Alarm] = []
        self.book = Book(leases(database, name, TERM_S))
        self.budget = LeasedBudget(self.clock, self.book, name, term_s=TERM_S, alarm=self.alarms.append)

    async def takes(self, amount: int, who: Payer = ACME) -> Reservation:
        reservation = await set_aside(self.budget, who, Spend(amount))
        assert isinstance(reservation, Reservation)
        return reservation

    async def spends(self, amount: int, who: Payer = ACME) -> None:
        self.budget.charge(await self.takes(amount, who), Spend(amount))

    async def is_refused(self, amount: int, who: Payer = ACME) -> Refused:
        refused = await set_aside(self.budget, who, Spend(amount))
        assert isinstance(refused, Refused)
        return refused

    async def holds_nothing(self) -> None:
        """Until it has told all, and given everything back."""
        async with asyncio.timeout(PATIENCE_S):
            while self.budget.holding:
                self.clock.time_s += 0.1
                await asyncio.sleep(0.01)


@asynccontextmanager
async def processes(store: Path, *names: str) -> AsyncIterator[list[Process]]:
    async with database_of(store) as database:
        made = [Process(database, name) for name in names]
        yield made
        for each in made:
            each.book.is_down = False
            each.book.answers.set()
            await each.budget.close()


async def test_all_who_wait_are_served_by_one_trade(sqlite_store: Path) -> None:
    async with processes(sqlite_store, "one") as (one,):
        await asyncio.gather(*(one.takes(10) for _ in range(50)))
        (only,) = one.book.trades
        assert (only[0].need, only[0].least) == (500, 10)


async def test_who_spends_on_and_on_seldom_has_to_ask(sqlite_store: Path) -> None:
    async with processes(sqlite_store, "one") as (one,):
        for _ in range(400):
            await one.spends(1)
        assert len(one.book.trades) < 40


async def test_who_was_just_told_that_a_cap_is_reached_does_not_ask_for_each_call(sqlite_store: Path) -> None:
    async with processes(sqlite_store, "one") as (one,):
        await one.takes(CAP)
        asked = len(one.book.trades)
        refusals = await asyncio.gather(*(one.is_refused(1) for _ in range(100)))
        assert len(one.book.trades) <= asked + 2
        assert not any(each.unknown for each in refusals)
        assert [each.share for each in one.alarms] == [0.8, 1.0]


async def test_what_one_holds_idle_another_is_given(sqlite_store: Path) -> None:
    async with processes(sqlite_store, "one", "two") as (one, two):
        one.budget.charge(await one.takes(CAP - 10), Spend(100))
        await two.takes(CAP - 200)
        assert (await two.is_refused(101)).left == 100


async def test_who_has_not_read_the_lower_cap_yet_spends_by_the_higher_one_and_the_other_nothing_beyond_its_own(
    sqlite_store: Path,
) -> None:
    """Two policies on one database: each holds what it has read, of what both have spent."""
    low = payer(TenantPolicy(name="acme", daily_cap_nanousd=CAP // 2))
    async with processes(sqlite_store, "one", "two") as (one, two):
        await one.spends(CAP // 2 - 10)
        await two.spends(10, low)
        assert (await two.is_refused(1, low)).amount == CAP // 2
        await one.spends(CAP // 2)
        assert (await one.is_refused(1)).amount == CAP
        assert (await two.is_refused(1, low)).left == 0
        await two.holds_nothing()
        await one.holds_nothing()
    assert book_of(sqlite_store) == (CAP, 0)


async def test_a_cap_that_is_lowered_below_what_another_has_set_aside_gives_nothing_and_that_is_charged(
    sqlite_store: Path,
) -> None:
    low = payer(TenantPolicy(name="acme", daily_cap_nanousd=CAP // 10))
    async with processes(sqlite_store, "one", "two") as (one, two):
        under_way = await one.takes(CAP // 2)
        assert (await two.is_refused(1, low)).left == 0
        one.budget.charge(under_way, Spend(CAP // 20))
        await one.holds_nothing()
        two.clock.time_s += 1.0  # who was just told that nothing is left does not ask for each call
        await two.spends(CAP // 20, low)
        assert (await two.is_refused(1, low)).amount == CAP // 10
        await two.holds_nothing()
    assert book_of(sqlite_store) == (CAP // 10, 0)


async def test_what_two_have_spent_together_raises_the_alarm_and_the_refusal(sqlite_store: Path) -> None:
    async with processes(sqlite_store, "one", "two") as (one, two):
        await one.spends(400)
        await one.holds_nothing()
        await two.spends(450)
        await two.holds_nothing()
        assert [each.share for each in two.alarms] == [0.8]
        assert (await two.is_refused(151)).left == 150
        (stands,) = two.budget.standings()
        assert (stands.spent, stands.left) == (850, 150)


async def test_a_lease_is_not_spent_from_when_its_term_is_over(sqlite_store: Path) -> None:
    async with processes(sqlite_store, "one") as (one,):
        one.budget.charge(await one.takes(500), Spend(0))
        assert isinstance(one.budget.reserve(ACME, Spend(1)), Reservation)
        one.clock.time_s += TERM_S * 0.8
        refused = one.budget.reserve(ACME, Spend(1))
        assert isinstance(refused, Refused)
        assert (refused.short, refused.unknown) == (True, True)
        await one.takes(1)


async def test_while_the_store_is_away_what_is_leased_is_spent_and_then_nobody_knows(sqlite_store: Path) -> None:
    async with processes(sqlite_store, "one") as (one,):
        under_way = await one.takes(300)
        one.book.is_down = True
        one.budget.charge(under_way, Spend(100))
        await one.spends(200)
        refused = await one.is_refused(1)
        assert (refused.unknown, refused.short) == (True, True)
        one.book.is_down = False
        one.clock.time_s += TERM_S
        await one.spends(1)
        await one.holds_nothing()
        assert book_of(sqlite_store) == (301, 0)


async def test_a_store_that_says_nothing_is_not_waited_for_very_long(
    sqlite_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leased, "_LONGEST_TRADE_S", 0.05)
    async with processes(sqlite_store, "one") as (one,):
        one.book.answers.clear()
        assert (await one.is_refused(1)).unknown
        one.book.answers.set()
        async with asyncio.timeout(PATIENCE_S):
            while not one.budget.reachable:
                await asyncio.sleep(0.01)
        await one.takes(1)


async def test_a_process_that_was_paused_spends_no_more_of_what_was_taken_from_it(sqlite_store: Path) -> None:
    async with processes(sqlite_store, "paused", "other") as (paused, other):
        under_way = await paused.takes(300)
        paused.book.answers.clear()
        expire(sqlite_store, "paused")
        await other.spends(CAP - 300)
        assert (await other.is_refused(1)).left == 0
        assert book_of(sqlite_store)[1] == 300

        paused.clock.time_s += 100.0
        paused.book.answers.set()
        paused.budget.charge(under_way, Spend(120))
        await paused.holds_nothing()
        assert book_of(sqlite_store) == (CAP - 180, 0)
        assert (await paused.is_refused(181)).left == 180
        await paused.spends(180)


async def test_whoever_goes_away_while_waiting_leaves_nothing_behind(sqlite_store: Path) -> None:
    async with processes(sqlite_store, "one") as (one,):
        one.book.answers.clear()
        waiting = asyncio.create_task(one.takes(CAP))
        while not one.book.trades:
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        one.book.answers.set()
        await one.takes(CAP)


async def test_every_cap_that_applies_is_leased_and_the_one_that_holds_longest_refuses(sqlite_store: Path) -> None:
    caps = (Cap(scope="user", period="weekly", amount=500), Cap(scope="user", period="total", amount=700))
    ann = payer(TenantPolicy(name="acme", daily_cap_nanousd=CAP, caps=caps), user="ann")
    async with processes(sqlite_store, "one") as (one,):
        await one.spends(400, ann)
        assert (await one.is_refused(101, ann)).cap.period == "weekly"
        assert (await one.is_refused(301, ann)).cap.period == "total"
        assert isinstance(await set_aside(one.budget, ann, Spend(0)), Reservation)
        assert {each.cap.limit: each.left for each in one.budget.standings()} == {
            "tenant.daily": 600,
            "user.weekly": 100,
            "user.total": 300,
        }


async def test_who_ends_tells_what_it_spent_and_gives_everything_back(sqlite_store: Path) -> None:
    async with processes(sqlite_store, "one") as (one,):
        await one.spends(100)
        one.budget.charge(await one.takes(200), Spend(7))
    assert book_of(sqlite_store) == (107, 0)
    assert set(leased_of(sqlite_store).values()) == {0}


async def test_a_tenant_s_cap_is_looked_at_now_and_then_though_nothing_is_spent_here(sqlite_store: Path) -> None:
    async with processes(sqlite_store, "one", "two") as (one, two):
        await one.spends(10)
        await one.holds_nothing()
        await two.spends(300)
        await two.holds_nothing()
        async with asyncio.timeout(PATIENCE_S):
            while one.budget.standings()[0].spent < 310:
                one.clock.time_s += 0.1
                await asyncio.sleep(0.01)
