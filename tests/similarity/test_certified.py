"""The bound is exact: what it promises is held against the distributions themselves, and against chance."""

from __future__ import annotations

from math import comb, inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.similarity.certified import (
    SHARES,
    Scored,
    Tally,
    certify,
    chance_of_breaking,
    lower_bound,
    sequence,
    tallied,
    upper_bound,
)


@given(
    st.integers(1, 25), st.integers(0, 50), st.sampled_from([0.05, 0.1, 0.2, 0.3]), st.sampled_from([0.05, 0.1, 0.2])
)
def test_a_threshold_that_is_certified_is_broken_by_what_comes_as_seldom_as_promised(
    hits: int, wrong: int, alpha: float, delta: float
) -> None:
    """Of twice as many answers, so many are wrong in all; which of them come first is chance. Every way is counted."""
    wrong = min(wrong, 2 * hits)
    ways = broken = 0
    for seen in range(max(0, wrong - hits), min(wrong, hits) + 1):
        count = comb(wrong, seen) * comb(2 * hits - wrong, hits - seen)
        ways += count
        if chance_of_breaking(seen, hits, alpha) <= delta and wrong - seen > alpha * hits:
            broken += count
    assert ways == comb(2 * hits, hits)
    assert broken <= delta * ways * (1 + 1e-9)


@pytest.mark.parametrize(
    ("wrong", "of", "bound"), [(0, 45, 0.0499), (0, 10, 0.2057), (3, 100, 0.0655), (7, 7, 1.0), (0, 0, 1.0)]
)
def test_the_bound_of_clopper_and_pearson(wrong: int, of: int, bound: float) -> None:
    assert upper_bound(wrong, of, 0.1) == pytest.approx(bound, abs=2e-4)


def test_the_lower_bound_mirrors_the_upper_one() -> None:
    assert lower_bound(3, 100, 0.1) == pytest.approx(1 - upper_bound(97, 100, 0.1), abs=1e-9)
    assert lower_bound(0, 100, 0.1) == 0.0


def test_the_last_threshold_before_one_fails_is_certified() -> None:
    tallies = [Tally(0.9, 100, 1), Tally(0.8, 200, 4), Tally(0.7, 300, 90), Tally(0.6, 4_000, 10)]
    found = certify(tallies, pairs=5_000, alpha=0.1, delta=0.1)
    assert (found.threshold, found.hits, found.wrong) == (0.8, 200, 4)


@pytest.mark.parametrize("tallies", [[Tally(0.9, 5, 0), Tally(0.8, 1_000, 0)], [Tally(0.9, 100, 50)]])
def test_where_the_first_one_fails_it_is_off_and_says_what_was_seen(tallies: list[Tally]) -> None:
    found = certify(tallies, pairs=5_000, alpha=0.1, delta=0.1)
    assert (found.threshold, found.hits, found.wrong) == (None, tallies[0].hits, tallies[0].wrong)
    assert found.bound > 0.1


def test_without_thresholds_it_is_off() -> None:
    found = certify([], pairs=0, alpha=0.1, delta=0.1)
    assert (found.threshold, found.hits, found.bound) == (None, 0, 1.0)


def some_pairs(random: Random, count: int) -> list[Scored]:
    """The higher the score, the likelier it is right; a tenth is of no partition."""
    scores = [random.random() if random.random() > 0.1 else -1.0 for _ in range(count)]
    return [Scored(score, random.random() < 0.5 + score / 2) for score in scores]


def test_the_order_is_of_other_pairs_alone_and_goes_from_the_surest_to_more_answers() -> None:
    learned = some_pairs(Random(3), 4_000)
    order = sequence(learned, alpha=0.1, pairs=4_000)
    assert list(order) == sorted(order, reverse=True)
    assert all(threshold >= 0 for threshold in order)
    assert len(order) <= len(SHARES)
    assert sequence([Scored(-1.0, right=False)], alpha=0.1, pairs=10) == ()


def test_what_lies_above_is_counted_with_its_threshold() -> None:
    pairs = [Scored(0.9, right=True), Scored(0.8, right=False), Scored(0.8, right=True), Scored(-1.0, right=False)]
    assert tallied([0.9, 0.8, inf], pairs) == [Tally(0.9, 1, 0), Tally(0.8, 3, 1), Tally(inf, 0, 0)]


def test_certified_thresholds_keep_their_bound_on_pairs_to_come() -> None:
    random, alpha, delta = Random(11), 0.15, 0.1
    order = sequence(some_pairs(random, 2_000), alpha=alpha, pairs=1_000)
    on = kept = 0
    for _ in range(200):
        found = certify(tallied(order, some_pairs(random, 1_000)), pairs=1_000, alpha=alpha, delta=delta)
        if found.threshold is None:
            kept += 1
            continue
        on += 1
        (seen,) = tallied([found.threshold], some_pairs(random, 1_000))
        kept += seen.wrong <= alpha * seen.hits
    assert on > 150
    assert kept >= 200 * (1 - delta)
