"""What one trade does to a book: pure, whoever keeps it. `contracts/test_lease_book_contract` has what holds of every book."""

from __future__ import annotations

from collections import defaultdict

from lanewise.core.caps import Cap, Terms
from lanewise.core.periods import ALL_TIME, span_before
from lanewise.stores.lease_rules import NEVER_US, Book, Key, Lease, Trader, ends_us, keys_of, rows_of, settle, span_of
from leasing import ACME, CAP, TODAY, asks
from walking import SetClock

NOW_S = SetClock().now_s()
AT_NOON = Trader("one", now_us=500, expires_us=900)
ROLLING = Cap(scope="tenant", period="daily", amount=CAP, terms=Terms(roll_over=0.5))


def books(today: Book) -> defaultdict[Key, Book]:
    return defaultdict(Book, {(ACME.text, TODAY.name): today})


def test_who_comes_back_for_a_lost_lease_gets_back_what_it_had_set_aside_and_says_what_it_spent() -> None:
    lost = Lease("one", reported=100, unrecorded=300, expires_us=-1)
    of = books(Book(settled=400, unaccounted=300, leases={"a": lost}))
    granted = settle(asks("a", spent=150, held=50), of, AT_NOON)
    assert (granted.settled, granted.unaccounted, granted.ceiling) == (150, 0, 200)


def test_a_lease_is_good_until_it_expires_and_one_of_which_nothing_is_left_says_since_when() -> None:
    of = books(Book())
    settle(asks("a", need=10, least=1), of, AT_NOON)
    lease = of[ACME.text, TODAY.name].leases["a"]
    assert (lease.begun_us, lease.expires_us) == (500, 900)
    settle(asks("a", spent=10), of, Trader("one", now_us=700, expires_us=1_100))
    assert (lease.amount, lease.begun_us, lease.expires_us) == (0, 700, 0)


def test_of_a_lease_nothing_is_kept_that_a_lower_cap_does_not_hold() -> None:
    for spent, kept in ((200, 300), (850, 90), (960, 0), (CAP + 1, 0)):
        of = books(Book(settled=spent, leases={"a": Lease("one", amount=400)}))
        granted = settle(asks("a", held=60, keep=300), of, AT_NOON)
        assert granted.ceiling == 60 + kept


def test_the_book_of_the_period_before_is_wanted_only_where_something_may_be_carried_over() -> None:
    yesterday = span_before("daily", TODAY)
    assert yesterday is not None
    assert keys_of([asks("a")]) == {(ACME.text, TODAY.name)}
    assert keys_of([asks("a", cap=ROLLING)]) == {(ACME.text, TODAY.name), (ACME.text, yesterday.name)}


def test_two_leases_of_one_book_are_two_rows_and_one() -> None:
    of = books(Book())
    asked = [asks("a", spent=3), asks("b", spent=4)]
    for each in asked:
        settle(each, of, AT_NOON)
    opened, leased = rows_of(asked, of)
    assert [(row["settled"], row["ends_us"]) for row in opened] == [(7, ends_us(TODAY))]
    assert [(row["lease_id"], row["reported"], row["process"]) for row in leased] == [("a", 3, "one"), ("b", 4, "one")]


def test_of_a_tally_s_periods_only_the_present_one_and_the_one_before_are_known_by_name() -> None:
    yesterday = span_before("daily", TODAY)
    assert yesterday is not None
    assert [span_of(ACME, name, NOW_S) for name in (TODAY.name, yesterday.name, "1999-01-01")] == [
        TODAY,
        yesterday,
        None,
    ]
    assert span_of(ACME._replace(period="total"), "total", NOW_S) == ALL_TIME
    assert ends_us(ALL_TIME) == NEVER_US
