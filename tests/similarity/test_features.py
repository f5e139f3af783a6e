from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.similarity.features import BESIDE_A_MODEL, NAMES, WordWeights, features_of, question_of
from lanewise.similarity.hashed import cosine

CORPUS = [
    question_of(text) for text in ("how do cats sleep", "how do dogs sleep", "how do cats eat", "why do owls sleep")
]
WEIGHTS = WordWeights(CORPUS)


def told(one: str, other: str) -> dict[str, float]:
    mine, theirs = question_of(one), question_of(other)
    alike = cosine(mine.vector, theirs.vector)
    return dict(zip(NAMES, features_of(mine, theirs, WEIGHTS, alike=alike), strict=True))


@given(st.text(max_size=60), st.text(max_size=60))
def test_every_pair_has_every_number_whichever_comes_first(one: str, other: str) -> None:
    assert told(one, other) == pytest.approx(told(other, one))


def test_a_rare_word_tells_more_than_a_common_one() -> None:
    assert WEIGHTS.of("owls") > WEIGHTS.of("sleep") > 0
    assert WEIGHTS.of("unheard") > WEIGHTS.of("owls")
    rare, common = told("do cats sleep", "do owls sleep"), told("do cats sleep", "do cats eat")
    assert rare["heaviest difference"] == WEIGHTS.of("owls") / 10
    assert common["heaviest difference"] == max(WEIGHTS.of("sleep"), WEIGHTS.of("eat")) / 10


def test_a_question_and_itself_differ_in_nothing() -> None:
    same = told("How do cats sleep?", "how do cats sleep")
    assert same["cosine"] == pytest.approx(1.0)
    assert (same["different words"], same["heaviest difference"], same["same content"]) == (0.0, 0.0, 1.0)


def test_weights_are_the_same_when_they_are_restored() -> None:
    again = WordWeights.restored(WEIGHTS.words, WEIGHTS.rarest)
    assert [again.of(word) for word in ("owls", "sleep", "unheard")] == [
        WEIGHTS.of(word) for word in ("owls", "sleep", "unheard")
    ]


def test_common_words_are_no_content() -> None:
    assert told("what is a cat", "what is the cat")["same content"] == 1.0
    assert told("what is a cat", "what is a dog")["same content"] == 0.0


@pytest.mark.parametrize(("alike", "above"), [(0.75, [0.0, 0.0]), (0.85, [0.5, 0.0]), (0.95, [1.5, 0.5])])
def test_beside_a_model_spelling_counts_too_and_how_far_the_cosine_lies_above_each_knot(
    alike: float, above: list[float]
) -> None:
    mine, theirs = CORPUS[0], CORPUS[1]
    plain = features_of(mine, theirs, WEIGHTS, alike=alike)
    found = features_of(mine, theirs, WEIGHTS, alike=alike, knots=(0.8, 0.9))
    spelling = cosine(mine.vector, theirs.vector)
    assert len(found) == len(NAMES) + len(BESIDE_A_MODEL) + 2
    assert found == pytest.approx([*plain, spelling, spelling * alike, *above])


@pytest.mark.parametrize(
    ("one", "other", "turned"),
    [
        ("convert dollars to rupees", "convert rupees to dollars", 1 / 3),
        ("dollars rupees", "rupees dollars", 1.0),
        ("which laptop i should buy", "which laptop should i buy", 0.0),
        ("convert dollars to rupees", "convert dollars to rupees", 0.0),
    ],
)
def test_words_that_stand_the_other_way_round_are_counted(one: str, other: str, turned: float) -> None:
    found = told(one, other)
    assert found["turned content"] == pytest.approx(turned)
    assert found["other order"] == float(one != other)
    assert (found["neighbours"] == 1.0) is (one == other)
