"""What a turn keeps, and what it does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.similarity.index import unit
from lanewise.similarity.nearest_exact import Floats
from lanewise.similarity.turned import kept_dimensions, turned

SECRET, PLACE = bytes(32), b"place"


def a_vector(seed: int, dimensions: int = 128) -> Floats:
    return unit(np.random.default_rng(seed).normal(size=dimensions).astype(np.float32))


@given(
    one=st.integers(0, 10_000),
    other=st.integers(0, 10_000),
    dimensions=st.sampled_from((1, 2, 3, 7, 128, 384, 1_535)),
    secret=st.binary(min_size=32, max_size=32),
    place=st.binary(max_size=40),
)
def test_products_within_a_place_are_what_they_were(
    one: int, other: int, dimensions: int, secret: bytes, place: bytes
) -> None:
    mine, theirs = a_vector(one, dimensions), a_vector(other, dimensions)
    found = turned(mine, secret, place) @ turned(theirs, secret, place)
    assert found == pytest.approx(float(mine @ theirs), abs=1e-5)
    assert len(turned(mine, secret, place)) == kept_dimensions(dimensions)


@pytest.mark.parametrize("dimensions", [128, 384])
def test_without_the_same_secret_and_place_nothing_in_common_is_left(dimensions: int) -> None:
    """Products of one vector turned in 200 ways are those of random directions: about 0, and 1 / dimensions in the mean square."""
    vector = a_vector(1, dimensions)
    here = turned(vector, SECRET, PLACE)
    ways = [turned(vector, number.to_bytes(32), PLACE) for number in range(1, 101)]
    ways += [turned(vector, SECRET, number.to_bytes(4)) for number in range(100)]
    products = np.array([here @ way for way in ways])
    assert abs(products.mean()) < 4 / np.sqrt(200 * dimensions)
    assert np.mean(products**2) == pytest.approx(1 / dimensions, rel=0.5)


def test_a_vector_with_one_number_is_spread_over_all() -> None:
    plain = np.zeros(128, dtype=np.float32)
    plain[5] = 1.0
    assert np.abs(turned(plain, SECRET, PLACE)).max() < 0.5


def test_it_is_the_same_each_time_and_another_one_for_other_dimensions() -> None:
    assert np.array_equal(turned(a_vector(3), SECRET, PLACE), turned(a_vector(3), SECRET, PLACE))
    three, four = a_vector(1, 3), np.append(a_vector(1, 3), np.float32(0.0))
    assert not np.allclose(turned(three, SECRET, PLACE), turned(four, SECRET, PLACE), atol=1e-3)
