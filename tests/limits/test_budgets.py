"""A cap is never passed, whatever is reserved, charged or left open."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.budget import Refused, Reservation
from lanewise.limits.budgets import MemoryBudget
from walking import SetClock

ACME = TenantPolicy(name="acme", daily_cap_nanousd=1_000)


def test_a_refusal_says_what_is_left_and_when_the_day_ends() -> None:
    budget = MemoryBudget(SetClock(86_400.0 * 20_000 + 86_000), {"acme": 900})

    refused = budget.reserve(ACME, 101)

    assert refused == Refused(limit="tenant.daily", cap_nanousd=1_000, left_nanousd=100, retry_after_s=400.0)
    assert isinstance(budget.reserve(ACME, 100), Reservation)


def test_what_a_call_did_not_use_can_be_spent_again() -> None:
    budget = MemoryBudget(SetClock(), {})
    reservation = budget.reserve(ACME, 1_000)
    assert isinstance(reservation, Reservation)
    assert isinstance(budget.reserve(ACME, 1), Refused)

    budget.charge(reservation, ACME, 10)

    assert isinstance(budget.reserve(ACME, 990), Reservation)


def test_a_new_day_begins_with_the_whole_cap_and_old_calls_do_not_touch_it() -> None:
    clock = SetClock()
    budget = MemoryBudget(clock, {"acme": 1_000})
    assert isinstance(budget.reserve(TenantPolicy(name="globex", daily_cap_nanousd=500), 400), Reservation)

    clock.time_s += 86_400
    yesterdays = Reservation(tenant="acme", period="2000-01-01", amount_nanousd=1_000)
    budget.charge(yesterdays, ACME, 1_000)

    assert isinstance(budget.reserve(ACME, 1_000), Reservation)


def test_an_alarm_is_raised_once_at_its_share() -> None:
    alarms: list[tuple[str, int, int]] = []
    budget = MemoryBudget(SetClock(), {}, alarm=lambda *what: alarms.append(what))
    for _ in range(9):
        reservation = budget.reserve(ACME, 100)
        assert isinstance(reservation, Reservation)
        budget.charge(reservation, ACME, 100)

    assert alarms == [("acme", 800, 1_000)]


@given(
    st.lists(st.tuples(st.integers(0, 400), st.floats(0, 1), st.booleans()), max_size=60),
    st.integers(0, 1_000),
)
def test_no_order_of_calls_passes_the_cap(calls: list[tuple[int, float, bool]], spent: int) -> None:
    budget = MemoryBudget(SetClock(), {"acme": spent})
    paid, open_reservations = spent, []
    for worst, share, settles_now in calls:
        reservation = budget.reserve(ACME, worst)
        if isinstance(reservation, Refused):
            continue
        open_reservations.append((reservation, int(worst * share)))
        if settles_now:
            for each, cost in open_reservations:
                budget.charge(each, ACME, cost)
                paid += cost
            open_reservations.clear()
    paid += sum(cost for _, cost in open_reservations)

    assert paid <= 1_000
