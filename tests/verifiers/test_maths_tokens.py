"""Tokens: whatever is written, nothing is lost on the way."""
# ruff: noqa: RUF001 - signs as models write them

from __future__ import annotations

import pytest

from lanewise.verifiers.maths.tokens import Unreadable, plain, tokens
from lanewise.verifiers.maths.written import MAX_CHARS


def texts(text: str) -> list[str]:
    return [token.text for token in tokens(text)]


def test_latex_and_plain_signs_are_the_same_tokens() -> None:
    assert texts("3 × 4 ≤ 2√5") == texts(r"3 \times 4 \leq 2\sqrt 5") == ["3", "*", "4", "<=", "2", "sqrt", "5"]


def test_thousands_lose_their_commas_but_members_keep_them() -> None:
    assert texts("7,425,000") == texts(r"7{,}425{,}000") == ["7425000"]
    assert texts("(1,000,5)") == ["(", "1", ",", "000", ",", "5", ")"]


def test_a_word_is_one_token_and_two_letters_are_two_unknowns() -> None:
    assert texts("2 apples") == ["2", "apples"]
    assert texts("2ab") == ["2", "a", "b"]


def test_only_what_is_for_the_eye_is_dropped() -> None:
    assert plain(r"$\left( 1,\, 2 \right)$").split() == ["(", "1,", "2", ")"]


@pytest.mark.parametrize("text", ["1" * (MAX_CHARS + 1), "1 \x00 2"])
def test_what_is_too_long_or_has_unknown_signs_is_not_read(text: str) -> None:
    with pytest.raises(Unreadable):
        tokens(text)
