"""How alike two questions are by what was learned: a gate, and how much each word tells. The same in the proof and in serving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lanewise.core.similar import HASHED_NGRAMS
from lanewise.similarity.features import Question, WordWeights, features_of
from lanewise.similarity.gate import NEAR, Gate, knots_of, learn, near_by
from lanewise.similarity.hashed import cosine

APART = -1.0
"""The score of questions whose numbers or names differ, or that are not near: one's answer is never the other's."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Scores pairs."""

    gate: Gate
    weights: WordWeights
    near: float = NEAR
    knots: tuple[float, ...] = ()

    def score(self, one: Question, other: Question, *, alike: float) -> float:
        """From 0 to 1, or APART. `alike` is the cosine of their embeddings."""
        if alike < self.near or one.fixed != other.fixed:
            return APART
        return self.gate.score(features_of(one, other, self.weights, alike=alike, knots=self.knots))


def learn_gate(
    labelled: Sequence[tuple[Question, Question, bool]],
    cosines: Sequence[float] | None = None,
    *,
    embedding: str = HASHED_NGRAMS,
) -> Likeness:
    """Learn from pairs, each with whether one answer does for both. `cosines` are theirs where embeddings are no hashed n-grams.

    Raises ValueError where no two of them are near.
    """
    if cosines is None:
        cosines = [cosine(one.vector, other.vector) for one, other, _ in labelled]
    near, knots = near_by(embedding), knots_of(embedding)
    weights = WordWeights(question for one, other, _ in labelled for question in (one, other))
    looked_at = [
        (features_of(one, other, weights, alike=alike, knots=knots), same)
        for (one, other, same), alike in zip(labelled, cosines, strict=True)
        if alike >= near and one.fixed == other.fixed
    ]
    gate = learn([row for row, _ in looked_at], [same for _, same in looked_at])
    return Likeness(gate, weights, near, knots)
