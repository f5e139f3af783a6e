"""Admission: refused before anything is asked, and without taking a place."""

from __future__ import annotations

import pytest

from lanewise.core.errors import LimitReached, Unavailable
from lanewise.core.policy import TenantPolicy
from lanewise.pipeline.admit import admit
from walking import Walk, answers, lane, policy

ONE_AT_A_TIME = TenantPolicy(name="acme", daily_cap_nanousd=None, concurrency=1)


def walk() -> Walk:
    return Walk(policy(lane("standard", "alpha/small")), {"alpha/small": [answers()]})


def test_a_place_is_taken_once() -> None:
    parts = walk().gateway.parts
    admit(ONE_AT_A_TIME, parts)

    with pytest.raises(LimitReached):
        admit(ONE_AT_A_TIME, parts)


def test_while_the_ledger_cannot_be_written_nobody_is_let_in_and_no_place_is_lost() -> None:
    of = walk()
    of.ledger.healthy = False
    for _ in range(3):
        with pytest.raises(Unavailable, match="ledger") as refused:
            admit(ONE_AT_A_TIME, of.gateway.parts)
        assert refused.value.retry_after_s > 0

    of.ledger.healthy = True
    admit(ONE_AT_A_TIME, of.gateway.parts)
