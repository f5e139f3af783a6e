"""What is left of rates, as callers are told."""

from __future__ import annotations

import pytest

from lanewise.core.protocols.hot_state import Allowed, Standing
from lanewise.limits.hot_standing import narrower, standing_of
from lanewise.limits.prepaid import Prepaid
from lanewise.limits.subject import Subject
from limiting import limits


def test_what_came_in_the_last_minute_is_not_left_until_it_is_a_minute_old() -> None:
    subject, of = Subject(), limits(rate=10, tokens=1_000)
    subject.count(of, 250, 0, 0.0)
    standing = standing_of(of, subject, 0.0)
    assert standing.requests is not None
    assert standing.requests[:2] == (10, 9)
    assert standing.requests.reset_s == pytest.approx(60.6)
    assert standing.tokens is not None
    assert standing.tokens.remaining == 750
    subject.requests.slide(101)
    later = standing_of(of, subject, 60.6)
    assert later.requests == Allowed(10, 10, 0.0)


def test_of_a_smaller_burst_no_more_is_left_than_may_come_now() -> None:
    subject, of = Subject(), limits(rate=60, burst=0.1)
    subject.count(of, 0, 0, 0.0)
    standing = standing_of(of, subject, 0.0)
    assert standing.requests is not None
    assert standing.requests.remaining == 5


def test_alone_a_process_has_its_share_and_what_is_prepaid_is_left_beside_what_is_not_counted() -> None:
    subject, of = Subject(), limits(rate=100)
    subject.agree(40, 0, 0, requests_at=0)
    alone = standing_of(of, subject, 0.0, 4).requests
    assert alone is not None
    assert alone.remaining == 15
    subject.prepaid = Prepaid()
    subject.prepaid.receive(7, 8, 5.0)
    prepaid = standing_of(of, subject, 0.0).requests
    assert prepaid is not None
    assert prepaid.remaining == 67


def test_the_narrower_of_two_is_told_of_each_kind() -> None:
    few, many = Allowed(10, 1, 5.0), Allowed(5, 4, 1.0)
    one = Standing(requests=few, tokens=many)
    assert narrower(one, Standing(requests=many)) == one
    assert narrower(Standing(requests=many), one) == one
    assert narrower(None, one) is one
