"""What words tell of two questions: does one answer do for both, where they differ in this word, or share it?

Each word, and each two that follow one another, has a weight that is learned from labelled pairs: the logarithm of the odds of its pairs
by those of all pairs, the nearer to 0 the fewer it was seen in. So `for` beside `against` comes to part two questions and `do` beside
`should` does not, and of what is asked often in many ways (`what is the best`) likeness comes to say less. These are the naive Bayes
features beneath a logistic regression of Wang and Manning, Baselines and Bigrams (2012).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, log
from random import Random

from lanewise.similarity.features import Question

_DOUBT = 5.0  # pairs that a piece is taken to have been seen in before, which were like all others
_LEAST_SEEN = 3  # pairs: of what was seen in fewer nothing is known
_MOST_PIECES = 50_000  # weights that are kept of each kind
FOLDS = 5
_SEED = 20_261_129

Labelled = Sequence[tuple[Question, Question, bool]]


@dataclass(frozen=True, slots=True)
class Indications:
    """Weights of pieces: of a word, or of two in turn with a space between them."""

    differing: dict[str, float]
    shared: dict[str, float]

    def of(self, one: Question, other: Question) -> list[float]:
        """Six numbers: the sum, the least and the most of what tell the pieces that differ, then of those that both have."""
        differing, shared = _pieces(one, other)
        return [*_summed(self.differing, differing), *_summed(self.shared, shared)]


class _Seen:
    """In how many pairs each piece was, and in how many of those that want one answer."""

    def __init__(self) -> None:
        self.differing: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self.shared: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self.pairs = [0, 0]

    def add(self, one: Question, other: Question, *, same: bool) -> None:
        differing, shared = _pieces(one, other)
        for kind in (0, 1) if same else (0,):
            self.differing[kind].update(differing)
            self.shared[kind].update(shared)
            self.pairs[kind] += 1

    def but_for(self, part: _Seen | None) -> Indications:
        """What all tell but a part of them."""
        pairs, same = (all_of - (part.pairs[at] if part else 0) for at, all_of in enumerate(self.pairs))
        usual = (same + 0.5) / (pairs + 1.0)
        return Indications(
            _weights(self.differing, part.differing if part else None, usual),
            _weights(self.shared, part.shared if part else None, usual),
        )


def folds_of(count: int) -> list[int]:
    """In which of a few parts each of so many pairs is, so that what is learned from all other parts never saw it."""
    random = Random(_SEED)  # noqa: S311 - the same each time
    return [random.randrange(FOLDS) for _ in range(count)]


def learn_indications(labelled: Labelled, folds: Sequence[int]) -> tuple[Indications, list[list[float]]]:
    """What these pairs tell, and of each pair the six numbers that all of other parts tell of it."""
    whole, parts = _Seen(), [_Seen() for _ in range(FOLDS)]
    for fold, (one, other, same) in zip(folds, labelled, strict=True):
        whole.add(one, other, same=same)
        parts[fold].add(one, other, same=same)
    others = [whole.but_for(part) for part in parts]
    unseen = [others[fold].of(one, other) for fold, (one, other, _) in zip(folds, labelled, strict=True)]
    return whole.but_for(None), unseen


def _weights(
    seen: tuple[Counter[str], Counter[str]], less: tuple[Counter[str], Counter[str]] | None, usual: float
) -> dict[str, float]:
    found = {}
    for piece, often in seen[0].most_common(_MOST_PIECES):
        pairs, same = often, seen[1][piece]
        if less is not None:
            pairs, same = pairs - less[0][piece], same - less[1][piece]
        if pairs >= _LEAST_SEEN:
            odds = (same + _DOUBT * usual) / (pairs - same + _DOUBT * (1.0 - usual))
            found[piece] = round(log(odds * (1.0 - usual) / usual), 4)
    return found


def _summed(weights: dict[str, float], pieces: Sequence[str]) -> tuple[float, float, float]:
    known = [weights.get(piece, 0.0) for piece in pieces]
    return (fsum(known) / 3, min(known), max(known)) if known else (0.0, 0.0, 0.0)


def _pieces(one: Question, other: Question) -> tuple[list[str], list[str]]:
    """Those that only one of them has, and those that both have."""
    mine, theirs = set(one.words), set(other.words)
    return (
        [*(mine ^ theirs), *(one.neighbours ^ other.neighbours)],
        [*(mine & theirs), *(one.neighbours & other.neighbours)],
    )
