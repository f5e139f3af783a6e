from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.config import quantities as q
from lanewise.core.digits import in_percent


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (q.parse_duration_s, "30s", 30.0),
        (q.parse_duration_s, "5m", 300.0),
        (q.parse_duration_s, "4h", 14_400.0),
        (q.parse_duration_s, "500ms", 0.5),
        (q.parse_duration_s, "1.5 s", 1.5),
        (q.parse_duration_s, "1d", 86_400.0),
        (q.parse_money_nanousd, "$0.50", 500_000_000),
        (q.parse_money_nanousd, "$1,000", 1_000_000_000_000),
        (q.parse_money_nanousd, "0", 0),
        (q.parse_cap_nanousd, "$50", 50_000_000_000),
        (q.parse_cap_nanousd, "none", None),
        (q.parse_rate_per_minute, "60/min", 60),
        (q.parse_rate_per_minute, "5/s", 300),
        (q.parse_rate_per_minute, "600/hour", 10),
        (q.parse_share, "80%", 0.8),
        (q.parse_share, "0.01", 0.01),
        (q.parse_share, "0.5%", 0.005),
        (q.parse_size_bytes, "32MiB", 33_554_432),
        (q.parse_size_bytes, "1.5 KB", 1500),
        (q.parse_days, "30d", 30),
        (q.parse_days, "400", 400),
        (q.parse_days, "forever", None),
        (q.parse_count, "16_384", 16_384),
        (q.parse_count_or_zero, "0", 0),
        (q.parse_flag, "true", True),
        (q.parse_flag, "False", False),
        (q.parse_date, "2027-03-31", dt.date(2027, 3, 31)),
        (q.parse_error_rate, "50%", 0.5),
        (q.parse_factor, "1", 1.0),
        (q.parse_factor, "2.5", 2.5),
        (q.parse_factor, "none", None),
        (q.parse_weight, "0", 0.0),
        (q.parse_weight, "0.5", 0.5),
        (q.parse_window_s, "1h", 3600.0),
        (q.parse_rest_s, "10ms", 0.01),
    ],
)
def test_amounts_are_read_as_people_write_them(parse: Callable[[object], object], text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "most", "more", "remedy"),
    [
        (q.parse_money_nanousd, "$1,000,000,000", "$1,000,000,001", "write at most $1,000,000,000"),
        (
            q.parse_cap_nanousd,
            "$1000000000",
            "$9999999999999",
            "write at most $1,000,000,000, or none for no cap at all",
        ),
        (q.parse_token_cap, "1_000_000_000_000M", "1_000_000_000_001M", f"write at most {10**18}, or none for no cap"),
        (
            q.parse_rate_per_minute,
            "1_000_000_000/min",
            "1_000_000_000/s",
            "write at most 1000000000/min, or leave it out",
        ),
        (
            q.parse_token_rate_per_minute,
            "1_000_000M/min",
            "1_000_000M/s",
            "write at most 1000000M/min, or leave it out",
        ),
    ],
)
def test_what_is_more_than_stores_can_count_is_refused_with_what_to_write(
    parse: Callable[[object], object], most: str, more: str, remedy: str
) -> None:
    assert parse(most)
    with pytest.raises(q.NotUnderstood, match="is more than can be counted") as refused:
        parse(more)
    assert refused.value.remedy == remedy


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (q.parse_duration_s, "30"),
        (q.parse_error_rate, "0%"),
        (q.parse_factor, "0.9"),
        (q.parse_factor, "x"),
        (q.parse_weight, "-1"),
        (q.parse_weight, "much"),
        (q.parse_window_s, "99ms"),
        (q.parse_window_s, "61m"),
        (q.parse_rest_s, "5ms"),
        (q.parse_duration_s, "0s"),
        (q.parse_duration_s, "-5s"),
        (q.parse_duration_s, "5 minutes"),
        (q.parse_money_nanousd, "-$1"),
        (q.parse_money_nanousd, "50 EUR"),
        (q.parse_money_nanousd, "$0.0000000001"),
        (q.parse_cap_nanousd, "$0"),
        (q.parse_rate_per_minute, "7/hour"),
        (q.parse_rate_per_minute, "0/min"),
        (q.parse_share, "101%"),
        (q.parse_share, "80"),
        (q.parse_size_bytes, "32"),
        (q.parse_size_bytes, "0B"),
        (q.parse_days, "0d"),
        (q.parse_count, "0"),
        (q.parse_count, "1.5"),
        (q.parse_count_or_zero, "-1"),
        (q.parse_flag, "yes"),
        (q.parse_date, "31.03.2027"),
    ],
)
def test_what_cannot_be_meant_is_refused_without_repeating_it(parse: Callable[[object], object], text: str) -> None:
    with pytest.raises(q.NotUnderstood) as caught:
        parse(text)
    assert text not in caught.value.problem
    assert caught.value.remedy.startswith("write")


@pytest.mark.parametrize("value", [None, [], {}, ["30s"], True])
@pytest.mark.parametrize(
    "parse", [q.parse_duration_s, q.parse_money_nanousd, q.parse_count, q.parse_date, q.parse_cap_nanousd]
)
def test_only_single_values_are_amounts(parse: Callable[[object], object], value: object) -> None:
    with pytest.raises(q.NotUnderstood, match="not a single value"):
        parse(value)


@given(st.integers(1, 10**9))
def test_a_duration_is_written_so_that_it_is_read_back(milliseconds: int) -> None:
    assert q.parse_duration_s(q.format_duration(milliseconds / 1000)) == milliseconds / 1000


@given(st.integers(1, 2**40))
def test_a_size_is_written_so_that_it_is_read_back(size_bytes: int) -> None:
    assert q.parse_size_bytes(q.format_size(size_bytes)) == size_bytes


@given(st.decimals(0, 10**9, places=3))
def test_a_weight_is_written_so_that_it_is_read_back(weight: Decimal) -> None:
    assert q.parse_weight(q.format_number(float(weight))) == float(weight)


@given(st.decimals(0, 1, places=6))
def test_a_share_is_written_so_that_it_is_read_back(share: Decimal) -> None:
    assert q.parse_share(in_percent(float(share))) == float(share)
