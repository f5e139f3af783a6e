"""Numbers with what they count, and dates."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lanewise.verifiers.claims.amounts import Day, derived, same_amount
from lanewise.verifiers.claims.statement import statement_of


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Rent is $1,200.50 a month.", [("1200.50", "dollar")]),
        ("It grew 12% to 3.4 million users.", [("12", "%"), ("3.4E+6", "user")]),
        ("Twelve per cent of ninety days", [("12", "%"), ("90", "day")]),
        ("a dose of 5 mg for two weeks", [("5", "mg"), ("2", "week")]),
        ("It cost $4bn in 2019.", [("4E+9", "dollar")]),
        ("one of the best", []),
    ],
)
def test_numbers_are_read_with_what_they_count(text: str, told: list[tuple[str, str]]) -> None:
    assert [(each.value, each.unit) for each in statement_of(text).amounts] == [(Decimal(v), u) for v, u in told]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("on March 3, 2021", [Day(2021, 3, 3)]),
        ("on 3 March 2021", [Day(2021, 3, 3)]),
        ("on 2021-03-03 and in May", [Day(2021, 3, 3), Day(0, 5)]),
        ("in 1999 on a Friday", [Day(1999), Day(weekday="friday")]),
        ("They may go; 2000 people may not.", []),
    ],
)
def test_dates_are_read(text: str, days: list[Day]) -> None:
    assert list(statement_of(text).days) == days


def test_dates_fit_where_nothing_that_both_tell_differs() -> None:
    assert Day(2021, 3, 3).fits(Day(2021))
    assert not Day(2021, 3).fits(Day(2021, 4))
    assert not Day(2021).fits(Day(weekday="friday"))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("3.2 million users", "3,214,000 users", True),
        ("6 points", "6.1 points", True),
        ("30 users", "34 users", False),
        ("about 100 users", "104 users", True),
        ("about 100 users", "140 users", False),
        ("43 users", "40 users", False),
    ],
)
def test_a_rounded_number_is_the_same(one: str, other: str, same: bool) -> None:
    assert same_amount(*(statement_of(each).amounts[0] for each in (one, other))) is same


def test_what_an_answer_works_out_is_no_other_number() -> None:
    five, eight = statement_of("from 5 dollars to 8 dollars").amounts
    assert all(derived(each, [five, eight]) for each in statement_of("3 dollars, 60 %, 13 dollars").amounts)
    assert not derived(statement_of("4 dollars").amounts[0], [five, eight])
