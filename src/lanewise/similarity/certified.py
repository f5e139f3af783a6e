"""A threshold with an error bound: of the next answers given above it, at most a share alpha is wrong, with confidence 1-delta.

Learn-then-Test (Angelopoulos, Bates, Candes, Jordan, Lei, 2021) with fixed-sequence testing: thresholds are tried in an order that is
settled before a label of the calibration pairs is looked at, and the first that fails ends it; so the chance that any of those that
passed breaks its bound is at most delta (the family-wise error of a fixed sequence).

What is tested is what will be seen, not a parameter: of as many answers to come as there were calibration pairs above the threshold, the
share of wrong ones (as in conformal prediction: Vovk, Gammerman, Shafer, 2005). Were more than alpha of them wrong, then of all wrong
ones together unlikely few would have fallen among the calibration pairs; how unlikely says the hypergeometric distribution, exactly,
whatever the pairs are like, as long as those to come are like these. A bound of the parameter alone (Clopper and Pearson, 1934), which is
shown beside it, would be broken by what is seen in nearly one of five such samples, not one of ten.

That a threshold is broken by what is seen is chance too, which a fixed sequence does not count: it bounds the chance that the first
threshold too many passes, not that one before it is broken all the same where the sequence ends. In fine steps the two together come to
delta, and nothing is left: bounds of 10 % were broken in 9 to 11 of 100 splits of recorded pairs, and in up to 10 of pairs made up to be as
bad as can be. So six tenths of delta are spent on the tests.

The order begins where the pairs that the gate was learned from promise the surest success, and goes on to more and more answers: beginning
at the strictest threshold would fail for want of pairs above it. Where nothing can be certified the answer is off, and says what it saw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, lgamma, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.intp]

_LEAST_SHARE, _STEPS = 0.0025, 400
SHARES = tuple(round(_LEAST_SHARE ** (1 - at / (_STEPS - 1)), 5) for at in range(_STEPS))
"""Of all pairs, that the thresholds in turn let through: each a sixty-sixth more than the one before, up to all."""

SPENT_ON_TESTS = 0.6  # of delta
_MOST_NEEDED = 100_000  # hits: nobody labels as many pairs as those take


@dataclass(frozen=True, slots=True)
class Scored:
    """A labelled pair: how alike, and whether one answer does for both. What is not of one partition has no score."""

    score: float
    right: bool


class Tally(NamedTuple):
    """What lies above a threshold."""

    threshold: float
    hits: int
    wrong: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """What was certified, and on what. Off where `threshold` is None."""

    threshold: float | None
    alpha: float
    delta: float
    pairs: int  # that it was tested on
    hits: int  # of these, above the threshold; where it is off, above the one that was tried first
    wrong: int
    bound: float  # of the share of wrong ones, that holds with confidence 1-delta


def sequence(learned_from: Sequence[Scored], *, alpha: float, pairs: int) -> tuple[float, ...]:
    """The thresholds in the order in which they are to be tried on so many calibration pairs, from other pairs alone."""
    ordered = sorted((pair for pair in learned_from if pair.score >= 0), key=lambda pair: -pair.score)
    tried: list[tuple[float, float]] = []  # how sure each seems, and where it is
    wrong = seen = 0
    for share in SHARES:
        count = round(share * len(learned_from))
        if not 0 < count <= len(ordered):
            continue
        wrong += sum(not pair.right for pair in ordered[seen:count])
        seen = count
        scale = pairs / len(learned_from)
        chance = chance_of_breaking(round(wrong * scale), round(count * scale), alpha)
        tried.append((chance, ordered[count - 1].score))
    if not tried:
        return ()
    surest = min(range(len(tried)), key=lambda at: tried[at][0])
    return tuple(dict.fromkeys(threshold for _, threshold in tried[surest:]))


def tallied(thresholds: Sequence[float], pairs: Sequence[Scored]) -> list[Tally]:
    """How many of these pairs lie above each threshold, and how many of those are wrong."""
    scores = np.array([pair.score for pair in pairs], dtype=np.float64)
    return counted(thresholds, scores, np.array([pair.right for pair in pairs], dtype=np.bool_))


def counted(thresholds: Sequence[float], scores: Floats, right: Flags) -> list[Tally]:
    """The same of many pairs: `scores` and `right` have one place for each."""
    hits, wrong = _above(thresholds, scores), _above(thresholds, scores[~right])
    return [Tally(*each) for each in zip(thresholds, hits, wrong, strict=True)]


def certify(tallies: Sequence[Tally], *, pairs: int, alpha: float, delta: float) -> Certificate:
    """Try thresholds in their order on so many calibration pairs; the last that holds before one fails is certified."""
    held: Tally | None = None
    for each in tallies:
        if chance_of_breaking(each.wrong, each.hits, alpha) > SPENT_ON_TESTS * delta:
            break
        held = each
    shown = held or (tallies[0] if tallies else Tally(inf, 0, 0))
    return Certificate(
        threshold=None if held is None else held.threshold,
        alpha=alpha,
        delta=delta,
        pairs=pairs,
        hits=shown.hits,
        wrong=shown.wrong,
        bound=upper_bound(shown.wrong, shown.hits, delta),
    )


def _above(thresholds: Sequence[float], scores: Floats) -> list[int]:
    places: list[int] = np.searchsorted(np.sort(scores), np.asarray(thresholds, dtype=np.float64)).tolist()
    return [len(scores) - place for place in places]


@lru_cache(maxsize=65_536)
def chance_of_breaking(wrong: int, hits: int, alpha: float) -> float:
    """How likely so few wrong ones are, where of as many hits to come more than alpha will be wrong; 1 of nothing."""
    allowed = int(alpha * hits)
    all_wrong = wrong + allowed + 1
    if allowed + 1 > hits:
        return 1.0
    counts = np.arange(max(0, all_wrong - hits), wrong + 1)
    ways = _log_ways(all_wrong, counts) + _log_ways(2 * hits - all_wrong, hits - counts)
    return min(1.0, float(np.exp(ways - _log_ways(2 * hits, np.array([hits]))).sum()))


def hits_needed(wrong: int, hits: int, *, alpha: float, delta: float) -> int | None:
    """From about how many hits on the same share of wrong ones would be certified; None where that share is not below alpha."""
    share = wrong / hits if hits else 0.0
    if share >= alpha:
        return None
    needed = 1
    while chance_of_breaking(round(share * needed), needed, alpha) > SPENT_ON_TESTS * delta:
        needed = needed + 1 + needed // 20
        if needed > _MOST_NEEDED:
            return None
    return needed


def upper_bound(wrong: int, of: int, delta: float) -> float:
    """Above which the true share lies with a chance of at most delta (Clopper and Pearson, one-sided); 1 of nothing."""
    if wrong >= of:
        return 1.0
    return _where(lambda share: _chance_of_so_few(wrong, of, share) > delta)


def lower_bound(wrong: int, of: int, delta: float) -> float:
    """Below which the true share lies with a chance of at most delta; 0 of nothing."""
    if wrong <= 0:
        return 0.0
    return _where(lambda share: 1.0 - _chance_of_so_few(wrong - 1, of, share) < delta)


def _where(too_low: Callable[[float], bool]) -> float:
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if too_low(middle) else (low, middle)
    return high


@lru_cache(maxsize=65_536)
def _chance_of_so_few(wrong: int, of: int, share: float) -> float:
    """How likely at most so many are wrong where each is with this chance; 1 of nothing."""
    if wrong >= of or share <= 0.0:
        return 1.0
    if share >= 1.0:
        return 0.0
    counts = np.arange(wrong + 1)
    chances = _log_ways(of, counts) + counts * log(share) + (of - counts) * log(1.0 - share)
    return min(1.0, float(np.exp(chances).sum()))


def _log_ways(of: int, counts: Counts) -> Floats:
    """The logarithm of in how many ways so many can be chosen, for each count."""
    factorials = _log_factorials(1 << max(10, of.bit_length()))
    ways: Floats = factorials[of] - factorials[counts] - factorials[of - counts]
    return ways


@lru_cache(maxsize=32)
def _log_factorials(below: int) -> Floats:
    return np.array([lgamma(number + 1) for number in range(below)], dtype=np.float64)
