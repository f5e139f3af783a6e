from __future__ import annotations

from math import exp
from random import Random

import pytest

from lanewise.core.similar import HASHED_NGRAMS, MINILM
from lanewise.similarity.gate import knots_of, learn


def test_it_finds_the_weights_that_made_the_labels() -> None:
    random = Random(7)
    rows = [[random.gauss(0, 1), random.gauss(0, 1)] for _ in range(6_000)]
    labels = [random.random() < 1 / (1 + exp(-(0.5 + 2.0 * a - 1.0 * b))) for a, b in rows]
    found = learn(rows, labels).weights
    assert found == pytest.approx((0.5, 2.0, -1.0), abs=0.15)


def test_pairs_that_can_be_told_apart_without_a_mistake_have_finite_weights() -> None:
    gate = learn([[0.0], [1.0]] * 50, [False, True] * 50)
    assert gate.score([0.0]) < 0.2
    assert gate.score([1.0]) > 0.8


def test_labels_of_one_kind_are_learned() -> None:
    assert learn([[0.3], [0.7]] * 20, [True] * 40).score([0.5]) > 0.9


def test_without_pairs_there_is_nothing_to_learn() -> None:
    with pytest.raises(ValueError, match="needs labelled pairs"):
        learn([], [])


def test_knots_lie_evenly_above_the_least_cosine_and_n_grams_have_none() -> None:
    assert knots_of(MINILM) == (0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
    assert knots_of("openai/text-embedding-3-small") == (0.5625, 0.625, 0.6875, 0.75, 0.8125, 0.875, 0.9375)
    assert knots_of(HASHED_NGRAMS) == ()
