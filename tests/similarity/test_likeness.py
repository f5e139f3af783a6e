from __future__ import annotations

from random import Random

import pytest

from lanewise.similarity.features import question_of
from lanewise.similarity.hashed import cosine
from lanewise.similarity.likeness import APART, Likeness, learn_gate

THINGS = ("cats", "dogs", "owls", "boats", "trees", "stones")


PAIRS = [
    (question_of(f"why do {one} sleep at night"), question_of(f"why would {other} sleep at night"), one == other)
    for one in THINGS
    for other in THINGS
]


def learned() -> Likeness:
    """From pairs that want one answer where they are about one thing."""
    return learn_gate(PAIRS).likeness


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


def test_pairs_that_were_learned_from_are_scored_as_if_they_were_not() -> None:
    """Where labels are chance, a gate remembers those it saw: on others it is right half of the time, and so must these scores be."""
    random = Random(3)
    words = [f"{one}{two}" for one in ("qu", "za", "vo", "mi", "xe", "ro") for two in "abcdefghij"]
    noise = [
        (
            question_of(f"how do i {' '.join(random.sample(words, 2))} today"),
            question_of("how do i do it today"),
            random.random() < 0.5,
        )
        for _ in range(400)
    ]
    alike = [0.9] * len(noise)
    likeness, unseen = learn_gate(noise, alike)
    remembered = [likeness.score(one, other, alike=0.9) for one, other, _ in noise]
    labels = [same for *_, same in noise]
    assert told_apart(remembered, labels) > 0.65
    assert 0.4 < told_apart(unseen, labels) < 0.6


def told_apart(scores: list[float], labels: list[bool]) -> float:
    """The chance that of two pairs with different labels the right one has the higher score."""
    right = [score for score, same in zip(scores, labels, strict=True) if same]
    wrong = [score for score, same in zip(scores, labels, strict=True) if not same]
    return sum(one > other for one in right for other in wrong) / (len(right) * len(wrong))
