"""Vectors turned by a secret of their place, for a database that is to find the nearest and not to know what they say.

Words can be told from an embedding by whoever has its model (Morris, Kuleshov, Shmatikov, Rush, Text Embeddings Reveal Almost As Much As
Text, 2023). A rotation keeps every product, and so finds the same questions with the same scores; without the secret its numbers are not
those of any model. Each place has a rotation of its own, so that products of vectors from two places say nothing.

It obscures and does not encrypt. Within a place all products stay, so who has the database sees which questions of one place are alike. Who
knows the text of many questions of a place can solve for its rotation (Liu, Giannella, Kargupta, An Attacker's View of Distance Preserving
Maps, 2006), and of very many vectors of one place a like space may be found without any (Jha, Zhang, Shmatikov, Morris, Harnessing the
Universal Geometry of Embeddings, 2025).

The rotation is no matrix, which would be a megabyte for each place: numbers are taken in pairs as complex ones, and three times put in a
secret order, turned by secret angles and mixed by a Fourier transform, each of which keeps lengths (after the structured orthogonal
maps of Choromanski, Rowland, Weller, The Unreasonable Effectiveness of Structured Random Orthogonal Embeddings, 2017).
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_ROUNDS = 3
_BYTES = 4  # of the secret stream, for each number that is drawn from it
_STEP = 2j * np.pi / 2 ** (8 * _BYTES)


def kept_dimensions(dimensions: int) -> int:
    """How many numbers a turned vector has: an even number."""
    return dimensions + dimensions % 2


def turned(vector: Floats, secret: bytes, place: bytes) -> Floats:
    """The vector as it is kept for a place: products with others of it are what they were, up to rounding.

    `secret` is 32 bytes that the database does not have.
    """
    pairs = kept_dimensions(len(vector)) // 2
    even = np.zeros(2 * pairs, dtype=np.float64)
    even[: len(vector)] = vector
    numbers = even.view(np.complex128)
    drawn = _drawn(secret, place, len(vector))
    for order, angles in zip(drawn[:_ROUNDS], drawn[_ROUNDS:], strict=True):
        numbers = np.fft.fft(numbers[np.argsort(order, kind="stable")] * np.exp(angles * _STEP), norm="ortho")
    found: Floats = np.ascontiguousarray(numbers).view(np.float64).astype(np.float32)
    return found


def _drawn(secret: bytes, place: bytes, dimensions: int) -> NDArray[np.uint32]:
    """For each round an order's numbers, then for each its angles; the same each time, and known to nobody without the secret."""
    pairs = kept_dimensions(dimensions) // 2
    seed = hashlib.shake_256(secret + dimensions.to_bytes(4) + place)
    stream = seed.digest(2 * _ROUNDS * pairs * _BYTES)
    return np.frombuffer(stream, dtype="<u4").reshape(2 * _ROUNDS, pairs)
