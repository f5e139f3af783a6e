"""What is learned from labelled pairs: a likeness, and the threshold above which one answer may be given for another.

The gate learns from a part of the pairs that is used for nothing else; the threshold is certified on all others (`certified`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import msgspec

from lanewise.core.similar import HASHED_NGRAMS
from lanewise.similarity.certified import Certificate, Scored, certify, sequence, tallied
from lanewise.similarity.features import Question, WordWeights, question_of
from lanewise.similarity.gate import NEAR, Gate
from lanewise.similarity.hashed import cosine
from lanewise.similarity.indications import Indications
from lanewise.similarity.likeness import Likeness, learn_gate
from lanewise.similarity.partition import RULES, english

LEARNED_SHARE = 0.375  # of all pairs
LEAST_PAIRS = 50
_COVERED = 0.99  # of the questions, by length
_SEED = 20_261_128  # the same file gives the same certificate: nobody shuffles until it suits


class OtherRules(Exception):
    """It was learned by other rules than these, so that what was certified is not what would be given."""


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """Two questions, and whether somebody said that one answer does for both."""

    one: str
    other: str
    same: bool


class Certified(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate as it is kept and told, with what it was found on."""

    embedding: str
    threshold: float | None  # None: nothing could be certified
    alpha: float
    delta: float
    pairs: int  # that it was certified on
    hits: int  # of these, above the threshold; where there is none, above the one that was tried first
    wrong: int
    bound: float
    learned_from: int  # other pairs, that the gate learned from
    alike_pairs: int  # of all, pairs of the same words
    denied_pairs: int  # of these, labelled as different: noise of labels
    longest_chars: int  # 99 of 100 questions in the pairs are no longer; longer ones are not covered
    rules: int = 1  # by which pairs were parted and scored
    refit_of: str = ""  # the threshold that audits have disproved, where this one was certified on them


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What the likeness is made of. Versions of the first rules cannot read it: what is `factors` here was `gate` there."""

    factors: tuple[float, ...]
    weights: dict[str, float]
    rarest: float
    differing: dict[str, float] = {}
    shared: dict[str, float] = {}
    near: float = NEAR
    knots: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    """All of it."""

    certified: Certified
    likeness: Likeness

    @property
    def words(self) -> Words:
        """What is to be kept of the likeness."""
        like = self.likeness
        return Words(
            factors=like.gate.weights,
            weights=like.weights.words,
            rarest=like.weights.rarest,
            differing=like.indications.differing,
            shared=like.indications.shared,
            near=like.near,
            knots=like.knots,
        )


def restored(certified: Certified, words: Words) -> Learned:
    """What was kept. Raises OtherRules."""
    if certified.rules != RULES:
        raise OtherRules(f"learned by rules {certified.rules}, not {RULES}")
    english()  # reading its words takes 40 ms, for which no question is to wait
    weights = WordWeights.restored(words.weights, words.rarest)
    likeness = Likeness(
        Gate(words.factors), weights, Indications(words.differing, words.shared), words.near, words.knots
    )
    return Learned(certified=certified, likeness=likeness)


def learn_threshold(
    pairs: Sequence[Labelled],
    *,
    alpha: float,
    delta: float,
    embedding: str = HASHED_NGRAMS,
    cosines: Sequence[float] | None = None,
) -> Learned:
    """Learn, and certify. `cosines` are the pairs' by another embedding than hashed n-grams.

    Raises ValueError where there are too few pairs, or none that are near.
    """
    if len(pairs) < LEAST_PAIRS:
        raise ValueError(
            f"{len(pairs)} labelled pairs; at least {LEAST_PAIRS} are needed, and thousands for a low alpha"
        )
    asked = [(question_of(pair.one), question_of(pair.other), pair.same) for pair in pairs]
    alike = cosines if cosines is not None else [cosine(one.vector, other.vector) for one, other, _ in asked]
    order = list(range(len(pairs)))
    Random(_SEED).shuffle(order)  # noqa: S311 - the same each time
    cut = round(len(order) * LEARNED_SHARE)
    likeness, scores = learn_gate(
        [asked[at] for at in order[:cut]], [alike[at] for at in order[:cut]], embedding=embedding
    )
    seen = [Scored(score, asked[at][2]) for at, score in zip(order[:cut], scores, strict=True)]
    calibration = [Scored(likeness.score(*asked[at][:2], alike=alike[at]), asked[at][2]) for at in order[cut:]]
    thresholds = sequence(seen, alpha=alpha, pairs=len(calibration))
    tallies = tallied(thresholds, calibration)
    certificate = certify(tallies, pairs=len(calibration), alpha=alpha, delta=delta)
    certified = _certified(certificate, asked, embedding=embedding, learned_from=cut, pairs=pairs)
    return Learned(certified=certified, likeness=likeness)


def _certified(
    of: Certificate,
    asked: Sequence[tuple[Question, Question, bool]],
    *,
    embedding: str,
    learned_from: int,
    pairs: Sequence[Labelled],
) -> Certified:
    alike = [same for one, other, same in asked if one.words == other.words]
    lengths = sorted(len(text) for pair in pairs for text in (pair.one, pair.other))
    return Certified(
        embedding=embedding,
        threshold=of.threshold,
        alpha=of.alpha,
        delta=of.delta,
        pairs=of.pairs,
        hits=of.hits,
        wrong=of.wrong,
        bound=of.bound,
        learned_from=learned_from,
        alike_pairs=len(alike),
        denied_pairs=alike.count(False),
        longest_chars=lengths[round(_COVERED * (len(lengths) - 1))],
        rules=RULES,
    )
