from __future__ import annotations

from lanewise.core.caps import Cap, Tally, Terms
from lanewise.core.periods import Span
from lanewise.core.policy import Lane, TenantPolicy
from lanewise.limits.leased_window import LeasedWindow
from lanewise.limits.purses import Purses, tallies_of
from walking import payer

NOW_S = 1_790_000_000.0
ACME = TenantPolicy(name="acme", daily_cap_nanousd=100)


def a_window(tally: Tally, span: Span) -> LeasedWindow:
    return LeasedWindow(tally, span, "one/0")


def test_the_cap_that_names_a_user_stands_over_that_for_each_and_other_users_names_do_not_matter() -> None:
    each, ann, bob = (
        Cap(scope="user", period="daily", amount=n, of=of) for n, of in ((1, None), (2, "ann"), (3, "bob"))
    )
    for caps in ((each, ann, bob), (ann, bob, each)):
        found = dict(tallies_of(payer(TenantPolicy(name="acme", daily_cap_nanousd=None, caps=caps), user="ann")))
        assert found == {ann: Tally("user", "acme", "ann", "dollars", "daily")}


def test_a_purse_is_looked_up_once_and_anew_when_its_day_ends_or_its_caps_are_others() -> None:
    purses, who = Purses(a_window), payer(ACME, user="ann", lane=Lane(name="one", deployments=()))
    purse = purses.of(who, NOW_S)
    assert purses.of(payer(ACME, user="ann", lane=Lane(name="one", deployments=())), NOW_S + 1) is purse
    assert purses.of(who, NOW_S + 86_400) is not purse

    purse = purses.of(who, NOW_S + 86_400)
    cheaper = purses.of(
        payer(TenantPolicy(name="acme", daily_cap_nanousd=50), user="ann", lane=who.lane), NOW_S + 86_400
    )
    assert cheaper is not purse
    assert [(cap.amount, window) for cap, _, window in cheaper.entries] == [(50, purse.entries[0][2])]


def test_a_purse_is_looked_up_anew_when_what_happens_at_the_stop_or_the_lane_s_own_caps_are_others() -> None:
    purses = Purses(a_window)
    waits = TenantPolicy(name="acme", daily_cap_nanousd=100, daily_terms=Terms(at_stop="wait"))
    of_lane = Cap(scope="lane", period="daily", amount=7)
    lane, capped = Lane(name="one", deployments=()), Lane(name="one", deployments=(), caps=(of_lane,))
    for who in (payer(ACME, lane=lane), payer(waits, lane=lane), payer(waits, lane=capped), payer(ACME, lane=lane)):
        assert [cap for cap, _, _ in purses.of(who, NOW_S).entries] == [cap for cap, _ in tallies_of(who)]


def test_a_window_whose_period_is_over_is_not_found_any_more() -> None:
    purses = Purses(a_window)
    today, tomorrow = (purses.of(payer(ACME), NOW_S + day * 86_400).entries[0][2] for day in range(2))
    assert list(purses.windows(NOW_S + 86_400)) == [tomorrow]
    assert today is not tomorrow


def test_a_clock_that_goes_back_to_yesterday_counts_in_yesterday_s_period() -> None:
    purses = Purses(a_window)
    days = (0, 1, 0, 1)  # a clock that was a day ahead for a moment
    periods = [purses.of(payer(ACME), NOW_S + day * 86_400).entries[0][2].span.name for day in days]
    assert periods == ["2026-09-21", "2026-09-22", "2026-09-21", "2026-09-22"]


def test_where_there_is_no_room_those_that_are_told_make_room_and_others_share_one() -> None:
    purses = Purses(a_window, most=2)
    acme = TenantPolicy(name="acme", daily_cap_nanousd=None, caps=(Cap(scope="user", period="daily", amount=1),))

    def of(user: str) -> LeasedWindow:
        return purses.of(payer(acme, user=user), NOW_S).entries[0][2]

    of("ann").held = of("ann").taken = 1
    of("bob")
    assert of("cid").tally.subject == "cid", "nothing was said of bob that is not known"
    of("cid").held = of("cid").taken = 1
    assert of("dan").tally.subject == "(others)"
    assert of("ann").tally.subject == "ann"
