"""A cap is never passed, whatever is reserved, charged or left open; and every cap that applies holds."""

from __future__ import annotations

import asyncio
import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from book_in_memory import FOR_EVER_S, BookInMemory, budget_alone
from lanewise.core.caps import Cap, Spend, Tally, Terms
from lanewise.core.policy import Lane, TenantPolicy
from lanewise.core.protocols.budget import Alarm, Payer, Refused, Reservation
from lanewise.limits.leased import LeasedBudget
from lanewise.pipeline.reserve import set_aside
from walking import SetClock, payer, taken_today

DAILY = Cap(scope="tenant", period="daily", amount=1_000)
ACME = TenantPolicy(name="acme", daily_cap_nanousd=1_000)


def at(text: str) -> SetClock:
    return SetClock(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp())


def capped(*caps: Cap, daily: int | None = None) -> TenantPolicy:
    return TenantPolicy(name="acme", daily_cap_nanousd=daily, caps=caps)


async def spend(budget: LeasedBudget, who: Payer, nanousd: int, **other: int) -> None:
    amount = Spend(nanousd, **other)
    reservation = await set_aside(budget, who, amount)
    assert isinstance(reservation, Reservation)
    budget.charge(reservation, amount)


async def refusal(budget: LeasedBudget, who: Payer, nanousd: int, **other: int) -> Refused:
    refused = await set_aside(budget, who, Spend(nanousd, **other))
    assert isinstance(refused, Refused)
    return refused


async def test_a_refusal_says_what_is_left_and_when_the_day_ends() -> None:
    clock = SetClock(86_400.0 * 20_000 + 86_000)
    budget = budget_alone(clock, taken_today(clock, acme=900))

    refused = await set_aside(budget, payer(ACME), Spend(101))

    assert refused == Refused(cap=DAILY, subject="acme", amount=1_000, left=100, asked=101, retry_after_s=400.0)
    assert isinstance(await set_aside(budget, payer(ACME), Spend(100)), Reservation)


async def test_all_caps_that_apply_hold_and_a_refusal_takes_from_none_of_them() -> None:
    lane = Lane(name="reasoning", deployments=(), caps=(Cap(scope="lane", period="daily", amount=50),))
    acme = capped(
        Cap(scope="user", period="daily", amount=80), Cap(scope="feature", period="weekly", amount=70), daily=100
    )
    budget = budget_alone(SetClock())
    who = payer(acme, user="ann", feature="chat", lane=lane)

    assert (await refusal(budget, who, 51)).cap.limit == "lane.daily"
    assert (await refusal(budget, payer(acme, user="ann", feature="chat"), 71)).cap.limit == "feature.weekly"
    assert (await refusal(budget, payer(acme, user="ann"), 81)).cap.limit == "feature.weekly"  # of those that name none
    assert (await refusal(budget, payer(acme, user="ann"), 101)).cap.limit == "feature.weekly"  # it ends last
    await spend(budget, who, 50)

    assert {(each.cap.limit, each.left) for each in budget.standings() if each.spent} == {
        ("tenant.daily", 50),
        ("user.daily", 30),
        ("feature.weekly", 20),
        ("lane.daily", 0),
    }


async def test_each_user_has_its_own_cap_and_a_named_one_another() -> None:
    acme = capped(Cap(scope="user", period="total", amount=10), Cap(scope="user", period="total", amount=30, of="ann"))
    budget = budget_alone(SetClock())

    for user, most in (("ann", 30), ("bob", 10), (None, 10)):
        await spend(budget, payer(acme, user=user), most)
        assert (await refusal(budget, payer(acme, user=user), 1)).amount == most
    assert (await refusal(budget, payer(acme, user="bob"), 1)).subject == "bob"


async def test_a_lane_s_cap_is_everybody_s() -> None:
    lane = Lane(name="reasoning", deployments=(), caps=(Cap(scope="lane", period="daily", amount=50),))
    budget = budget_alone(SetClock())
    await spend(budget, payer(capped(), lane=lane), 30)

    assert (await refusal(budget, payer(TenantPolicy(name="globex", daily_cap_nanousd=None), lane=lane), 21)).left == 20


async def test_tokens_and_thinking_tokens_are_counted_by_themselves() -> None:
    acme = capped(
        Cap(scope="tenant", period="daily", amount=100, unit="tokens"),
        Cap(scope="tenant", period="daily", amount=10, unit="thinking_tokens"),
    )
    budget = budget_alone(SetClock())

    assert (await refusal(budget, payer(acme), 0, tokens=101)).cap.limit == "tenant.daily.tokens"
    await spend(budget, payer(acme), 10**12, tokens=60, thinking_tokens=10)
    assert (
        await refusal(budget, payer(acme), 0, tokens=10, thinking_tokens=1)
    ).cap.limit == "tenant.daily.thinking_tokens"
    await spend(budget, payer(acme), 0, tokens=40)


async def test_each_period_begins_anew_by_itself() -> None:
    """A Sunday that ends a week but no month, then a month that ends in the middle of a week; the total never does."""
    acme = capped(
        Cap(scope="tenant", period="weekly", amount=200),
        Cap(scope="tenant", period="monthly", amount=300),
        Cap(scope="tenant", period="total", amount=900),
        daily=100,
    )
    clock = at("2026-11-22T23:59:59")
    budget = budget_alone(clock)
    await spend(budget, payer(acme), 100)
    assert (await refusal(budget, payer(acme), 1)).retry_after_s == 1.0
    clock.time_s += 1
    await spend(budget, payer(acme), 100)
    clock.time_s += 86_400
    await spend(budget, payer(acme), 100)
    clock.time_s += 86_400
    refused = await refusal(budget, payer(acme), 1)
    assert (refused.cap.period, refused.retry_after_s) == ("monthly", 6 * 86_400)  # the longest of week and month
    clock.time_s += refused.retry_after_s
    await spend(budget, payer(acme), 100)
    assert [(each.cap.period, each.spent) for each in budget.standings()] == [
        ("daily", 100),
        ("weekly", 100),
        ("monthly", 100),
        ("total", 400),
    ]


async def test_what_was_not_spent_goes_to_the_next_period_but_only_so_much_and_only_once() -> None:
    acme = capped(Cap(scope="tenant", period="daily", amount=100, terms=Terms(roll_over=0.25)))
    clock = at("2026-11-20T12:00:00")
    yesterday = {(Tally("tenant", "acme", "", "dollars", "daily"), "2026-11-19"): 90}
    budget = budget_alone(clock, yesterday)

    await spend(budget, payer(acme), 60)
    assert (await refusal(budget, payer(acme), 51)).amount == 110
    clock.time_s += 86_400
    assert (await refusal(budget, payer(acme), 126)).amount == 125
    await spend(budget, payer(acme), 125)
    clock.time_s += 86_400
    assert (await refusal(budget, payer(acme), 101)).amount == 100


async def test_a_call_that_is_under_way_at_midnight_rolls_nothing_over_until_it_is_settled() -> None:
    acme = capped(Cap(scope="tenant", period="daily", amount=100, terms=Terms(roll_over=1.0)))
    clock = at("2026-11-20T12:00:00")
    budget = budget_alone(clock)
    await spend(budget, payer(acme), 100)
    under_way = await set_aside(budget, payer(acme), Spend(100))
    assert isinstance(under_way, Reservation)
    clock.time_s += 86_400
    assert (await refusal(budget, payer(acme), 101)).amount == 100

    budget.charge(under_way, Spend(0))

    assert (await refusal(budget, payer(acme), 101)).amount == 100
    clock.time_s += 86_400
    assert (await refusal(budget, payer(acme), 201)).amount == 200


async def test_alarms_are_raised_once_each_and_all_of_them_before_a_call_is_refused() -> None:
    alarms: list[Alarm] = []
    acme = capped(Cap(scope="user", period="daily", amount=1_000, terms=Terms(alarm_at=(0.5, 0.8))))
    budget = budget_alone(SetClock(), alarm=alarms.append)
    for _ in range(6):
        await spend(budget, payer(acme, user="ann"), 100)
    assert [(each.share, each.taken, each.tally.subject) for each in alarms] == [(0.5, 500, "ann")]

    for _ in range(2):
        await refusal(budget, payer(acme, user="ann"), 500)

    assert [each.share for each in alarms] == [0.5, 0.8, 1.0]


async def test_more_users_than_are_counted_one_by_one_share_one_cap_and_nobody_s_spending_is_forgotten() -> None:
    acme = capped(Cap(scope="user", period="daily", amount=100))
    clock = SetClock()
    budget = budget_alone(clock, most_tallies=3)
    for user in ("ann", "bob", "cid"):
        await spend(budget, payer(acme, user=user), 60)

    await spend(budget, payer(acme, user="dan"), 60)
    assert (await refusal(budget, payer(acme, user="eve"), 60)).subject == "(others)"
    assert (await refusal(budget, payer(acme, user="ann"), 60)).subject == "ann"
    clock.time_s += 2 * 86_400
    await spend(budget, payer(acme, user="eve"), 60)
    assert (await refusal(budget, payer(acme, user="eve"), 60)).subject == "eve"


async def test_a_policy_with_other_caps_finds_what_was_spent_and_keeps_what_it_counts_itself() -> None:
    clock, book = SetClock(), BookInMemory()
    budget = LeasedBudget(clock, book, "one", term_s=FOR_EVER_S)
    await spend(budget, payer(ACME), 500)

    book.open({(Tally("tenant", "acme", "", "dollars", "monthly"), "2026-09"): 700, **taken_today(clock, acme=0)})

    acme = capped(Cap(scope="tenant", period="monthly", amount=1_000), daily=1_000)
    refused = await refusal(budget, payer(acme), 600)
    assert (refused.cap.limit, refused.left) == ("tenant.monthly", 300)
    assert [each.spent for each in budget.standings()] == [500, 700]


CALLS = st.lists(
    st.tuples(st.integers(0, 400), st.floats(0, 1), st.booleans(), st.sampled_from("ab"), st.sampled_from("xy")),
    max_size=60,
)


@given(CALLS, st.integers(0, 1_000))
@settings(max_examples=60)
def test_no_order_of_calls_passes_any_cap(calls: list[tuple[int, float, bool, str, str]], spent: int) -> None:
    paid = asyncio.run(called(calls, spent))
    assert paid["acme"] <= 1_000
    assert all(paid.get(user, 0) <= 700 for user in "ab")
    assert all(paid.get(feature, 0) <= 600 for feature in "xy")


async def called(calls: list[tuple[int, float, bool, str, str]], spent: int) -> dict[str, int]:
    """What each has paid in the end, of whom one had spent something before."""
    acme = capped(
        Cap(scope="user", period="weekly", amount=700), Cap(scope="feature", period="total", amount=600), daily=1_000
    )
    clock = SetClock()
    budget = budget_alone(clock, taken_today(clock, acme=spent))
    paid: dict[str, int] = {"acme": spent}
    under_way: list[tuple[Reservation, int, tuple[str, ...]]] = []

    def settle() -> None:
        for reservation, cost, whose in under_way:
            budget.charge(reservation, Spend(cost))
            for each in whose:
                paid[each] = paid.get(each, 0) + cost
        under_way.clear()

    for worst, share, ends, user, feature in calls:
        reserved = await set_aside(budget, payer(acme, user=user, feature=feature), Spend(worst))
        if isinstance(reserved, Reservation):
            under_way.append((reserved, int(worst * share), ("acme", user, feature)))
        if ends:
            settle()
    settle()
    return paid
