"""A learned similarity: the chance that two questions want one answer, by logistic regression on what they have in common.

It learns from, and scores, only pairs that are near each other already (`NEAR`): a gate that learned from all of them would spend its
weights on telling far from near, and order the nearest worse than their cosine does. It only orders pairs. How far down that order answers
may be given is for `certified` to say, from pairs that it never saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from lanewise.core.similar import HASHED_NGRAMS, MINILM

NEAR = 0.5
"""The least cosine from which on a pair is looked at."""

_NEAR_BY = {MINILM: 0.7}  # of the recorded pairs below, one of eighteen wants one answer
_KNOTS = 4

_STEPS = 8
_CLOSE = 1e-6  # a step that changes no weight by more is the last
_RIDGE = 1.0  # of each weight but the first: keeps it finite where the pairs can be told apart without a mistake


@dataclass(frozen=True, slots=True)
class Gate:
    """Weights of the features, the first one of none."""

    weights: tuple[float, ...]

    def score(self, features: Sequence[float]) -> float:
        """From 0 to 1; the higher, the likelier that one answer will do."""
        return _sigmoid(_dot(self.weights, (1.0, *features)))


def near_by(embedding: str) -> float:
    """The same, of an embedding."""
    return _NEAR_BY.get(embedding, NEAR)


def knots_of(embedding: str) -> tuple[float, ...]:
    """Cosines at which the gate's line may bend, evenly from the least that is looked at up to 1; none for hashed n-grams, whose cosines
    say nothing that the words do not say better.
    """
    if embedding == HASHED_NGRAMS:
        return ()
    near = near_by(embedding)
    return tuple(round(near + (1.0 - near) * at / (_KNOTS + 1), 4) for at in range(1, _KNOTS + 1))


def learn(rows: Sequence[Sequence[float]], labels: Sequence[bool]) -> Gate:
    """Fit by Newton's steps on the ridge-penalised likelihood. `labels` say which pairs want one answer. Raises ValueError without any."""
    if not rows:
        raise ValueError("a gate needs labelled pairs to learn from")
    wide = [(1.0, *row) for row in rows]
    weights = [0.0] * len(wide[0])
    for _ in range(_STEPS):
        step = _solved(*_slopes(wide, labels, weights))
        weights = [weight - change for weight, change in zip(weights, step, strict=True)]
        if max(map(abs, step)) < _CLOSE:
            break
    return Gate(tuple(weights))


def _slopes(
    rows: Sequence[Sequence[float]], labels: Sequence[bool], weights: Sequence[float]
) -> tuple[list[list[float]], list[float]]:
    """Curvature and gradient of the penalised loss; of the curvature, which is symmetric, the lower half."""
    size = len(weights)
    gradient = [0.0] + [_RIDGE * weight for weight in weights[1:]]
    curvature = [[_RIDGE if at == other and at else 0.0 for other in range(size)] for at in range(size)]
    for row, label in zip(rows, labels, strict=True):
        chance = _sigmoid(_dot(weights, row))
        error, spread = chance - label, max(chance * (1.0 - chance), 1e-9)
        for at, value in enumerate(row):
            gradient[at] += error * value
            if value:
                line, scaled = curvature[at], spread * value
                for other in range(at + 1):
                    line[other] += scaled * row[other]
    return curvature, gradient


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(map(float.__mul__, one, other))


def _sigmoid(value: float) -> float:
    if value >= 0:
        return 1.0 / (1.0 + exp(-min(value, 500.0)))
    grown = exp(max(value, -500.0))
    return grown / (1.0 + grown)


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The solution of a linear system with a positive definite matrix, of which the lower half is read (Cholesky)."""
    size = len(right)
    lower = [[0.0] * size for _ in range(size)]
    for row in range(size):
        for column in range(row + 1):
            rest = matrix[row][column] - sum(lower[row][at] * lower[column][at] for at in range(column))
            lower[row][column] = max(rest, 1e-12) ** 0.5 if row == column else rest / lower[column][column]
    middle = [0.0] * size
    for row in range(size):
        middle[row] = (right[row] - sum(lower[row][at] * middle[at] for at in range(row))) / lower[row][row]
    found = [0.0] * size
    for row in reversed(range(size)):
        found[row] = (middle[row] - sum(lower[at][row] * found[at] for at in range(row + 1, size))) / lower[row][row]
    return found
