"""The fuzz target for a moment: damage that hypothesis finds, and damage by chance."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.fuzzing import WORDS, Case, Damage, damaged, drawn, holds, seeds

DAMAGE = st.builds(
    Damage,
    place=st.integers(0, 900),
    gone=st.integers(0, 60),
    instead=st.lists(st.sampled_from(WORDS), max_size=3).map(b"".join) | st.binary(max_size=4),
)


@settings(max_examples=150, deadline=None)
@given(seed=st.sampled_from(seeds()), damages=st.lists(DAMAGE, min_size=1, max_size=3), pieces=st.sampled_from([1, 3]))
def test_whatever_comes_is_a_value_or_refused_in_words(seed: Case, damages: list[Damage], pieces: int) -> None:
    holds(damaged(seed, damages, pieces=pieces))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_chance_makes_of_it(seed: int) -> None:
    random = Random(seed)
    for _ in range(60):
        holds(drawn(random))


def test_what_is_not_damaged_holds() -> None:
    assert len(seeds()) >= 30
    for seed in seeds():
        holds(seed)
