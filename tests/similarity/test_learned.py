from __future__ import annotations

import msgspec
import pytest

from lanewise.core.similar import HASHED_NGRAMS, MINILM
from lanewise.similarity.features import question_of
from lanewise.similarity.hashed import cosine
from lanewise.similarity.learned import Certified, Learned, OtherRules, Words, learn_threshold, restored
from similarity.pairs_made_up import QUESTION, SAME, learned, made_up


def test_what_can_be_told_apart_is_certified_and_says_on_what() -> None:
    of = learned().certified
    assert of.threshold is not None
    assert (of.pairs, of.learned_from, of.alpha, of.delta) == (250, 150, 0.1, 0.1)
    assert of.wrong / of.hits <= of.bound < 0.1
    assert of.longest_chars == 31


def test_the_same_pairs_give_the_same_certificate() -> None:
    assert learn_threshold(made_up(), alpha=0.1, delta=0.1).certified == learned().certified


def test_where_labels_are_noise_nothing_is_certified_and_what_was_seen_is_told() -> None:
    of = learn_threshold(made_up(noise=0.4), alpha=0.05, delta=0.1).certified
    assert of.threshold is None
    assert of.wrong > 0
    assert of.bound > 0.05


def test_pairs_of_the_same_words_with_another_label_are_noise() -> None:
    pairs = made_up()
    pairs[0] = msgspec.structs.replace(pairs[0], other=pairs[0].one.upper() + "?", same=False)
    of = learn_threshold(pairs, alpha=0.1, delta=0.1).certified
    assert (of.alike_pairs, of.denied_pairs) == (1, 1)


def test_from_few_pairs_nothing_is_learned() -> None:
    with pytest.raises(ValueError, match="at least 50"):
        learn_threshold(made_up(49), alpha=0.1, delta=0.1)


@pytest.mark.parametrize("embedding", [HASHED_NGRAMS, MINILM])
def test_what_was_kept_scores_as_before(embedding: str) -> None:
    made = learned_by(embedding)
    words = msgspec.msgpack.decode(msgspec.msgpack.encode(made.words), type=Words)
    certified = msgspec.json.decode(msgspec.json.encode(made.certified), type=Certified)
    again = restored(certified, words)
    one, other = question_of(QUESTION), question_of(SAME)
    alike = cosine(one.vector, other.vector)
    assert alike > made.likeness.near
    assert again.likeness.knots == made.likeness.knots
    assert again.likeness.score(one, other, alike=alike) == made.likeness.score(one, other, alike=alike)
    assert again.certified == made.certified


def test_what_was_learned_by_other_rules_is_never_used() -> None:
    made = learned()
    with pytest.raises(OtherRules, match="rules 1"):
        restored(msgspec.structs.replace(made.certified, rules=1), made.words)


def test_what_the_first_rules_kept_cannot_be_read_and_they_cannot_read_this() -> None:
    kept = msgspec.to_builtins(learned().words)
    assert "gate" not in kept, "the first rules ask for it"
    earlier = {"gate": kept.pop("factors"), **kept}
    with pytest.raises(msgspec.ValidationError, match="factors"):
        msgspec.convert(earlier, Words)


def learned_by(embedding: str) -> Learned:
    """As if a model found the pairs as alike as their letters are."""
    pairs = made_up()
    cosines = [cosine(question_of(pair.one).vector, question_of(pair.other).vector) for pair in pairs]
    return learn_threshold(pairs, alpha=0.1, delta=0.1, embedding=embedding, cosines=cosines)
