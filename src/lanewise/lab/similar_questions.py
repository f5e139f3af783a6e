"""Labelled pairs of questions: whether one answer does for both. Read from recorded data, never shipped."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from lanewise.core.errors import LanewiseError


class NoPairs(LanewiseError):
    """There is no such file of pairs."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions, and whether somebody said that they want the same answer."""

    one: str
    other: str
    same: bool


def question_pairs(data: Path, most: int | None = None) -> list[Pair]:
    """Quora's pairs as GPTCache has them, at most so many of them, spread over the file. Raises NoPairs."""
    file = data / "semantic_cache" / "qqp_pairs_gptcache.csv"
    try:
        with file.open(newline="", encoding="utf-8") as lines:
            pairs = [Pair(row["text_a"], row["text_b"], row["label"] == "1") for row in csv.DictReader(lines)]
    except OSError as error:
        raise NoPairs(f"Needs labelled pairs in {str(file)!r}; set LANEWISE_DATA: {error}") from error
    every = 1 if most is None else max(1, len(pairs) // most)
    return pairs[::every][:most]
