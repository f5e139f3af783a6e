"""Periods of budgets: UTC days, weeks that begin on Monday, months, and all time."""

from __future__ import annotations

import datetime as dt
import math
from typing import NamedTuple

from lanewise.core.caps import Period

DAY_S = 86_400


class Span(NamedTuple):
    """One period: its name, and seconds since the Unix epoch; the end is not in it."""

    name: str
    begins_s: int
    ends_s: float  # infinite for all time


ALL_TIME = Span("total", 0, math.inf)


def span_at(period: Period, now_s: float) -> Span:
    """The period of this kind that holds a moment."""
    if period == "total":
        return ALL_TIME
    today = dt.datetime.fromtimestamp(now_s, dt.UTC).date()
    if period == "daily":
        return _span(today.isoformat(), today, today + dt.timedelta(days=1))
    if period == "weekly":
        monday = today - dt.timedelta(days=today.weekday())
        year, week, _ = monday.isocalendar()
        return _span(f"{year}-W{week:02}", monday, monday + dt.timedelta(days=7))
    first = today.replace(day=1)
    following = (first + dt.timedelta(days=31)).replace(day=1)
    return _span(f"{first:%Y-%m}", first, following)


def span_before(period: Period, span: Span) -> Span | None:
    """The period before one; None before all time."""
    return None if period == "total" else span_at(period, span.begins_s - 1)


def _span(name: str, first: dt.date, following: dt.date) -> Span:
    return Span(name, _midnight_s(first), float(_midnight_s(following)))


def _midnight_s(day: dt.date) -> int:
    return int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())
