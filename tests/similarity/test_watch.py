from __future__ import annotations

from random import Random

import pytest

from lanewise.similarity.watch import Watch


def broken_within(random: Random, wrong_share: float, audits: int) -> bool:
    watch = Watch(alpha=0.05, delta=0.1)
    for _ in range(audits):
        watch.note(right=random.random() >= wrong_share)
        if watch.broken:
            return True
    return False


def test_looking_after_every_audit_it_rarely_ends_what_is_within_its_bound() -> None:
    random = Random(5)
    assert sum(broken_within(random, 0.05, 400) for _ in range(200)) <= 200 * 0.1


def test_what_is_far_beyond_its_bound_ends_soon() -> None:
    random = Random(6)
    assert all(broken_within(random, 0.25, 120) for _ in range(50))


def test_it_tells_the_measured_share_and_where_the_true_one_lies() -> None:
    watch = Watch(alpha=0.05, delta=0.1)
    assert watch.interval == (0.0, 0.0, 1.0)
    for number in range(100):
        watch.note(right=number >= 4)
    share, low, high = watch.interval
    assert (share, watch.audited, watch.wrong) == (0.04, 100, 4)
    assert low == pytest.approx(0.0138, abs=5e-4)
    assert high == pytest.approx(0.0892, abs=5e-4)
