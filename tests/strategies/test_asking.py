from __future__ import annotations

from lanewise.strategies.asking import words_for


def test_the_first_sample_is_the_request_itself_and_no_two_are_asked_alike() -> None:
    words = [words_for(place) for place in range(20)]
    assert words[0] == ""
    assert len(set(words)) == 20
