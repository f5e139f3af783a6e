from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.similarity.hashed import cosine, embed

WORDS = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6)


@given(WORDS, WORDS)
def test_a_cosine_is_of_both_alike_and_between_nothing_and_all(one: list[str], other: list[str]) -> None:
    left, right = embed(one), embed(other)
    assert 0.0 <= cosine(left, right) <= 1.0
    assert cosine(left, right) == pytest.approx(cosine(right, left))
    assert cosine(left, left) == pytest.approx(1.0)
    assert sqrt(sum(weight * weight for weight in left.values())) == pytest.approx(1.0)


def test_the_same_words_have_the_same_vector_on_every_machine() -> None:
    assert embed(["ab"]) == dict.fromkeys((181_600, 86_504, 194_776), pytest.approx(3**-0.5))


def test_what_is_spelled_alike_is_nearer_than_what_is_not() -> None:
    asked = embed(["how", "do", "i", "learn", "spanish"])
    assert cosine(asked, embed(["how", "do", "we", "learn", "spanish"])) > 0.75
    assert cosine(asked, embed(["what", "makes", "bread", "rise"])) < 0.2
    assert embed([]) == {}
