"""Numbers as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.digits import in_digits, in_percent


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (60, "60"), (1_000_000, "1000000"), (1234567.89, "1234567.89"), (3.0, "3"), (1e-7, "0.0000001")],
)
def test_numbers_are_plain_digits(number: float, text: str) -> None:
    assert in_digits(number) == text


@pytest.mark.parametrize(("share", "text"), [(0.0, "0%"), (0.07, "7%"), (1.0, "100%"), (0.123456789, "12.3456789%")])
def test_shares_are_percent_as_they_were_written(share: float, text: str) -> None:
    assert in_percent(share) == text


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_whatever_is_written_reads_back_as_the_same(number: float) -> None:
    text = in_digits(number)
    assert "e" not in text.lower()
    assert type(number)(text) == number


@given(st.integers(0, 10**6))
def test_a_percentage_reads_back_as_the_same_share(millionths: int) -> None:
    share = millionths / 10**6
    assert float(in_percent(share).removesuffix("%")) / 100 == pytest.approx(share, rel=1e-15)
