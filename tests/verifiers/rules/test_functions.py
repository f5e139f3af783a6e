"""The functions a rule may call."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from lanewise.verifiers.rules.functions import FUNCTIONS, Unfit, days_between, kind_of, number


def call(name: str, *arguments: object) -> object:
    return FUNCTIONS[name].of(*arguments)


def test_numbers_are_exact() -> None:
    assert call("round", Fraction("2.675"), Fraction(2)) == Fraction("2.68")
    assert call("round", Fraction("-2.5")) == -3
    assert call("abs", Fraction(-3)) == 3


def test_dates_are_read_and_subtracted() -> None:
    later, earlier = call("date", "2026-02-01T12:00"), call("date", "2026-01-31")
    assert isinstance(later, dt.datetime)
    assert isinstance(earlier, dt.datetime)
    assert days_between(later, earlier) == Fraction(3, 2)


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("date", ("2026-02-30",), "is no date"),
        ("date", (Fraction(1),), "a number stands where a text"),
        ("length", (True,), "has no length"),
        ("round", (Fraction(1), Fraction(99)), "at most 12"),
        ("unique", ("a",), "a list is needed"),
    ],
)
def test_a_value_that_does_not_fit_is_named(name: str, arguments: tuple[object, ...], why: str) -> None:
    with pytest.raises(Unfit, match=why):
        call(name, *arguments)


def test_dates_with_and_without_a_zone_are_not_compared() -> None:
    with pytest.raises(Unfit, match="time zone"):
        days_between(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime.fromisoformat("2026-01-01"))


def test_true_is_no_number() -> None:
    with pytest.raises(Unfit):
        number(True)
    assert kind_of(True) == "true or false"
    assert call("unique", [Fraction(1), "1"]) is True


def test_a_list_is_unique_where_no_two_of_it_are_equal_in_whichever_order_objects_name_their_members() -> None:
    one, again = {"sku": "A", "days": [Fraction(1)]}, {"days": [Fraction(1)], "sku": "A"}
    assert call("unique", [one, again]) is False
    assert call("unique", [one, {"sku": "A", "days": [Fraction(2)]}]) is True
    assert call("unique", [True, Fraction(1), None, "null", [], {}]) is True
    assert call("unique", [Fraction(1, 2), Fraction(2, 4)]) is False
