from __future__ import annotations

import datetime as dt

import click
import pytest

from lanewise.cli.moments import future, past

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("24h", "2026-11-20T12:00:00+00:00"),
        ("90m", "2026-11-21T10:30:00+00:00"),
        ("7d", "2026-11-14T12:00:00+00:00"),
        ("2026-11-20", "2026-11-20T00:00:00+00:00"),
        ("2026-11-20T14:00:00Z", "2026-11-20T14:00:00+00:00"),
        ("2026-11-20T14:00:00+02:00", "2026-11-20T12:00:00+00:00"),
        ("2026-11-20 14:00", "2026-11-20T14:00:00+00:00"),
    ],
)
def test_a_past_moment(text: str, moment: str) -> None:
    assert past(text, NOW) == dt.datetime.fromisoformat(moment)


def test_a_future_moment() -> None:
    assert future("30d", NOW) == NOW + dt.timedelta(days=30)
    assert future("2027-01-01", NOW) == dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("text", ["yesterday", "", "24", "2026-13-01", "-3h", "0h", "h"])
def test_what_is_no_time_is_told_what_to_write(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no time; write for example 24h, 30d, 2026-11-20"):
        past(text, NOW)


def test_the_wrong_side_of_now_is_refused() -> None:
    with pytest.raises(click.BadParameter, match="still to come"):
        past("2027-01-01", NOW)
    with pytest.raises(click.BadParameter, match="over already"):
        future("2026-11-20", NOW)
    with pytest.raises(click.BadParameter, match="further away than any date"):
        future("99999999999d", NOW)
