"""Labelled pairs of questions that are easily told apart, and what is learned of them: the same each time."""

from __future__ import annotations

from functools import cache
from random import Random

from lanewise.similarity.learned import Labelled, Learned, learn_threshold

THINGS = ("invoice", "password", "address", "order", "profile", "parcel", "voucher", "contract")
DOINGS = ("change", "cancel", "print", "delete", "find", "share", "restore", "check")
WAYS = ("how do i {doing} my {thing}", "how can i {doing} my {thing}", "how would i {doing} the {thing}")

QUESTION = "how do i change my invoice"
SAME = "how can i change my invoice"
ANOTHER = "how do i cancel my voucher"


def made_up(count: int = 400, *, noise: float = 0.0) -> list[Labelled]:
    """Half of them want one answer; of the labels a share is wrong."""
    random = Random(11)
    pairs = []
    for _ in range(count):
        doing, thing = random.choice(DOINGS), random.choice(THINGS)
        same = random.random() < 0.5
        other = doing if same else random.choice([each for each in DOINGS if each != doing])
        one, way = random.sample(WAYS, 2)
        pairs.append(
            Labelled(
                one=one.format(doing=doing, thing=thing),
                other=way.format(doing=other, thing=thing),
                same=same ^ (random.random() < noise),
            )
        )
    return pairs


@cache
def learned(alpha: float = 0.1, delta: float = 0.1) -> Learned:
    return learn_threshold(made_up(), alpha=alpha, delta=delta)
