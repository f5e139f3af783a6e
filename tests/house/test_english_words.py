"""The list of English words is what its maker makes of the source that is named, and nobody has changed it by hand."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from scripts.english_words import MADE, main, words_of_english

MADE_SHA256 = "3a3e6a6e9c3258c06245d7b7c5036486c106e2e537f11e3e8c2d74fe30000a00"
"""Another list parts questions in another way: count up `RULES` in `similarity/partition.py` with it."""


def test_names_stand_with_a_capital_ordinary_words_without_and_what_is_both_is_neither() -> None:
    listed = ["Paris", "Paris's", "AIDS", "aid", "aids", "horse", "horses", "horse's", "May", "may", "slack", "iPhone"]
    assert words_of_english(listed) == ["Pari", "horse", "iPhone"]


def test_the_list_that_is_shipped_is_the_one_that_thresholds_were_certified_with() -> None:
    assert hashlib.sha256(MADE.read_bytes()).hexdigest() == MADE_SHA256


def test_it_is_made_of_no_other_list(tmp_path: Path) -> None:
    other = tmp_path / "words"
    other.write_text("horse\n")
    with pytest.raises(SystemExit, match="another list"):
        main(other)
