"""How alike two questions are by what was learned: a gate, and how much each word tells. The same in the proof and in serving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lanewise.core.similar import HASHED_NGRAMS
from lanewise.similarity.features import Question, WordWeights, features_of
from lanewise.similarity.gate import NEAR, Gate, knots_of, learn, near_by
from lanewise.similarity.hashed import cosine
from lanewise.similarity.indications import FOLDS, Indications, folds_of, learn_indications

APART = -1.0
"""The score of questions whose numbers or names differ, or that are not near: one's answer is never the other's."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Scores pairs."""

    gate: Gate
    weights: WordWeights
    indications: Indications
    near: float = NEAR
    knots: tuple[float, ...] = ()

    def score(self, one: Question, other: Question, *, alike: float) -> float:
        """From 0 to 1, or APART. `alike` is the cosine of their embeddings."""
        if alike < self.near or one.fixed != other.fixed:
            return APART
        found = features_of(one, other, self.weights, alike=alike, knots=self.knots)
        return self.gate.score([*found, *self.indications.of(one, other)])


class Fitted(NamedTuple):
    """What was learned, and the scores of the pairs that it was learned from, each by what it would be had it never seen that pair."""

    likeness: Likeness
    scores: list[float]


def learn_gate(
    labelled: Sequence[tuple[Question, Question, bool]],
    cosines: Sequence[float] | None = None,
    *,
    embedding: str = HASHED_NGRAMS,
) -> Fitted:
    """Learn from pairs, each with whether one answer does for both. `cosines` are theirs where embeddings are no hashed n-grams.

    Raises ValueError where no two of them are near.
    """
    if cosines is None:
        cosines = [cosine(one.vector, other.vector) for one, other, _ in labelled]
    near, knots = near_by(embedding), knots_of(embedding)
    weights = WordWeights(question for one, other, _ in labelled for question in (one, other))
    looked_at = [at for at, (one, other, _) in enumerate(labelled) if cosines[at] >= near and one.fixed == other.fixed]
    folds, labels = folds_of(len(looked_at)), [labelled[at][2] for at in looked_at]
    indications, unseen = learn_indications([labelled[at] for at in looked_at], folds)
    rows = [
        [*features_of(*labelled[at][:2], weights, alike=cosines[at], knots=knots), *told]
        for at, told in zip(looked_at, unseen, strict=True)
    ]
    scores = [APART] * len(labelled)
    for at, score in zip(looked_at, _unseen_scores(rows, labels, folds), strict=True):
        scores[at] = score
    return Fitted(Likeness(learn(rows, labels), weights, indications, near, knots), scores)


def _unseen_scores(rows: Sequence[Sequence[float]], labels: Sequence[bool], folds: Sequence[int]) -> list[float]:
    """Each pair's score by a gate that learned from the pairs of all other parts."""
    gates: list[Gate | None] = []
    for fold in range(FOLDS):
        others = [at for at, its in enumerate(folds) if its != fold]
        gates.append(learn([rows[at] for at in others], [labels[at] for at in others]) if others else None)
    found = ((gates[fold], row) for fold, row in zip(folds, rows, strict=True))
    return [APART if gate is None else gate.score(row) for gate, row in found]
