from __future__ import annotations

import pytest

from lanewise.similarity.features import question_of
from lanewise.similarity.hashed import cosine
from lanewise.similarity.likeness import APART, Likeness, learn_gate

THINGS = ("cats", "dogs", "owls", "boats", "trees", "stones")


def learned() -> Likeness:
    """From pairs that want one answer where they are about one thing."""
    pairs = [
        (question_of(f"why do {one} sleep at night"), question_of(f"why would {other} sleep at night"), one == other)
        for one in THINGS
        for other in THINGS
    ]
    return learn_gate(pairs)


def score(like: Likeness, one: str, other: str) -> float:
    mine, theirs = question_of(one), question_of(other)
    return like.score(mine, theirs, alike=cosine(mine.vector, theirs.vector))


def test_it_orders_pairs_as_it_has_learned_to() -> None:
    like = learned()
    same = score(like, "why do cats sleep at night", "why would cats sleep at night")
    other = score(like, "why do cats sleep at night", "why would dogs sleep at night")
    assert 0.0 <= other < same <= 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("why do 2 cats sleep at night", "why do 3 cats sleep at night"),
        ("why do cats sleep at night", "why do cats not sleep at night"),
        ("why do cats sleep at night", "how deep is the sea"),
    ],
    ids=["number", "negation", "far"],
)
def test_what_is_of_another_partition_or_far_is_apart(one: str, other: str) -> None:
    assert score(learned(), one, other) == APART


def test_nothing_is_learned_from_pairs_of_which_none_are_near() -> None:
    with pytest.raises(ValueError, match="labelled pairs"):
        learn_gate([(question_of("how deep is the sea"), question_of("why do cats sleep"), False)])
