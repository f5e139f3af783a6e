"""Words and patterns of a policy: found as words, refused where they could hold up everybody."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.patterns import SEARCHED_CHARS, folded, needed, rarest_letter, stands_alone, why_refused
from lanewise.wire.excerpts import MAX_LAST_TEXT

TAKEN = (
    r"\b(?:prove|proof|theorem)\b",
    r"\bprove\s+that\b",
    r"prove.{0,80}theorem",
    r"[A-Z]{2,5}-\d{1,6}",
    r"\$\d+(?:\.\d\d)?",
    r"\b[\w.]{1,64}@[\w.]{1,255}\b",
    r"\bselect\b[^;]{0,200}\bfrom\b",
    r"https?://\S+",
    r"(?:very\s){0,3}hard",
    r"\bint(?:eger)?s?\b",
    "证明|証明",
)


def test_the_text_searched_is_the_last_message_as_it_is_bounded() -> None:
    assert SEARCHED_CHARS == MAX_LAST_TEXT


@pytest.mark.parametrize("pattern", TAKEN)
def test_what_people_write_is_taken(pattern: str) -> None:
    assert why_refused(pattern) is None


@pytest.mark.parametrize(
    "pattern", [r"(a+)+$", r"foo.*bar", r".*foo", r"\d+\s*km", r"(\w+\s?)*x", r"\s+$", r"(a|ab)*c", r"\S+@\S+"]
)
def test_a_pattern_that_some_text_makes_slow_is_refused_with_what_to_write(pattern: str) -> None:
    why = why_refused(pattern)

    assert why is not None
    assert "`.{0,80}` for `.*`" in why


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "a{2,1}", "*", r"(?P<1>a)", "a{99999999999999999999}"])
def test_what_does_not_compile_is_refused_with_the_reason(pattern: str) -> None:
    why = why_refused(pattern)

    assert why is not None
    assert why.startswith("it is no regular expression that Python knows: ")


@pytest.mark.parametrize(
    ("word", "text", "there"),
    [
        ("prove", "prove it", True),
        ("prove", "can you prove?", True),
        ("prove", "improve, then (prove)", True),
        ("prove", "improve", False),
        ("prove", "proves", False),
        ("prove", "prove_it", False),
        ("prove", "prové it", False),
        ("c++", "in c++, please", True),
        ("c++", "in c++11", False),
        ("zeta function", "the zeta function's zeros", True),
        ("aa", "aaa aa", True),
        ("", "", True),
    ],
)
def test_a_word_stands_alone(word: str, text: str, there: bool) -> None:
    assert stands_alone(word, text) is there


LETTERS = st.characters(codec="utf-8") | st.sampled_from(
    "iI\u0130\u0131\u017fsS\u212akßẞ\u03a3\u03c3\u03c2\u2019'\u2013-abc_ ."
)


@given(st.text(LETTERS, min_size=1, max_size=4), st.text(LETTERS, max_size=12), st.text(LETTERS, max_size=4))
def test_whatever_a_pattern_matches_in_any_case_is_equal_when_folded(word: str, before: str, after: str) -> None:
    for text in (before + word + after, (before + word + after).upper(), (before + word + after).lower()):
        if re.search(re.escape(word), text, re.IGNORECASE):
            assert folded(word) in folded(text)


def test_no_cased_character_is_folded_apart_from_those_that_patterns_take_for_it() -> None:
    cased = [char for char in map(chr, range(0x3000)) if len({char, char.lower(), char.upper(), char.casefold()}) > 1]
    together = "".join(cased)

    for char in cased:
        for found in re.findall(re.escape(char), together, re.IGNORECASE):
            assert folded(char) in folded(found), (char, found)


@given(st.text(LETTERS, min_size=1, max_size=6), st.text(LETTERS, max_size=6))
def test_no_text_holds_a_word_without_its_rarest_letter(word: str, beside: str) -> None:
    letter = rarest_letter(folded(word))

    for text in (beside + word, word.upper() + beside, beside + word.lower()):
        if folded(word) in folded(text):
            assert letter in text or letter.upper() in text


@pytest.mark.parametrize(
    ("word", "letter"), [("theorem", "m"), ("quiz", "z"), ("c++", "c"), ("kiss", ""), ("доказать", "")]
)
def test_the_rarest_letter_that_comes_of_nothing_but_its_capital(word: str, letter: str) -> None:
    assert rarest_letter(word) == letter


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"\bProve\s+that\b", {"prove"}),
        (r"(?:lemma|corollary)\b", {"lemma", "corollary"}),
        (r"prove.{0,80}theorem", {"theorem"}),
        (r"(?:ab){2,3}", {"ab"}),
        (r"x?(foo(bar|baz))?", set()),
        (r"foo|\d", set()),
        (r"\d{3}", set()),
        (r"(?!foo)\w", set()),
        ("|".join(f"{letter}word" for letter in "abcdefghijkl"), set()),
    ],
)
def test_the_words_a_pattern_cannot_do_without(pattern: str, words: set[str]) -> None:
    assert needed(pattern) == words


PIECES = st.sampled_from(
    ["ab", "b", "Ba", r"\w", ".", "(?:ab|ba)", "(?:a|b)?", "(ab){1,2}", "[ab]", r"\b", "(?:abb|ba|b)", "é"]
)


@given(st.lists(PIECES, max_size=5).map("".join), st.text("abAB é", max_size=12))
def test_no_match_is_without_them(pattern: str, text: str) -> None:
    words = needed(pattern)
    if re.search(pattern, text, re.IGNORECASE):
        assert not words or any(word in folded(text) for word in words)
