"""What one tenant or key has taken, and what of it is settled, undone and agreed with others."""

from __future__ import annotations

from lanewise.core.protocols.hot_state import Taken
from lanewise.limits.prepaid import Prepaid
from lanewise.limits.sliding import BUCKET_S
from lanewise.limits.subject import Subject
from limiting import claim

OF = claim(rate=60, tokens=6_000)


def test_what_took_more_tokens_counts_from_now_on_and_what_took_fewer_no_longer_where_it_was_counted() -> None:
    subject = Subject()
    subject.count(OF.limits, 500, 10, 6.0)
    subject.settle(OF.limits, 10, 30.0, 200)
    assert (subject.tokens.at, subject.tokens.amounts) == ([10, 50], [500, 200])
    subject.settle(OF.limits, 10, 31.0, -400)
    assert (subject.tokens.amounts, subject.tokens.total) == ([100, 200], 300)


def test_a_debt_takes_as_long_as_the_rate_needs_for_it() -> None:
    subject = Subject()
    subject.settle(OF.limits, 0, 0.0, 18_000)
    assert subject.tokens_s == 180.0


def test_what_never_began_is_not_counted_and_a_prepaid_request_was_not_counted_here() -> None:
    subject = Subject()
    subject.count(OF.limits, 500, 10, 6.0)
    subject.uncount(OF.limits, Taken((OF,), 500, at=10, prepaid=True))
    assert subject.requests.total == 1
    subject.uncount(OF.limits, Taken((OF,), 500, at=10))
    assert (subject.requests.total, subject.tokens.total, subject.requests_s, subject.tokens_s) == (0, 0, 6.0, 6.0)


def test_what_others_took_counts_from_when_it_is_known() -> None:
    subject = Subject()
    subject.agree(10, 100, 5, requests_at=5)
    subject.agree(25, 50, 8, requests_at=9)
    assert (subject.requests.at, subject.requests.amounts) == ([5, 9], [10, 15])
    assert subject.tokens.total == 50


def test_it_is_idle_when_nothing_would_be_forgotten_with_it() -> None:
    subject = Subject()
    assert subject.is_idle(0.0)
    subject.count(OF.limits, 0, 0, 0.0)
    subject.running = 0
    subject.shift(10)
    assert not subject.is_idle(10 * BUCKET_S + 60.0)
    assert subject.is_idle(10 * BUCKET_S + 60.6)
    subject.prepaid = Prepaid()
    subject.prepaid.kept = 1
    assert subject.held == 1
    assert not subject.is_idle(1_000.0)
