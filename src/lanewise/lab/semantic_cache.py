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

from lanewise.lab.similar_questions import Pair
from lanewise.similarity.certified import Certificate, Scored, certify, sequence, tallied
from lanewise.similarity.features import Question, WordWeights, features_of, question_of
from lanewise.similarity.gate import NEAR, Gate, learn
from lanewise.similarity.hashed import cosine

LEARNED_SHARE = 0.375  # of all pairs; the rest is halved in each split
STATIC = (0.97, 0.90)
_GRID = [at / 100 for at in range(50, 101)]  # static thresholds to choose among
APART = -1.0  # the score of a pair whose numbers or names differ, or that is not near: never given


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair as everybody scores it."""

    gate: float  # APART where the gate is not asked
    cosine: float
    same: bool
    together: bool  # in one partition


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


def compare(pairs: Sequence[Pair], *, alphas: Sequence[float], delta: float = 0.1, splits: int = 200) -> Compared:
    """Learn once, then split so many times. Random, and the same each time."""
    random = Random(20_261_128)  # noqa: S311 - splits that are the same each time
    questions = [(question_of(pair.one), question_of(pair.other)) for pair in pairs]
    order = list(range(len(pairs)))
    random.shuffle(order)
    cut = round(len(order) * LEARNED_SHARE)
    weights = WordWeights(each for at in order[:cut] for each in questions[at])
    gate = _gate([(questions[at], pairs[at].same) for at in order[:cut]], weights)
    judged = [_judge(gate, weights, *questions[at], same=pairs[at].same) for at in order]
    learned, rest = judged[:cut], judged[cut:]
    half = len(rest) // 2
    orders = {alpha: sequence(_scored(learned), alpha=alpha, pairs=half) for alpha in alphas}
    outcomes: dict[float, list[_Outcome]] = {alpha: [] for alpha in alphas}
    for _ in range(splits):
        random.shuffle(rest)
        calibration, test = _scored(rest[:half]), rest[half:]
        static = _best_static(test, alphas)
        for alpha in alphas:
            tallies = tallied(orders[alpha], calibration)
            certificate = certify(tallies, pairs=half, alpha=alpha, delta=delta)
            outcomes[alpha].append(_outcome(certificate, test, static[alpha]))
    return Compared(
        pairs=len(pairs),
        same=fmean(pair.same for pair in pairs),
        apart=fmean(not each.together for each in judged),
        apart_same=sum(each.same for each in judged if not each.together),
        learned_from=cut,
        calibrated_on=half,
        tested_on=len(rest) - half,
        noise=_noise(pairs, questions),
        bounds=tuple(_bounded(alpha, delta, outcomes[alpha]) for alpha in alphas),
        static=tuple(_static(judged, each, partitioned=inside) for each in STATIC for inside in (False, True)),
    )


@dataclass(frozen=True, slots=True)
class _Outcome:
    certificate: Certificate
    hits: float
    wrong: float
    static_hits: float


def _gate(learned: Sequence[tuple[tuple[Question, Question], bool]], weights: WordWeights) -> Gate:
    near = [
        (one, other, same) for (one, other), same in learned if _is_asked(one, other, cosine(one.vector, other.vector))
    ]
    return learn([features_of(one, other, weights) for one, other, _ in near], [same for *_, same in near])


def _judge(gate: Gate, weights: WordWeights, one: Question, other: Question, *, same: bool) -> Judged:
    alike = cosine(one.vector, other.vector)
    score = gate.score(features_of(one, other, weights)) if _is_asked(one, other, alike) else APART
    return Judged(score, alike, same, one.fixed == other.fixed)


def _is_asked(one: Question, other: Question, alike: float) -> bool:
    return alike >= NEAR and one.fixed == other.fixed


def _scored(judged: Sequence[Judged]) -> list[Scored]:
    return [Scored(each.gate, each.same) for each in judged]


def _outcome(certificate: Certificate, test: Sequence[Judged], static_hits: float) -> _Outcome:
    threshold = certificate.threshold
    given = [] if threshold is None else [each.same for each in test if each.gate >= threshold]
    wrong = given.count(False) / len(given) if given else 0.0
    return _Outcome(certificate, len(given) / len(test), wrong, static_hits)


def _best_static(test: Sequence[Judged], alphas: Sequence[float]) -> dict[float, float]:
    """The most hits that any static threshold gives without more than alpha wrong ones, inside partitions or over all pairs."""
    best = dict.fromkeys(alphas, 0.0)
    for pairs in ([each for each in test if each.together], test):
        for tally in tallied(_GRID, [Scored(each.cosine, each.same) for each in pairs]):
            for alpha in alphas:
                if tally.hits and tally.wrong <= alpha * tally.hits:
                    best[alpha] = max(best[alpha], tally.hits / len(test))
    return best


def _static(judged: Sequence[Judged], threshold: float, *, partitioned: bool) -> Static:
    given = [each.same for each in judged if each.cosine >= threshold and (each.together or not partitioned)]
    wrong = given.count(False) / len(given) if given else 0.0
    return Static(threshold=threshold, partitioned=partitioned, hits=len(given) / len(judged), wrong=wrong)


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
        example=next(
            (each.certificate for each in outcomes if each.certificate.threshold is None), outcomes[0].certificate
        ),
    )


def _noise(pairs: Sequence[Pair], questions: Sequence[tuple[Question, Question]]) -> Noise:
    alike = [pair.same for pair, (one, other) in zip(pairs, questions, strict=True) if one.words == other.words]
    return Noise(pairs=len(alike), denied=alike.count(False))
