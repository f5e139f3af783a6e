"""Money is exact: parts sum to the whole, and a call is rounded up once."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.money import TOKENS_PER_PRICE, cost_of, format_usd, parse_usd

TOKENS = st.integers(0, 10_000_000)
PRICES = st.integers(0, 200_000_000_000)


@given(st.lists(st.tuples(TOKENS, PRICES), min_size=1, max_size=6))
def test_parts_sum_to_the_exact_cost_rounded_up_once(pairs: list[tuple[int, int]]) -> None:
    parts = cost_of(pairs)

    exact = sum(Fraction(tokens * price, TOKENS_PER_PRICE) for tokens, price in pairs)
    assert sum(parts) == -(-exact.numerator // exact.denominator)
    for part, (tokens, price) in zip(parts, pairs, strict=True):
        assert abs(part - Fraction(tokens * price, TOKENS_PER_PRICE)) < 1


@given(st.integers(0, 10**15))
def test_every_amount_is_read_back(nanousd: int) -> None:
    dollars, rest = divmod(nanousd, 1_000_000_000)
    assert parse_usd(f"${dollars}.{rest:09d}") == nanousd


@pytest.mark.parametrize("text", ["", "fifty", "-1", "$-1", "1e3", "0.0000000001", "€5"])
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"dollar"):
        parse_usd(text)


@pytest.mark.parametrize(
    ("nanousd", "shown"),
    [
        (0, "$0.00"),
        (1, "$0.000000001"),
        (1_234, "$0.0000012"),
        (250_000_000, "$0.25"),
        (12_340_000_000, "$12.34"),
        (1_234_567_890_000_000, "$1,234,567.89"),
    ],
)
def test_amounts_are_shown_with_the_digits_they_need(nanousd: int, shown: str) -> None:
    assert format_usd(nanousd) == shown
