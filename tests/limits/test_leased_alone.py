"""A budget that nobody shares: while it is spent from nobody waits, and where nothing changes nothing is written."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence

from structlog.testing import capture_logs

from book_in_memory import FOR_EVER_S, BookInMemory
from lanewise.core.caps import Spend
from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.budget import Alarm, Payer, Refused, Reservation
from lanewise.core.protocols.leases import Asked, Granted
from lanewise.limits.leased import LeasedBudget
from lanewise.pipeline.reserve import set_aside
from virtual_time import LoopClock, in_virtual_time
from walking import payer

CAP = 1_000_000_000
TENANT = TenantPolicy(name="acme", daily_cap_nanousd=CAP)
ACME = payer(TENANT)
WORST, COST = 50_000, 1_000  # of a call


class Counting(LeasedBudget):
    """Counts those who had to wait."""

    waits = 0

    async def replenish(self, who: Payer, worst: Spend) -> bool:
        self.waits += 1
        return await super().replenish(who, worst)


class SlowBook(BookInMemory):
    """Takes a while, as a disk does."""

    async def trade(self, asked: Sequence[Asked]) -> Sequence[Granted]:
        await asyncio.sleep(0.02)
        return await super().trade(asked)


async def call(budget: LeasedBudget, who: Payer = ACME) -> None:
    reserved = await set_aside(budget, who, Spend(WORST))
    assert isinstance(reserved, Reservation)
    await asyncio.sleep(0.05)
    budget.charge(reserved, Spend(COST))


def alone(book: BookInMemory, alarms: list[Alarm] | None = None) -> Counting:
    said: list[Alarm] = [] if alarms is None else alarms
    return Counting(LoopClock(), book, "one", term_s=FOR_EVER_S, alarm=said.append)


@in_virtual_time
async def test_whoever_calls_on_and_on_waits_for_no_trade_after_the_first() -> None:
    book = SlowBook()
    budget = alone(book)
    for _ in range(2_000):  # a hundred seconds
        await call(budget)
    assert budget.waits == 1
    assert 90 <= book.trades <= 110


@in_virtual_time
async def test_where_nothing_changes_nothing_is_written_and_what_is_spare_is_given_back_once() -> None:
    book = SlowBook()
    budget = alone(book)
    await call(budget)
    await asyncio.sleep(5.0)
    told = book.trades
    (stands,) = budget.standings()
    assert (stands.spent, stands.held) == (COST, 0)
    assert stands.leased > 0

    await asyncio.sleep(50.0)
    assert book.trades == told
    await call(budget)
    assert budget.waits == 1, "it still held enough"
    await asyncio.sleep(1_000.0)
    assert book.trades == told + 2, "what was spent, and what is given back"
    assert not budget.holding
    (stands,) = budget.standings()
    assert (stands.spent, stands.leased) == (2 * COST, 0)
    await call(budget)
    assert budget.waits == 2


@in_virtual_time
async def test_a_call_that_takes_long_is_told_once() -> None:
    book = SlowBook()
    budget = alone(book)
    reserved = await set_aside(budget, ACME, Spend(WORST))
    assert isinstance(reserved, Reservation)
    await asyncio.sleep(30.0)
    assert book.trades == 2, "for it, and that it is under way"
    budget.charge(reserved, Spend(COST))
    await asyncio.sleep(2.0)
    assert book.trades == 3


@in_virtual_time
async def test_a_cap_that_is_reached_refuses_without_a_trade_and_again_lets_in_once_it_is_higher() -> None:
    book = SlowBook()
    budget = alone(book)
    everything = await set_aside(budget, ACME, Spend(CAP))
    assert isinstance(everything, Reservation)
    await asyncio.sleep(2.0)
    trades = book.trades
    for _ in range(100):
        refused = await set_aside(budget, ACME, Spend(1))
        assert isinstance(refused, Refused)
        assert (refused.left, refused.unknown) == (0, False)
        await asyncio.sleep(1.0)
    assert book.trades == trades
    raised = payer(dataclasses.replace(TENANT, daily_cap_nanousd=CAP + 10))
    assert isinstance(await set_aside(budget, raised, Spend(10)), Reservation)
    assert isinstance(await set_aside(budget, raised, Spend(1)), Refused)


@in_virtual_time
async def test_of_a_cap_that_is_lowered_below_what_is_spent_nothing_is_had_and_nobody_waits_for_it() -> None:
    clock = LoopClock()
    budget = alone(SlowBook())
    under_way = [await set_aside(budget, ACME, Spend(WORST)) for _ in range(4)]
    lower = payer(dataclasses.replace(TENANT, daily_cap_nanousd=WORST))
    for each in (*under_way, None):
        for _ in range(2):  # once told, it knows
            began_s = clock.monotonic_s()
            refused = await set_aside(budget, lower, Spend(1))
            assert isinstance(refused, Refused)
            assert (refused.left, refused.unknown) == (0, False)
            assert clock.monotonic_s() - began_s <= 0.1
        if each is not None:  # most of what was set aside for it is not used
            assert isinstance(each, Reservation)
            budget.charge(each, Spend(WORST // 3))
            await asyncio.sleep(0.5)
    higher = payer(dataclasses.replace(TENANT, daily_cap_nanousd=2 * WORST))
    assert isinstance(await set_aside(budget, higher, Spend(WORST // 2)), Reservation)


@in_virtual_time
async def test_what_is_billed_for_a_call_that_was_to_cost_nothing_is_told() -> None:
    book = SlowBook()
    budget = alone(book)
    reserved = await set_aside(budget, ACME, Spend(0))
    assert isinstance(reserved, Reservation)
    budget.charge(reserved, Spend(COST))
    await asyncio.sleep(2.0)
    ((_, told),) = book.books.items()
    assert told.settled == COST


@in_virtual_time
async def test_an_alarm_is_raised_within_a_second_of_the_spending() -> None:
    alarms: list[Alarm] = []
    budget = alone(SlowBook(), alarms)
    reserved = await set_aside(budget, ACME, Spend(CAP))
    assert isinstance(reserved, Reservation)
    budget.charge(reserved, Spend(int(CAP * 0.85)))
    await asyncio.sleep(1.1)
    assert [each.share for each in alarms] == [0.8]


@in_virtual_time
async def test_a_cap_that_is_changed_is_told_of_anew_and_each_amount_once() -> None:
    alarms: list[Alarm] = []
    budget = alone(SlowBook(), alarms)

    async def spends(amount: int, cap: int) -> None:
        who = payer(dataclasses.replace(TENANT, daily_cap_nanousd=cap))
        reserved = await set_aside(budget, who, Spend(amount))
        if isinstance(reserved, Reservation):
            budget.charge(reserved, Spend(amount))
        await asyncio.sleep(1.1)

    await spends(85, 100)
    await spends(16, 100)
    assert [(each.share, each.taken, each.amount) for each in alarms] == [(0.8, 85, 100), (1.0, 85, 100)]
    for cap in (1_000, 100, 1_000):  # two policies, while runs of the older one go on
        await spends(1, cap)
    assert alarms[2:] == []
    await spends(800, 1_000)
    await spends(500, 1_000)
    assert [(each.share, each.amount) for each in alarms[2:]] == [(0.8, 1_000), (1.0, 1_000)]


@in_virtual_time
async def test_a_call_that_is_larger_than_the_whole_cap_is_no_alarm_of_it() -> None:
    alarms: list[Alarm] = []
    budget = alone(SlowBook(), alarms)
    refused = await set_aside(budget, ACME, Spend(CAP + 1))
    assert isinstance(refused, Refused)
    assert alarms == []
    assert isinstance(await set_aside(budget, ACME, Spend(CAP)), Reservation)
    assert isinstance(await set_aside(budget, ACME, Spend(1)), Refused)
    assert [each.share for each in alarms] == [0.8, 1.0]


@in_virtual_time
async def test_who_ends_gives_everything_back_and_begins_nothing_any_more() -> None:
    book = SlowBook()
    budget = alone(book)
    reserved = await set_aside(budget, ACME, Spend(WORST))
    assert isinstance(reserved, Reservation)
    budget.charge(reserved, Spend(COST))
    await budget.close()
    ((_, kept),) = book.books.items()
    assert (kept.settled, kept.leased) == (COST, 0)
    budget.charge(reserved, Spend(2 * WORST))
    assert {task.get_name() for task in asyncio.all_tasks()} & {"leases"} == set()


class FaultyBook(BookInMemory):
    """Has a fault of its own, once."""

    async def trade(self, asked: Sequence[Asked]) -> Sequence[Granted]:
        if self.trades == 1:
            self.trades += 1
            raise RuntimeError("a fault of ours")
        return await super().trade(asked)


@in_virtual_time
async def test_a_fault_of_a_trade_is_told_and_ends_no_trading() -> None:
    book = FaultyBook()
    budget = alone(book)
    await call(budget)
    with capture_logs() as logs:
        await asyncio.sleep(30.0)  # told what was spent meanwhile, by the trade after
    assert [line["log_level"] for line in logs] == ["error"]
    assert book.trades > 2
    for _ in range(200):
        await call(budget)
    await asyncio.sleep(5.0)
    ((_, spent),) = [(key, each.settled) for key, each in book.books.items()]
    assert spent == 201 * COST
    await budget.close()
