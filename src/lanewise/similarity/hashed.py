"""Embeddings without a model: hashed n-grams of letters, the same on every machine.

They see spelling and not meaning, and say so by their name: `hashed-ngrams-3-5`. Weinberger et al., Feature Hashing for Large Scale
Multitask Learning (2009).
"""

from __future__ import annotations

import zlib
from math import sqrt

NAME = "hashed-ngrams-3-5"
_SIZES = (3, 4, 5)
_DIMENSIONS = 1 << 18

Vector = dict[int, float]
"""A sparse vector of length 1; the places that are not in it are 0."""


def embed(words: list[str]) -> Vector:
    """The n-grams of the words with a space between them; empty where there are none."""
    text = f" {' '.join(words)} ".encode()
    counts: dict[int, float] = {}
    for size in _SIZES:
        for at in range(len(text) - size + 1):
            place = zlib.crc32(text[at : at + size]) % _DIMENSIONS
            counts[place] = counts.get(place, 0.0) + 1.0
    length = sqrt(sum(count * count for count in counts.values()))
    return {place: count / length for place, count in counts.items()} if length else {}


def cosine(one: Vector, other: Vector) -> float:
    """From 0, nothing in common, to 1, the same."""
    if len(one) > len(other):
        one, other = other, one
    return min(1.0, sum(weight * other.get(place, 0.0) for place, weight in one.items()))
