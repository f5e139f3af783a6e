"""A bound that audits have disproved is fitted anew, on the audits themselves: to a stricter threshold, or to none.

Labelled pairs were chosen by somebody; audits are drawn by chance from the answers that a gateway gives, so they are like those to come.
But they say something only of answers above the threshold that they were drawn at: a refit keeps the gate and can but raise that.

Where the share that was drawn has changed meanwhile, those of a larger one are thinned to the smallest, so that all are equally likely;
which ones stay is told by the pair alone, never by what the audit found. A pair that was drawn again counts once, as it was told last.

It is looked after a hundred audits, then each time there are twice as many, six times in all; and each time at the same shares of the
audited scores, in two fixed sequences: from the middle to less and less strict thresholds, and among the strictest. All of that is settled
before an audit is looked at, and what may be spent is divided evenly among looks and sequences (Bonferroni): a threshold that breaks its
bound is certified with a chance of at most delta. Each is tested as in `certified`. Who is not certified by then learns from other pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from typing import NamedTuple

from msgspec import structs

from lanewise.similarity.certified import SPENT_ON_TESTS, Tally, chance_of_breaking, upper_bound
from lanewise.similarity.learned import Certified

FIRST_LOOK = 100
"""Audits."""

_LOOKS = 6
_LOOKED_AT = frozenset(FIRST_LOOK << look for look in range(_LOOKS))
_SEQUENCES = ((0.45, 0.6, 0.75, 0.9), (0.25, 0.33))  # of the audited answers, that stricter thresholds would still give
_HASHED_BITS = 64


class AuditedPair(NamedTuple):
    """An answer that was asked for again: how alike the two questions are, whether it did, and how likely it was to be audited."""

    pair: bytes  # a digest of the two
    score: float
    right: bool
    share: float


def is_due(audits: int) -> bool:
    """Whether it is looked at after so many audits."""
    return audits in _LOOKED_AT


def refit(of: Certified, audits: Iterable[AuditedPair], *, threshold_id: str) -> Certified | None:
    """At one of the looks, the certificate of the least strict threshold above that of `threshold_id` that audits speak for; else None."""
    least = inf if of.threshold is None else of.threshold
    counted = sorted((each for each in _thinned(_latest(audits)) if each.score >= least), key=_score, reverse=True)
    spent = SPENT_ON_TESTS * of.delta / _LOOKS / len(_SEQUENCES)
    for shares in _SEQUENCES:
        held: Tally | None = None
        for threshold in _thresholds(counted, shares, least):
            above = [each for each in counted if each.score >= threshold]
            tally = Tally(threshold, len(above), sum(not each.right for each in above))
            if chance_of_breaking(tally.wrong, tally.hits, of.alpha) > spent:
                break
            held = tally
        if held is not None:
            return _certified(of, held, len(counted), threshold_id)
    return None


def _latest(audits: Iterable[AuditedPair]) -> Sequence[AuditedPair]:
    """Each pair once, as it was told last."""
    return list({each.pair: each for each in audits if each.share > 0}.values())


def _thinned(audits: Sequence[AuditedPair]) -> Sequence[AuditedPair]:
    least = min((each.share for each in audits), default=0.0)
    return [each for each in audits if _drawn(each.pair) * each.share <= least]


def _drawn(pair: bytes) -> float:
    """A number between 0 and 1 that is a pair's own."""
    return int.from_bytes(pair[:8]) / float(1 << _HASHED_BITS)


def _thresholds(counted: Sequence[AuditedPair], shares: Sequence[float], least: float) -> Sequence[float]:
    """Where such shares of the scores lie, the highest first, as long as that is stricter than before."""
    places = [round(share * len(counted)) - 1 for share in shares]
    found = [counted[place].score for place in places if place >= 0]
    return [each for each in dict.fromkeys(found) if each > least]


def _score(audited: AuditedPair) -> float:
    return audited.score


def _certified(of: Certified, tally: Tally, pairs: int, threshold_id: str) -> Certified:
    return structs.replace(
        of,
        threshold=tally.threshold,
        pairs=pairs,
        hits=tally.hits,
        wrong=tally.wrong,
        bound=upper_bound(tally.wrong, tally.hits, of.delta),
        alike_pairs=0,
        denied_pairs=0,
        refit_of=threshold_id,
    )
