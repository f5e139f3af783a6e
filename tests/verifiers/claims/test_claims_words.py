"""Stems are near enough to find a word again, and lists hold what they say."""

from __future__ import annotations

import pytest

from lanewise.verifiers.claims.words import OPPOSITES, is_mild, stem, without_denial


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("allow", "allows", "allowed", "allowing"), 1),
        (("win", "won", "winning"), 1),
        (("policy", "policies"), 1),
        (("move", "moved", "moving", "moves"), 1),
        (("process", "processes", "processed"), 1),
        (("tenant", "tent"), 2),
        (("his", "hiss"), 2),
    ],
)
def test_a_stem_is_one_for_all_forms_of_a_word(words: tuple[str, ...], count: int) -> None:
    assert len({stem(each) for each in words}) == count


def test_a_beginning_that_denies_is_taken_off() -> None:
    assert [without_denial(each) for each in ("unsafe", "illegal", "nonbinding", "inn")] == [
        "safe",
        "legal",
        "binding",
        "",
    ]


def test_opposites_are_of_one_thing_on_two_sides() -> None:
    assert OPPOSITES["rose"][0] == OPPOSITES["fell"][0]
    assert OPPOSITES["rose"][1] is not OPPOSITES["fell"][1]


def test_some_negations_deny_nothing() -> None:
    assert is_mild("", "not", "only")
    assert is_mild("or", "not", "it")
    assert not is_mild("is", "not", "allowed")
