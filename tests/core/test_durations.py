from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.durations import read_deadline_s, read_duration_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6m0s", 360.0),
        ("1s", 1.0),
        ("20ms", 0.02),
        ("2m59.56s", 179.56),
        ("1h30m", 5_400.0),
        ("1d", 86_400.0),
        ("0s", 0.0),
        ("0.5", 0.5),
        ("59", 59.0),
    ],
)
def test_durations_are_read_as_vendors_and_callers_write_them(text: str, seconds: float) -> None:
    assert read_duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    ["", "s", "5 s", "-1s", "1e9", "inf", "nan", "5x", "5s!", "\u0661s", "1m2", "9" * 40, "1.", "2026-01-01T00:00:00Z"],
)
def test_what_is_no_duration_is_none(text: str) -> None:
    assert read_duration_s(text) is None


@given(st.text(max_size=40))
def test_no_text_is_an_error(text: str) -> None:
    seconds = read_duration_s(text)
    assert seconds is None or 0 <= seconds < float("inf")


@pytest.mark.parametrize(
    ("written", "seconds"), [(5, 5), (0.25, 0.25), (" 2m ", 120), ("1d", 86_400), ("86400", 86_400)]
)
def test_a_deadline_is_seconds_or_a_duration(written: float | str, seconds: float) -> None:
    assert read_deadline_s(written) == seconds


@pytest.mark.parametrize("written", [0, -1, 86_401, float("inf"), float("nan"), "", "0s", "25h", "soon"])
def test_a_deadline_is_above_zero_and_up_to_a_day(written: float | str) -> None:
    assert read_deadline_s(written) is None
