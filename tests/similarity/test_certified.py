"""The bound is exact: what it promises is held against the distributions themselves, and against chance."""

from __future__ import annotations

from math import comb, inf
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.similarity.certified import (
    SHARES,
    SPENT_ON_TESTS,
    Counts,
    Flags,
    Scored,
    Tally,
    certify,
    chance_of_breaking,
    hits_needed,
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


def rising(alpha: float, at: float, steepness: float) -> list[float]:
    """The true share of wrong ones above each of 120 thresholds, which passes alpha when so much of the way is gone."""
    return [min(1.0, max(0.0, alpha * (1 + steepness * (step / 119 - at)))) for step in range(120)]


WORST = {
    "at alpha all the way": rising(0.1, 0.5, 0.0),
    "a little below all the way": [0.085] * 120,
    "slowly through alpha": rising(0.1, 0.5, 0.5),
    "fast through alpha": rising(0.1, 0.5, 2.0),
    "above alpha from the first": rising(0.1, 0.0, 0.5),
    "a jump": [0.06] * 60 + [0.13] * 60,
    "below alpha again later": [0.11] * 30 + [0.09] * 90,
}


@pytest.mark.parametrize("shares", WORST.values(), ids=WORST)
def test_whatever_the_shares_a_certified_threshold_is_broken_by_what_comes_no_more_often_than_delta(
    shares: list[float],
) -> None:
    """Of the same pairs one half at random is certified on and the other comes: 60 hits above the first threshold, 10 more by each."""
    random, times, alpha, delta = np.random.default_rng(23), 500, 0.1, 0.1
    ends = 2 * (60 + 10 * np.arange(len(shares)))
    wrong = pool(shares, ends)
    broken = 0
    for _ in range(times):
        mine = random.permutation(len(wrong)) < len(wrong) // 2
        seen, to_come = above(wrong, mine, ends), above(wrong, ~mine, ends)
        tallies = [Tally(float(-at), *each) for at, each in enumerate(seen)]
        threshold = certify(tallies, pairs=5_000, alpha=alpha, delta=delta).threshold
        if threshold is not None:
            hits, wrong_hits = to_come[int(-threshold)]
            broken += wrong_hits > alpha * hits
    assert broken / times <= delta


def pool(shares: list[float], ends: Counts) -> Flags:
    """Which pairs are wrong, the surest first, so that of the pairs until each end such a share is."""
    wrong = np.zeros(int(ends[-1]), dtype=np.bool_)
    begin = so_far = 0
    for share, end in zip(shares, ends.tolist(), strict=True):
        more = min(max(0, round(share * end) - so_far), end - begin)
        wrong[begin : begin + more] = True
        begin, so_far = end, so_far + more
    return wrong


def above(wrong: Flags, mine: Flags, ends: Counts) -> list[tuple[int, int]]:
    """Of these pairs, how many are above each threshold, and how many of those are wrong."""
    hits, of_these = mine.cumsum()[ends - 1], (mine & wrong).cumsum()[ends - 1]
    return list(zip(hits.tolist(), of_these.tolist(), strict=True))


def test_it_says_how_many_hits_the_same_share_of_wrong_ones_would_take() -> None:
    needed = hits_needed(2, 40, alpha=0.1, delta=0.1)
    assert needed is not None
    assert chance_of_breaking(round(0.05 * needed), needed, 0.1) <= SPENT_ON_TESTS * 0.1
    assert chance_of_breaking(round(0.05 * needed * 0.8), round(needed * 0.8), 0.1) > SPENT_ON_TESTS * 0.1
    assert hits_needed(4, 40, alpha=0.1, delta=0.1) is None, "the share is alpha itself"
    assert (hits_needed(0, 0, alpha=0.1, delta=0.1) or 0) < 60
