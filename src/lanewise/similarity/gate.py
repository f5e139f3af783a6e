"""A learned similarity: the chance that two questions want one answer, by logistic regression on what they have in common.

It learns from, and scores, only pairs that are near each other already (`NEAR`): a gate that learned from all of them would spend its
weights on telling far from near, and order the nearest worse than their cosine does. It only orders pairs. How far down that order answers
may be given is for `certified` to say, from pairs that it never saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from lanewise.core.similar import HASHED_NGRAMS, MINILM

NEAR = 0.5
"""The least cosine from which on a pair is looked at."""

_NEAR_BY = {MINILM: 0.6}
_KNOTS = 7

_STEPS = 12
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
    wide = np.column_stack([np.ones(len(rows)), np.array(rows, dtype=np.float64)])
    same = np.array(labels, dtype=np.float64)
    ridge = np.full(wide.shape[1], _RIDGE)
    ridge[0] = 0.0
    weights = np.zeros(wide.shape[1])
    for _ in range(_STEPS):
        chances = 1.0 / (1.0 + np.exp(-np.clip(wide @ weights, -500.0, 500.0)))
        spread = np.maximum(chances * (1.0 - chances), 1e-9)
        gradient = wide.T @ (chances - same) + ridge * weights
        step = np.linalg.solve((wide.T * spread) @ wide + np.diag(ridge), gradient)
        weights -= step
        if np.abs(step).max() < _CLOSE:
            break
    return Gate(tuple(weights.tolist()))


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(map(float.__mul__, one, other))


def _sigmoid(value: float) -> float:
    if value >= 0:
        return 1.0 / (1.0 + exp(-min(value, 500.0)))
    grown = exp(max(value, -500.0))
    return grown / (1.0 + grown)
