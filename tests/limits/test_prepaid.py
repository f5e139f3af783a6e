"""How much a process takes ahead of need, and what of it serves a request."""

from __future__ import annotations

import pytest

from lanewise.core.limiting import Limits
from lanewise.limits.prepaid import Prepaid, may_be_prepaid
from limiting import limits

OF = limits(rate=1_000, at_once=10)


def test_it_serves_while_it_is_good_and_there_is_a_place() -> None:
    prepaid = Prepaid()
    prepaid.receive(2, at=9, good_until_s=5.0)
    assert not prepaid.serves(OF, 1.0)
    prepaid.kept = 1
    assert prepaid.serves(OF, 1.0)
    assert not prepaid.serves(OF, 5.1)
    prepaid.use(OF)
    assert (prepaid.left, prepaid.kept) == (1, 0)


def test_who_uses_it_up_soon_asks_for_twice_as_much_and_who_does_not_for_what_it_used() -> None:
    prepaid, asked = Prepaid(), []
    prepaid.good_until_s = 5.0
    for now_s in (1.0, 2.0, 3.0):
        asked.append(prepaid.wants(OF, now_s))
        assert prepaid.wants(OF, now_s) == 0  # it is being asked for
        prepaid.receive(asked[-1], 0, now_s + 5.0)
        prepaid.left = 0
    assert asked == [2, 6, 14]
    prepaid.left = 10
    assert prepaid.wants(OF, 4.0) == 0  # there is enough
    assert prepaid.wants(OF, 9.0) == 4


def test_who_is_given_less_asks_for_no_more_than_that() -> None:
    prepaid = Prepaid()
    prepaid.good_until_s = 5.0
    prepaid.next = 100
    assert prepaid.wants(OF, 0.0) == 202
    prepaid.receive(3, 0, 5.0)
    prepaid.left = 0
    assert prepaid.wants(OF, 1.0) == 8


def test_a_place_is_kept_only_where_half_of_them_are_free() -> None:
    prepaid = Prepaid()
    prepaid.held_by_all = 5
    assert prepaid.may_keep(OF)
    prepaid.held_by_all = 6
    assert not prepaid.may_keep(OF)
    assert not prepaid.may_keep(limits(rate=1))


def test_what_is_worth_nothing_any_more_is_forgotten() -> None:
    prepaid = Prepaid()
    prepaid.receive(3, 0, 5.0)
    prepaid.kept = 2
    prepaid.forget()
    assert (prepaid.left, prepaid.kept) == (0, 0)


@pytest.mark.parametrize(
    ("of", "may"),
    [
        (limits(rate=1), True),
        (limits(at_once=1), True),
        (limits(at_once=1, burst=0.5), True),
        (limits(), False),
        (limits(rate=1, tokens=1), False),
        (limits(rate=1, burst=0.5), False),
    ],
)
def test_tokens_and_what_is_to_come_evenly_are_asked_for_each_time(of: Limits, may: bool) -> None:
    assert may_be_prepaid(of) == may
