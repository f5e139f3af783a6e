"""Limits as values: what a rate and its burst come to in seconds and tokens."""

from __future__ import annotations

import pytest

from lanewise.core.limiting import UNLIMITED, KeyLimits, Limits


def test_a_burst_is_a_share_of_a_minute_and_one_request_at_least() -> None:
    assert Limits(requests_per_minute=60, burst=0.5).requests_burst_s == pytest.approx(30)
    assert Limits(requests_per_minute=2, burst=0.1).requests_burst_s == pytest.approx(30)  # one request's time


def test_without_any_number_nothing_is_limited() -> None:
    assert UNLIMITED.unlimited
    assert not Limits(concurrency=1).unlimited
    assert not Limits(tokens_per_minute=1).unlimited


def test_requests_come_evenly_where_not_all_of_a_minute_s_may_come_at_once() -> None:
    assert not Limits(requests_per_minute=60).smooth
    assert Limits(requests_per_minute=60, burst=0.99).smooth


def test_no_request_begins_with_more_tokens_than_may_come_at_once() -> None:
    assert Limits(tokens_per_minute=1_000, burst=0.5).tokens_at_once == 500
    assert Limits(tokens_per_minute=1, burst=0.1).tokens_at_once == 1


def test_a_key_s_own_word_goes_before_that_for_each() -> None:
    keys = KeyLimits(each=Limits(concurrency=1), single={"batch": Limits(concurrency=9)})
    assert (keys.of("batch").concurrency, keys.of("any").concurrency) == (9, 1)
