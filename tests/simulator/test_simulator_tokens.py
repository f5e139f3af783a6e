from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanewise.simulator.tokens import count, pieces


@given(st.text())
def test_pieces_join_back_to_the_text_and_none_is_empty(text: str) -> None:
    assert "".join(pieces(text)) == text
    assert all(pieces(text))


@given(st.text())
def test_a_text_has_as_many_tokens_as_pieces_and_no_more_than_bytes(text: str) -> None:
    assert count(text) == len(pieces(text)) <= len(text.encode("utf-8", "surrogatepass"))


def test_words_keep_the_space_before_them_and_long_numbers_are_cut() -> None:
    assert pieces("What is 12345?") == ["What", " is", " ", "123", "45", "?"]
