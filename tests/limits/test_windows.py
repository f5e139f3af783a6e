from __future__ import annotations

from lanewise.core.caps import Cap, Tally, Terms
from lanewise.core.periods import span_at
from lanewise.core.policy import Lane, TenantPolicy
from lanewise.limits.windows import Purses, Window, tallies_of
from walking import payer

NOW_S = 1_790_000_000.0
TALLY = Tally("tenant", "acme", "", "dollars", "daily")
ACME = TenantPolicy(name="acme", daily_cap_nanousd=100)


def test_the_cap_that_names_a_user_stands_over_that_for_each_and_other_users_names_do_not_matter() -> None:
    each, ann, bob = (
        Cap(scope="user", period="daily", amount=n, of=of) for n, of in ((1, None), (2, "ann"), (3, "bob"))
    )
    for caps in ((each, ann, bob), (ann, bob, each)):
        found = dict(tallies_of(payer(TenantPolicy(name="acme", daily_cap_nanousd=None, caps=caps), user="ann")))
        assert found == {ann: Tally("user", "acme", "ann", "dollars", "daily")}


def test_a_purse_is_looked_up_once_and_anew_when_its_day_ends_or_its_caps_are_others() -> None:
    purses, who = Purses({}), payer(ACME, user="ann", lane=Lane(name="one", deployments=()))
    purse = purses.of(who, NOW_S)
    assert purses.of(payer(ACME, user="ann", lane=Lane(name="one", deployments=())), NOW_S + 1) is purse
    assert purses.of(who, NOW_S + 86_400) is not purse

    purse = purses.of(who, NOW_S + 86_400)
    cheaper = purses.of(
        payer(TenantPolicy(name="acme", daily_cap_nanousd=50), user="ann", lane=who.lane), NOW_S + 86_400
    )
    assert cheaper is not purse
    assert [(cap.amount, window) for cap, _, window in cheaper.entries] == [(50, purse.entries[0][2])]


def test_of_the_ledger_s_sums_only_those_of_tallys_that_are_not_counted_yet_are_taken_over() -> None:
    purses = Purses({})
    window = purses.of(payer(ACME), NOW_S).entries[0][2]
    window.taken = 5
    today = span_at("daily", NOW_S).name

    purses.add({(TALLY, today): 50, (TALLY._replace(tenant="globex"), today): 70})

    assert purses.of(payer(ACME), NOW_S).entries[0][2].taken == 5
    assert purses.of(payer(TenantPolicy(name="globex", daily_cap_nanousd=100)), NOW_S).entries[0][2].taken == 70


def test_a_window_keeps_only_the_one_before_it() -> None:
    purses = Purses({})
    windows = [purses.of(payer(ACME), NOW_S + day * 86_400).entries[0][2] for day in range(5)]
    window = windows[-1]
    assert window.before is not None
    assert window.before.before is None


def test_a_cap_without_an_end_carries_nothing_over() -> None:
    cap = Cap(scope="tenant", period="total", amount=100, terms=Terms(roll_over=1.0))
    assert Window(TALLY._replace(period="total"), span_at("total", NOW_S)).carried(cap) == 0
