"""What is alike and what is not in two questions of one partition, as numbers from which a gate learns."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, log1p

from lanewise.similarity.hashed import Vector, cosine, embed
from lanewise.similarity.partition import fixed_words, words_of

#: Words that tell little of what is asked.
_COMMON = frozenset(
    words_of(
        "a an the is are was were be been do does did how what why when where who which can could should would will i you my your to of in "
        "on for and or with it its that this there any if from at as by have has had me we some"
    )
)
_MOST_WORDS = 50_000

NAMES = (
    "cosine", "shared words", "shared weight", "shared content", "heaviest difference", "length", "beginning",
    "different words", "different content", "size", "same content", "cosine²", "shared weight²", "cosine * shared weight",
    "heaviest difference * size", "turned round", "turned content", "neighbours", "other order",
)  # fmt: skip
"""Of the numbers, in their order."""

BESIDE_A_MODEL = ("spelling", "cosine * spelling")
"""Of those that follow where a model's embedding tells the cosine, before one for each knot."""

_STEEP = 10.0  # of what lies above a knot, so that it is of about the size of 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question as it is compared."""

    fixed: tuple[str, ...]
    words: tuple[str, ...]  # in lower case
    once: frozenset[str]  # of these, those that stand there once
    neighbours: frozenset[str]  # two words that follow one another, with a space between them
    vector: Vector


def question_of(text: str) -> Question:
    """Read once, compared often."""
    words = [word.lower() for word in words_of(text)]
    return Question(
        fixed=fixed_words(text),
        words=tuple(words),
        once=frozenset(word for word, times in Counter(words).items() if times == 1),
        neighbours=frozenset(map(" ".join, pairwise(words))),
        vector=embed(words),
    )


class WordWeights:
    """How much a word tells: the rarer, the more (inverse document frequency)."""

    def __init__(self, questions: Iterable[Question]) -> None:
        count, seen = 0, Counter[str]()
        for question in questions:
            count += 1
            seen.update(set(question.words))
        self.words = {word: log((1 + count) / (1 + often)) for word, often in seen.most_common(_MOST_WORDS)}
        self.rarest = log(1 + count)

    @classmethod
    def restored(cls, words: dict[str, float], rarest: float) -> WordWeights:
        """As they were learned before."""
        weights = cls(())
        weights.words, weights.rarest = words, rarest
        return weights

    def of(self, word: str) -> float:
        """At least 0; of a word that was never seen, the most there is."""
        return self.words.get(word, self.rarest)


def features_of(
    one: Question, other: Question, weights: WordWeights, *, alike: float, knots: Sequence[float] = ()
) -> list[float]:
    """The numbers of `NAMES` for two questions of one partition, each of about the size of 1. `alike` is the cosine of their embeddings.

    With `knots` those of `BESIDE_A_MODEL` follow, and how far the cosine lies above each knot: so the chance may rise with the cosine as a
    line that bends there (a linear spline), which one line cannot at the top and in the middle.
    """
    mine, theirs = set(one.words), set(other.words)
    shared, different = mine & theirs, mine ^ theirs
    content = {word for word in mine | theirs if word not in _COMMON}
    differing = content & different
    weigh = weights.of
    shared_weight = _share(sum(map(weigh, shared)), sum(map(weigh, mine | theirs)))
    heaviest = max(map(weigh, differing), default=0.0) / 10
    size = log1p(min(len(one.words), len(other.words))) / 3
    found = [
        alike,
        _share(len(shared), len(mine | theirs)),
        shared_weight,
        _share(len(content) - len(differing), len(content)),
        heaviest,
        _share(min(len(one.words), len(other.words)), max(len(one.words), len(other.words))),
        float(one.words[:1] == other.words[:1]),
        len(different) / 10,
        len(differing) / 10,
        size,
        float(not differing),
        alike * alike,
        shared_weight * shared_weight,
        alike * shared_weight,
        heaviest * size,
        *_order_of(one, other),
    ]
    if not knots:
        return found
    spelling = cosine(one.vector, other.vector)
    return [*found, spelling, spelling * alike, *(_STEEP * max(0.0, alike - knot) for knot in knots)]


def _order_of(one: Question, other: Question) -> list[float]:
    """How far the same words stand in another order: `from dollars to rupees` and `from rupees to dollars` want two answers.

    Of two words that both have once, the share that stand the other way round, of all words and of content; the share of neighbours that
    both have; and whether nothing but the order differs.
    """
    places = {word: at for at, word in enumerate(other.words) if word in one.once and word in other.once}
    turned = [places[word] for word in one.words if word in places]
    turned_content = [places[word] for word in one.words if word in places and word not in _COMMON]
    return [
        _turned(turned),
        _turned(turned_content),
        _share(len(one.neighbours & other.neighbours), len(one.neighbours | other.neighbours)),
        float(one.words != other.words and sorted(one.words) == sorted(other.words)),
    ]


def _turned(places: Sequence[int]) -> float:
    """Of all two of these places, the share in which the later one comes first."""
    before: list[int] = []
    turned = 0
    for place in places:
        turned += len(before) - bisect_right(before, place)
        insort(before, place)
    return _share(turned, len(places) * (len(places) - 1) / 2)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0
