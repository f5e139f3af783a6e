from __future__ import annotations

import datetime as dt
import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.caps import Period
from lanewise.core.periods import span_at, span_before

MOMENTS = st.integers(946_684_800, 4_102_444_800).map(lambda moment_s: dt.datetime.fromtimestamp(moment_s, dt.UTC))
PERIODS = st.sampled_from([each for each in get_args(Period) if each != "total"])


def at(text: str) -> float:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp()


@pytest.mark.parametrize(
    ("period", "moment", "name", "begins", "ends"),
    [
        ("daily", "2026-11-28T23:59:59", "2026-11-28", "2026-11-28", "2026-11-29"),
        ("weekly", "2026-11-29T23:59:59", "2026-W48", "2026-11-23", "2026-11-30"),
        ("weekly", "2027-01-01", "2026-W53", "2026-12-28", "2027-01-04"),
        ("monthly", "2028-02-29T12:00:00", "2028-02", "2028-02-01", "2028-03-01"),
        ("monthly", "2026-12-31", "2026-12", "2026-12-01", "2027-01-01"),
    ],
)
def test_days_weeks_from_monday_and_months_are_utc_s(
    period: Period, moment: str, name: str, begins: str, ends: str
) -> None:
    assert span_at(period, at(moment)) == (name, at(begins), at(ends))


def test_all_time_neither_ends_nor_has_anything_before_it() -> None:
    span = span_at("total", at("2026-11-28"))
    assert (span.name, span.begins_s, span.ends_s) == ("total", 0, math.inf)
    assert span_before("total", span) is None


@given(PERIODS, MOMENTS)
def test_periods_follow_one_another_without_a_gap_and_each_has_a_name_of_its_own(
    period: Period, moment: dt.datetime
) -> None:
    span = span_at(period, moment.timestamp())
    before = span_before(period, span)
    assert span.begins_s <= moment.timestamp() < span.ends_s
    assert before is not None
    assert before.ends_s == span.begins_s
    assert span_at(period, span.ends_s).begins_s == span.ends_s
    assert before.name != span.name
