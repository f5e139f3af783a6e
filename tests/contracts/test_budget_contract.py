"""What every Budget must do. A new implementation adds one line to `BUDGETS`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.caps import Cap, Spend
from lanewise.core.clock import Clock
from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.budget import Budget, Payer, Refused, Reservation
from lanewise.limits.budgets import MemoryBudget
from lanewise.limits.windows import Restored
from walking import SetClock, payer, taken_today

Make = Callable[[Clock, Restored], Budget]
BUDGETS: dict[str, Make] = {MemoryBudget.__name__: MemoryBudget}

CAP = 1_000
ACME = payer(TenantPolicy(name="acme", daily_cap_nanousd=CAP))
GLOBEX = payer(TenantPolicy(name="globex", daily_cap_nanousd=CAP))

#: A call's worst case, the share of it that was really spent, and whether its end is seen before the next call begins.
CALLS = st.lists(st.tuples(st.integers(0, 500), st.floats(0, 1), st.booleans()), max_size=50)


def reserved(budget: Budget, who: Payer, amount: int) -> Reservation:
    reservation = budget.reserve(who, Spend(amount))
    assert isinstance(reservation, Reservation)
    return reservation


@pytest.mark.parametrize("budget_of", BUDGETS.values(), ids=BUDGETS)
class TestBudget:
    """One run of it per budget."""

    @given(CALLS, st.integers(0, CAP))
    def test_a_call_is_refused_exactly_when_what_is_spent_and_set_aside_leaves_no_room_for_it(
        self, budget_of: Make, calls: list[tuple[int, float, bool]], already: int
    ) -> None:
        clock, spent = SetClock(), already
        budget = budget_of(clock, taken_today(clock, acme=already))
        under_way: list[tuple[Reservation, int]] = []
        for worst, share, ends in calls:
            left = CAP - spent - sum(each.worst.nanousd for each, _ in under_way)
            answer = budget.reserve(ACME, Spend(worst))
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

    @given(st.floats(0, 86_399), st.integers(1, CAP))
    def test_who_comes_back_when_it_was_told_to_finds_room(
        self, budget_of: Make, second_of_day: float, amount: int
    ) -> None:
        clock = SetClock(20_000 * 86_400.0 + second_of_day)
        budget = budget_of(clock, taken_today(clock, acme=CAP))
        refused = budget.reserve(ACME, Spend(amount))
        assert isinstance(refused, Refused)
        assert refused.cap.limit == "tenant.daily"

        clock.time_s += refused.retry_after_s / 2
        assert isinstance(budget.reserve(ACME, Spend(amount)), Refused)
        clock.time_s += refused.retry_after_s / 2 + 1e-6
        reserved(budget, ACME, amount)

    @pytest.mark.parametrize("cost", [0, CAP, 2 * CAP])
    def test_a_call_that_ends_after_midnight_leaves_the_new_day_whole(self, budget_of: Make, cost: int) -> None:
        clock = SetClock()
        budget = budget_of(clock, {})
        yesterday_s = reserved(budget, ACME, CAP)
        clock.time_s += 86_400
        reserved(budget, ACME, CAP // 2)

        budget.charge(yesterday_s, Spend(cost))

        reserved(budget, ACME, CAP - CAP // 2)
        assert isinstance(budget.reserve(ACME, Spend(1)), Refused)

    def test_a_call_that_cost_more_than_was_set_aside_is_charged_in_full(self, budget_of: Make) -> None:
        budget = budget_of(SetClock(), {})

        budget.charge(reserved(budget, ACME, 10), Spend(CAP))

        assert isinstance(budget.reserve(ACME, Spend(1)), Refused)

    def test_a_call_takes_from_every_cap_that_applies_or_from_none(self, budget_of: Make) -> None:
        per_user = Cap(scope="user", period="monthly", amount=CAP // 2)
        acme = TenantPolicy(name="acme", daily_cap_nanousd=CAP, caps=(per_user,))
        budget = budget_of(SetClock(), {})
        refused = budget.reserve(payer(acme, user="ann"), Spend(CAP // 2 + 1))
        assert isinstance(refused, Refused)
        assert (refused.cap, refused.subject) == (per_user, "ann")

        reserved(budget, payer(acme, user="ann"), CAP // 2)
        reserved(budget, payer(acme, user="bob"), CAP // 2)
        assert isinstance(budget.reserve(payer(acme, user="cid"), Spend(1)), Refused)

    def test_how_caps_stand_tells_what_is_spent_and_what_is_set_aside(self, budget_of: Make) -> None:
        clock = SetClock()
        budget = budget_of(clock, taken_today(clock, acme=100))
        reserved(budget, ACME, 10)
        (stands,) = budget.standings()
        assert (stands.amount, stands.spent, stands.held, stands.left) == (CAP, 100, 10, CAP - 110)

    def test_tenants_do_not_spend_each_other_s_money(self, budget_of: Make) -> None:
        budget = budget_of(SetClock(), {})
        reserved(budget, ACME, CAP)

        reserved(budget, GLOBEX, CAP)

    def test_who_has_no_cap_is_never_refused_and_still_settled(self, budget_of: Make) -> None:
        budget, free = budget_of(SetClock(), {}), payer(TenantPolicy(name="free", daily_cap_nanousd=None))
        for _ in range(3):
            budget.charge(reserved(budget, free, 10**18), Spend(10**18))

    def test_a_cap_that_a_reload_lowers_holds_at_once_for_what_was_spent_before(self, budget_of: Make) -> None:
        budget = budget_of(SetClock(), {})
        budget.charge(reserved(budget, ACME, 600), Spend(600))

        refused = budget.reserve(payer(TenantPolicy(name="acme", daily_cap_nanousd=500)), Spend(1))

        assert isinstance(refused, Refused)
        assert refused.left == 0
