"""Is a bound that was certified kept? Gates and static thresholds on labelled pairs of questions, over many splits.

The gate learns from a part of the pairs that is used for nothing else. The rest is cut at random into calibration pairs, on which a
threshold is certified, and test pairs, on which it is held against its bound and against what a static threshold would have given. The
best static threshold is the one that a person would choose who knew the test's labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean

import numpy as np

from lanewise.core.similar import HASHED_NGRAMS
from lanewise.lab.similar_questions import Pair
from lanewise.similarity.certified import Certificate, Flags, Floats, Scored, certify, counted, sequence
from lanewise.similarity.features import Question, question_of
from lanewise.similarity.hashed import cosine
from lanewise.similarity.likeness import Likeness, learn_gate

LEARNED_SHARE = 0.375  # of all pairs; the rest is halved in each split
STATIC = (0.97, 0.90)
_GRID = [at / 100 for at in range(50, 101)]  # static thresholds to choose among


@dataclass(frozen=True, slots=True)
class Judged:
    """Pairs as everybody scores them, one place for each."""

    gate: Floats  # APART where the gate is not asked
    cosine: Floats
    same: Flags
    together: Flags  # in one partition

    def some(self, places: slice | Sequence[int]) -> Judged:
        """Those at these places."""
        return Judged(self.gate[places], self.cosine[places], self.same[places], self.together[places])

    def __len__(self) -> int:
        return len(self.same)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounded:
    """What became of one bound over all splits. Shares: of splits, or of all test pairs (hits) or of hits (wrong)."""

    alpha: float
    delta: float
    splits: int
    kept: float  # of splits: the wrong hits were at most alpha; where it was off, there are none
    off: float  # of splits: nothing could be certified
    hits: float
    wrong: float
    static_hits: float  # of the best static threshold that meets alpha on the same test pairs, 0 where none does
    static_inside: float  # the same within partitions: the gate never leaves them
    example: Certificate  # of the first split in which it was off, else of the first


@dataclass(frozen=True, kw_only=True, slots=True)
class Static:
    """A threshold on the cosine that nobody certified."""

    threshold: float
    partitioned: bool
    hits: float
    wrong: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Noise:
    """Pairs that say the same but for case, spaces and signs, and how many of these somebody labelled as different."""

    pairs: int
    denied: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """The whole comparison."""

    embedding: str
    pairs: int
    same: float
    apart: float  # pairs of different partitions, of all
    apart_same: int  # of these, labelled as the same
    learned_from: int
    calibrated_on: int
    tested_on: int
    noise: Noise
    bounds: tuple[Bounded, ...]
    static: tuple[Static, ...]


@dataclass(frozen=True, slots=True)
class Embedded:
    """Questions as they are compared, and how alike an embedding makes each pair."""

    embedding: str
    questions: Sequence[tuple[Question, Question]]
    cosines: Sequence[float]


def hashed(pairs: Sequence[Pair]) -> Embedded:
    """By n-grams, which need no model."""
    questions = [(question_of(pair.one), question_of(pair.other)) for pair in pairs]
    return Embedded(HASHED_NGRAMS, questions, [cosine(one.vector, other.vector) for one, other in questions])


def compare(
    pairs: Sequence[Pair], embedded: Embedded, *, alphas: Sequence[float], delta: float = 0.1, splits: int = 200
) -> Compared:
    """Learn once, then split so many times. Random, and the same each time."""
    random = Random(20_261_128)  # noqa: S311 - splits that are the same each time
    order = list(range(len(pairs)))
    random.shuffle(order)
    cut = round(len(order) * LEARNED_SHARE)
    questions, cosines = [embedded.questions[at] for at in order], [embedded.cosines[at] for at in order]
    same = [pairs[at].same for at in order]
    like, scores = learn_gate(
        [(*pair, label) for pair, label in zip(questions[:cut], same[:cut], strict=True)],
        cosines[:cut],
        embedding=embedded.embedding,
    )
    judged = _judged(like, questions, cosines, same)
    rest = judged.some(slice(cut, None))
    half = len(rest) // 2
    scored = [Scored(score, right) for score, right in zip(scores, same[:cut], strict=True)]
    orders = {alpha: sequence(scored, alpha=alpha, pairs=half) for alpha in alphas}
    outcomes: dict[float, list[_Outcome]] = {alpha: [] for alpha in alphas}
    places = list(range(len(rest)))
    for _ in range(splits):
        random.shuffle(places)
        calibration, test = rest.some(places[:half]), rest.some(places[half:])
        inside = _best_static(test, test.together, alphas)
        over_all = _best_static(test, np.ones(len(test), dtype=np.bool_), alphas)
        static = {alpha: max(inside[alpha], over_all[alpha]) for alpha in alphas}
        for alpha in alphas:
            tallies = counted(orders[alpha], calibration.gate, calibration.same)
            certificate = certify(tallies, pairs=half, alpha=alpha, delta=delta)
            outcomes[alpha].append(_outcome(certificate, test, static[alpha], inside[alpha]))
    return Compared(
        embedding=embedded.embedding,
        pairs=len(pairs),
        same=fmean(pair.same for pair in pairs),
        apart=float(np.mean(~judged.together)),
        apart_same=int(np.count_nonzero(judged.same & ~judged.together)),
        learned_from=cut,
        calibrated_on=half,
        tested_on=len(rest) - half,
        noise=_noise(same, questions),
        bounds=tuple(_bounded(alpha, delta, outcomes[alpha]) for alpha in alphas),
        static=tuple(_static(judged, each, partitioned=inside) for each in STATIC for inside in (False, True)),
    )


@dataclass(frozen=True, slots=True)
class _Outcome:
    certificate: Certificate
    hits: float
    wrong: float
    static_hits: float
    static_inside: float


def _judged(
    like: Likeness, questions: Sequence[tuple[Question, Question]], cosines: Sequence[float], same: Sequence[bool]
) -> Judged:
    gates = [like.score(*pair, alike=alike) for pair, alike in zip(questions, cosines, strict=True)]
    together = [one.fixed == other.fixed for one, other in questions]
    return Judged(np.array(gates), np.array(cosines), np.array(same, dtype=np.bool_), np.array(together))


def _outcome(certificate: Certificate, test: Judged, static_hits: float, static_inside: float) -> _Outcome:
    threshold = certificate.threshold
    given = test.same[test.gate >= threshold] if threshold is not None else test.same[:0]
    return _Outcome(certificate, len(given) / len(test), _wrong(given), static_hits, static_inside)


def _best_static(test: Judged, which: Flags, alphas: Sequence[float]) -> dict[float, float]:
    """The most hits that any static threshold gives to these pairs without more than alpha wrong ones."""
    best = dict.fromkeys(alphas, 0.0)
    for tally in counted(_GRID, test.cosine[which], test.same[which]):
        for alpha in alphas:
            if tally.hits and tally.wrong <= alpha * tally.hits:
                best[alpha] = max(best[alpha], tally.hits / len(test))
    return best


def _static(judged: Judged, threshold: float, *, partitioned: bool) -> Static:
    given = judged.same[(judged.cosine >= threshold) & (judged.together | (not partitioned))]
    return Static(threshold=threshold, partitioned=partitioned, hits=len(given) / len(judged), wrong=_wrong(given))


def _wrong(given: Flags) -> float:
    return float(np.mean(~given)) if len(given) else 0.0


def _bounded(alpha: float, delta: float, outcomes: Sequence[_Outcome]) -> Bounded:
    on = [each for each in outcomes if each.certificate.threshold is not None]
    return Bounded(
        alpha=alpha,
        delta=delta,
        splits=len(outcomes),
        kept=fmean(each.wrong <= alpha for each in outcomes),
        off=1.0 - len(on) / len(outcomes),
        hits=fmean(each.hits for each in outcomes),
        wrong=fmean(each.wrong for each in on) if on else 0.0,
        static_hits=fmean(each.static_hits for each in outcomes),
        static_inside=fmean(each.static_inside for each in outcomes),
        example=next(
            (each.certificate for each in outcomes if each.certificate.threshold is None), outcomes[0].certificate
        ),
    )


def _noise(same: Sequence[bool], questions: Sequence[tuple[Question, Question]]) -> Noise:
    alike = [label for label, (one, other) in zip(same, questions, strict=True) if one.words == other.words]
    return Noise(pairs=len(alike), denied=alike.count(False))
