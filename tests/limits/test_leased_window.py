"""What one process holds of a shared cap: it asks ahead of need by what it took lately, and keeps little where little is left."""

from __future__ import annotations

from lanewise.core.caps import Cap
from lanewise.core.protocols.leases import Asked, Granted
from lanewise.limits.leased_window import LeasedWindow
from leasing import ACME, CAP, DAILY, TODAY


def a_window() -> LeasedWindow:
    window = LeasedWindow(ACME, TODAY, "one/0")
    window.hold_to(DAILY)
    return window


def granted(asked: Asked, more: int, **about: int) -> Granted:
    amounts = {"carried": 0, "settled": asked.spent, "others_held": 0, "others_idle": 0, **about}
    return Granted(ceiling=asked.spent + asked.held + asked.keep + more, **amounts)


def trade(window: LeasedWindow, more: int = 0, at_s: float = 0.0, **about: int) -> Asked:
    asked = window.ask()
    window.take(asked, granted(asked, more, **about), at_s)
    return asked


def test_a_lease_that_was_never_used_asks_for_what_is_waited_for_and_no_more() -> None:
    window = a_window()
    window.waiting, window.least = 30, 10
    asked = window.ask()
    assert (asked.least, asked.need, asked.wish, asked.keep) == (10, 30, 0, 0)


def test_who_took_much_since_the_last_trade_asks_for_twice_as_much_ahead_and_forgets_it_slowly() -> None:
    window = a_window()
    trade(window, more=100)
    window.taken = 40
    asked = trade(window, more=20)
    assert (asked.keep, asked.wish) == (60, 20)
    assert window.room == 80
    wishes = [trade(window) for _ in range(8)]
    assert [each.keep for each in wishes] == [20, 4, 0, 0, 0, 0, 0, 0]
    window.taken = 0  # nothing was spent after all
    trade(window)
    assert window.settled


def test_what_is_asked_ahead_goes_by_the_worst_case_that_was_set_aside_and_not_by_what_calls_cost_in_the_end() -> None:
    window = a_window()
    trade(window, more=100)
    window.taken = window.peak = 40
    window.taken = 1
    asked = trade(window)
    assert (asked.spent, asked.keep) == (1, 80)


def test_who_spends_now_and_then_holds_a_thousandth_of_what_is_left_and_gives_it_back_when_it_does_not() -> None:
    window = LeasedWindow(ACME, TODAY, "one/0")
    window.hold_to(Cap(scope="tenant", period="daily", amount=1_024_000))
    window.waiting, window.least = 10, 10
    asked = window.ask()
    assert (asked.need, asked.wish) == (10, 1_000)
    window.take(asked, granted(asked, 1_010), 0.0)
    window.waiting, window.taken = 0, 10
    for _ in range(20):
        assert trade(window).keep in range(990, 1_001)
        window.taken += 1
        window.ceiling += 1
    assert [bool(trade(window).keep) for _ in range(12)] == [True] * 8 + [False] * 4
    assert window.settled


def test_from_asking_to_the_answer_nothing_is_spent_beyond_what_is_kept() -> None:
    window = a_window()
    trade(window, more=100)
    asked = window.ask("none")
    assert (asked.keep, window.room) == (0, 0)
    assert not window.settled
    window.take(asked, granted(asked, 0), 0.0)
    assert window.settled


def test_where_little_is_left_little_is_kept_ahead_of_need() -> None:
    window = a_window()
    trade(window, more=100)
    window.taken = window.held = 50
    trade(window, settled=CAP - 100)
    assert (window.room, window.free) == (50, 0)
    trade(window, settled=CAP - 100)
    assert window.room == 50 // 8


def test_who_waits_or_cannot_reach_the_store_gives_nothing_back() -> None:
    window = a_window()
    trade(window, more=100)
    assert window.ask("all").keep == 100
    window.waiting = 130
    asked = window.ask()
    assert (asked.keep, asked.need) == (100, 30)


def test_a_lower_cap_has_to_be_asked_anew() -> None:
    window = a_window()
    trade(window, more=100)
    window.hold_to(DAILY)
    assert window.room == 100
    window.hold_to(Cap(scope="tenant", period="daily", amount=CAP - 1))
    assert window.room == 0
    assert window.has_news


def test_where_more_is_spent_than_a_cap_is_what_others_hold_is_not_to_be_had() -> None:
    window = a_window()
    trade(window, settled=CAP + 50, others_idle=40)
    assert (window.free, window.left) == (-90, 0)
    window.taken = window.held = 30
    trade(window, settled=CAP + 50)
    window.taken = window.held = 0  # the call cost nothing
    assert window.room == 0


def test_what_others_hold_may_yet_be_had() -> None:
    window = a_window()
    trade(window, more=100, settled=500, others_held=200, others_idle=150)
    assert window.free == 50
    assert window.left == 100 + 50 + 150


def test_a_lease_that_was_given_back_is_taken_up_for_a_day_and_then_another_one() -> None:
    window = a_window()
    trade(window, more=10)
    window.taken = 10
    trade(window)
    assert window.settled
    window.rests_from_s = 0.0
    window.take_up("one/1", 86_400.0)
    assert (window.lease, window.taken) == ("one/0", 10)
    window.take_up("one/2", 86_401.0)
    assert (window.lease, window.taken) == ("one/2", 0)
    assert window.settled


def test_it_stands_as_all_processes_have_left_it() -> None:
    window = a_window()
    asked = trade(window, more=100, carried=20, settled=300, others_held=40, others_idle=5, unaccounted=7)
    assert asked.spent == 0
    window.taken, window.held = 30, 10
    stands = window.standing(DAILY)
    assert (stands.amount, stands.carried, stands.spent, stands.held) == (CAP + 20, 20, 320, 50)
    assert (stands.leased, stands.unaccounted) == (75, 7)
    assert window.taken_by_all == 370


def test_what_is_held_ahead_of_need_is_spare_when_it_was_not_used_for_long_or_its_period_is_over() -> None:
    window = a_window()
    assert not window.is_due(float("inf"), 0.0)
    trade(window, more=10, at_s=100.0)
    assert not window.has_news
    assert not window.settled
    assert [window.is_due(99.0, 0.0), window.is_due(100.0, 0.0), window.is_due(99.0, TODAY.ends_s)] == [
        False,
        True,
        True,
    ]
    window.taken = 1
    assert window.is_due(99.0, 0.0)
