"""Words are counted in any script."""

from __future__ import annotations

import pytest

from lanewise.verifiers.reading.words import words_of


@pytest.mark.parametrize(
    ("text", "words"), [("", 0), ("one, two three", 3), ("\u4eca\u5929\u5929\u6c14\u5f88\u597d", 4), ("   \n ", 0)]
)
def test_words_are_what_stands_between_blanks_or_two_characters_where_there_are_none(text: str, words: int) -> None:
    assert words_of(text) == words
