"""What every Budget must do. A new implementation adds one line to `BUDGETS`."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from book_in_memory import Taken, budget_alone
from lanewise.core.caps import Cap, Spend
from lanewise.core.clock import Clock
from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.budget import Budget, Payer, Refused, Reservation
from lanewise.limits.leased import LeasedBudget
from lanewise.pipeline.reserve import set_aside
from lanewise.stores.file_leases import FileLeases
from lanewise.stores.leases import SqlLeases
from leasing import file_budget, leased_budget
from ready_store import ready_store
from walking import SetClock, payer, taken_today


@asynccontextmanager
async def in_memory(_store: Path, clock: Clock, taken: Taken) -> AsyncIterator[Budget]:
    budget = budget_alone(clock, taken)
    yield budget
    await budget.close()


Make = Callable[[Path, Clock, Taken], AbstractAsyncContextManager[Budget]]
BUDGETS: dict[str, Make] = {
    f"{LeasedBudget.__name__} on {SqlLeases.__name__}": leased_budget,
    f"{LeasedBudget.__name__} on {FileLeases.__name__}": file_budget,
    f"{LeasedBudget.__name__} in memory": in_memory,
}
EXAMPLES: dict[Make, int] = {in_memory: 60, leased_budget: 8, file_budget: 8}  # a store for each takes its time

CAP = 1_000
ACME = payer(TenantPolicy(name="acme", daily_cap_nanousd=CAP))
GLOBEX = payer(TenantPolicy(name="globex", daily_cap_nanousd=CAP))

#: A call's worst case, the share of it that was really spent, and whether its end is seen before the next call begins.
CALLS = st.lists(st.tuples(st.integers(0, 500), st.floats(0, 1), st.booleans()), max_size=50)


async def reserved(budget: Budget, who: Payer, amount: int) -> Reservation:
    reservation = await set_aside(budget, who, Spend(amount))
    assert isinstance(reservation, Reservation)
    return reservation


async def refusal(budget: Budget, who: Payer, amount: int) -> Refused:
    refused = await set_aside(budget, who, Spend(amount))
    assert isinstance(refused, Refused)
    assert not refused.unknown
    return refused


class Stores:
    """A fresh store for each example of a test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def one(self) -> Path:
        return ready_store(self._folder / f"{next(self._numbers)}.db")


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Stores:
    return Stores(tmp_path_factory.mktemp("stores"))


async def refused_exactly_when_there_is_no_room(
    budget: Budget, calls: list[tuple[int, float, bool]], already: int
) -> None:
    spent = already
    under_way: list[tuple[Reservation, int]] = []
    for worst, share, ends in calls:
        left = CAP - spent - sum(each.worst.nanousd for each, _ in under_way)
        answer = await set_aside(budget, ACME, Spend(worst))
        if isinstance(answer, Refused):
            assert worst > left
            assert (answer.amount, answer.left, answer.asked) == (CAP, left, worst)
        else:
            assert worst <= left
            assert answer.worst == Spend(worst)
            under_way.append((answer, int(worst * share)))
        if ends and under_way:
            reservation, cost = under_way.pop(0)
            budget.charge(reservation, Spend(cost))
            spent += cost

    assert spent <= CAP


@pytest.mark.parametrize("budget_of", BUDGETS.values(), ids=BUDGETS)
class TestBudget:
    """One run of it per budget."""

    def test_a_call_is_refused_exactly_when_what_is_spent_and_set_aside_leaves_no_room_for_it(
        self, budget_of: Make, stores: Stores
    ) -> None:
        @given(CALLS, st.integers(0, CAP))
        @settings(max_examples=EXAMPLES[budget_of])
        def holds(calls: list[tuple[int, float, bool]], already: int) -> None:
            async def asked() -> None:
                clock = SetClock()
                async with budget_of(stores.one(), clock, taken_today(clock, acme=already)) as budget:
                    await refused_exactly_when_there_is_no_room(budget, calls, already)

            asyncio.run(asked())

        holds()

    def test_who_comes_back_when_it_was_told_to_finds_room(self, budget_of: Make, stores: Stores) -> None:
        @given(st.floats(0, 86_399), st.integers(1, CAP))
        @settings(max_examples=EXAMPLES[budget_of])
        def holds(second_of_day: float, amount: int) -> None:
            async def asked() -> None:
                clock = SetClock(20_000 * 86_400.0 + second_of_day)
                async with budget_of(stores.one(), clock, taken_today(clock, acme=CAP)) as budget:
                    refused = await refusal(budget, ACME, amount)
                    assert refused.cap.limit == "tenant.daily"

                    clock.time_s += refused.retry_after_s / 2
                    await refusal(budget, ACME, amount)
                    clock.time_s += refused.retry_after_s / 2 + 1e-6
                    await reserved(budget, ACME, amount)

            asyncio.run(asked())

        holds()

    @pytest.mark.parametrize("cost", [0, CAP, 2 * CAP])
    async def test_a_call_that_ends_after_midnight_leaves_the_new_day_whole(
        self, budget_of: Make, stores: Stores, cost: int
    ) -> None:
        clock = SetClock()
        async with budget_of(stores.one(), clock, {}) as budget:
            yesterday_s = await reserved(budget, ACME, CAP)
            clock.time_s += 86_400
            await reserved(budget, ACME, CAP // 2)

            budget.charge(yesterday_s, Spend(cost))

            await reserved(budget, ACME, CAP - CAP // 2)
            await refusal(budget, ACME, 1)

    async def test_a_call_that_cost_more_than_was_set_aside_is_charged_in_full(
        self, budget_of: Make, stores: Stores
    ) -> None:
        async with budget_of(stores.one(), SetClock(), {}) as budget:
            budget.charge(await reserved(budget, ACME, 10), Spend(CAP))

            await refusal(budget, ACME, 1)

    async def test_a_call_takes_from_every_cap_that_applies_or_from_none(self, budget_of: Make, stores: Stores) -> None:
        per_user = Cap(scope="user", period="monthly", amount=CAP // 2)
        acme = TenantPolicy(name="acme", daily_cap_nanousd=CAP, caps=(per_user,))
        async with budget_of(stores.one(), SetClock(), {}) as budget:
            refused = await refusal(budget, payer(acme, user="ann"), CAP // 2 + 1)
            assert (refused.cap, refused.subject) == (per_user, "ann")

            await reserved(budget, payer(acme, user="ann"), CAP // 2)
            await reserved(budget, payer(acme, user="bob"), CAP // 2)
            await refusal(budget, payer(acme, user="cid"), 1)

    async def test_how_caps_stand_tells_what_is_spent_and_what_is_set_aside(
        self, budget_of: Make, stores: Stores
    ) -> None:
        clock = SetClock()
        async with budget_of(stores.one(), clock, taken_today(clock, acme=100)) as budget:
            await reserved(budget, ACME, 10)
            (stands,) = budget.standings()
        assert (stands.amount, stands.spent, stands.held, stands.left) == (CAP, 100, 10, CAP - 110)

    async def test_tenants_do_not_spend_each_other_s_money(self, budget_of: Make, stores: Stores) -> None:
        async with budget_of(stores.one(), SetClock(), {}) as budget:
            await reserved(budget, ACME, CAP)

            await reserved(budget, GLOBEX, CAP)

    async def test_who_has_no_cap_is_never_refused_and_still_settled(self, budget_of: Make, stores: Stores) -> None:
        free = payer(TenantPolicy(name="free", daily_cap_nanousd=None))
        async with budget_of(stores.one(), SetClock(), {}) as budget:
            for _ in range(3):
                budget.charge(await reserved(budget, free, 10**18), Spend(10**18))

    async def test_a_cap_that_a_reload_lowers_holds_at_once_for_what_was_spent_before(
        self, budget_of: Make, stores: Stores
    ) -> None:
        async with budget_of(stores.one(), SetClock(), {}) as budget:
            budget.charge(await reserved(budget, ACME, 600), Spend(600))

            refused = await refusal(budget, payer(TenantPolicy(name="acme", daily_cap_nanousd=500)), 1)

        assert refused.left == 0

    async def test_what_is_short_was_asked_for_and_nothing_more_is_to_be_had(
        self, budget_of: Make, stores: Stores
    ) -> None:
        async with budget_of(stores.one(), SetClock(), {}) as budget:
            await reserved(budget, ACME, CAP)
            assert not await budget.replenish(ACME, Spend(1))
            assert (await refusal(budget, ACME, 1)).left == 0
