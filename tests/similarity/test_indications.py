from __future__ import annotations

from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.similarity.features import Question, question_of
from lanewise.similarity.indications import FOLDS, Indications, folds_of, learn_indications

ONE, SAME, OTHER = "arguments for virtue", "good arguments for virtue", "arguments against virtue"
PAIRS = [
    *[(question_of(f"{thing} for it"), question_of(f"{thing} against it"), False) for thing in "abcdefghij"],
    *[(question_of(f"good {thing} for it"), question_of(f"{thing} for it"), True) for thing in "abcdefghij"],
]


def learned(pairs: list[tuple[Question, Question, bool]] | None = None) -> Indications:
    pairs = PAIRS if pairs is None else pairs
    return learn_indications(pairs, folds_of(len(pairs)))[0]


def test_a_word_by_which_questions_differed_that_want_two_answers_speaks_against_one() -> None:
    found = learned()
    assert found.differing["against"] < -0.5
    assert found.differing["good"] > 0.5
    assert found.differing["against it"] < -0.5, "and so do two words in turn"
    assert found.shared["for it"] > 0.5


def test_what_was_seen_in_few_pairs_tells_nothing_and_what_was_seen_in_many_more() -> None:
    found = learned()
    assert "a for" not in found.shared
    more = learned(PAIRS * 5)
    assert abs(more.differing["against"]) > abs(found.differing["against"])


def test_the_numbers_of_a_pair_are_sum_least_and_most_of_what_differs_then_of_what_both_have() -> None:
    found = Indications({"for": 0.5, "against": -2.0}, {"virtue": 0.25})
    against = found.of(question_of(ONE), question_of(OTHER))
    assert against == pytest.approx([-0.5, -2.0, 0.5, 0.25 / 3, 0.0, 0.25])
    assert found.of(question_of(ONE), question_of(ONE))[:3] == [0.0, 0.0, 0.0], "nothing differs"


@given(st.text(max_size=40), st.text(max_size=40))
def test_it_is_the_same_whichever_comes_first(one: str, other: str) -> None:
    found = learned()
    mine, theirs = question_of(one), question_of(other)
    assert found.of(mine, theirs) == found.of(theirs, mine)


def test_a_pair_s_own_label_tells_nothing_of_it() -> None:
    random = Random(5)
    labels = [random.random() < 0.5 for _ in range(200)]
    pairs = [(question_of(f"how {n % 7} x"), question_of(f"what {n % 5} x"), same) for n, same in enumerate(labels)]
    folds = folds_of(len(pairs))
    _, unseen = learn_indications(pairs, folds)
    at = 17
    one, other, same = pairs[at]
    changed = [*pairs[:at], (one, other, not same), *pairs[at + 1 :]]
    assert learn_indications(changed, folds)[1][at] == unseen[at]
    assert learn_indications(changed, folds)[1] != unseen, "of others it does"


def test_parts_are_the_same_each_time_and_about_as_large() -> None:
    folds = folds_of(5_000)
    assert folds == folds_of(5_000)
    assert all(900 < folds.count(fold) < 1_100 for fold in range(FOLDS))


def test_of_no_pairs_nothing_is_learned() -> None:
    assert msgspec.to_builtins(learned([])) == {"differing": {}, "shared": {}}
