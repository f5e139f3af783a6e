"""Limits as values: what a rate and its burst come to in seconds, and what of them is left to each of several processes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.limiting import UNLIMITED, KeyLimits, Limits


def test_a_burst_is_a_share_of_a_minute_and_one_request_at_least() -> None:
    assert Limits(requests_per_minute=60, burst=0.5).requests_burst_s == pytest.approx(30)
    assert Limits(requests_per_minute=2, burst=0.1).requests_burst_s == pytest.approx(30)  # one request's time


def test_without_any_number_nothing_is_limited() -> None:
    assert UNLIMITED.unlimited
    assert not Limits(concurrency=1).unlimited
    assert not Limits(tokens_per_minute=1).unlimited


@given(st.integers(1, 100), st.integers(1, 1_000), st.integers(1, 8))
def test_the_shares_of_all_processes_are_no_more_than_the_whole_but_for_one_place_each(
    at_once: int, rate: int, processes: int
) -> None:
    share = Limits(requests_per_minute=rate, tokens_per_minute=rate, concurrency=at_once, burst=0.5).share(processes)
    assert share.requests_per_minute is not None
    assert share.requests_per_minute * processes == pytest.approx(rate)
    assert share.tokens_per_minute == share.requests_per_minute
    assert share.concurrency is not None
    assert share.concurrency * processes <= max(at_once, processes)
    assert share.burst == 0.5


def test_a_key_s_own_word_goes_before_that_for_each() -> None:
    keys = KeyLimits(each=Limits(concurrency=1), single={"batch": Limits(concurrency=9)})
    assert (keys.of("batch").concurrency, keys.of("any").concurrency) == (9, 1)
