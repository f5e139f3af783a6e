"""The numbers are those that the `tokenizers` library (0.23) gives by the model's own file; for 99,526 recorded questions as well."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.similarity.wordpieces import numbers_of, vocabulary


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [101, 102]),
        ("   ", [101, 102]),
        ("Crème brûlée, naïve café?", [101, 13675, 21382, 7987, 9307, 2063, 1010, 15743, 7668, 1029, 102]),
        ("ΟΔΥΣΣΕΥΣ", [101, 1169, 29722, 29735, 29733, 29733, 29723, 29735, 29733, 102]),
        ("日本語のテキスト and English", [101, 1864, 1876, 1950, 1671, 30239, 30227, 30233, 30240, 1998, 2394, 102]),
        ("don't stop—now… “quoted”", [101, 2123, 1005, 1056, 2644, 1517, 2085, 1529, 1523, 9339, 1524, 102]),
        ("x" * 101 + " y", [101, 100, 1061, 102]),
        ("a\u200bb\u00adc\x00d\ufffde", [101, 5925, 3207, 102]),
        ("\u0130stanbul \u01c5 \u00df \ufb01", [101, 9960, 100, 1096, 1984, 102]),
        ("tab\there\nnew\u00a0line\u3000wide", [101, 21628, 2182, 2047, 2240, 2898, 102]),
        ("🙂 emoji 👩‍👩‍👧", [101, 100, 7861, 29147, 2072, 100, 102]),
        (
            "3.14% of $1,000.50 (C++) #1",
            [101, 1017, 1012, 2403, 1003, 1997, 1002, 1015, 1010, 2199, 1012, 2753, 1006, 1039, 1009, 1009, 1007, 1001, 1015, 102],
        ),
    ],
)  # fmt: skip
def test_a_text_is_cut_as_the_model_was_trained_on(text: str, numbers: list[int]) -> None:
    assert numbers_of(text, 256) == numbers


def test_a_mark_of_the_vocabulary_in_a_text_ends_nothing() -> None:
    assert vocabulary()["[SEP]"] not in numbers_of("before [SEP] after", 256)[:-1]


@given(st.text(max_size=60), st.integers(2, 20))
def test_whatever_is_said_it_begins_and_ends_and_is_no_longer_than_asked_for(text: str, most: int) -> None:
    found = numbers_of(text, most)
    assert (found[0], found[-1]) == (101, 102)
    assert len(found) <= most
    assert found[:-1] == numbers_of(text, 10_000)[: len(found) - 1], "what is left out is the end"
