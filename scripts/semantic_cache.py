"""Makes `docs/reference/similar-questions.md` from recorded pairs: `python -m scripts.semantic_cache`, with LANEWISE_DATA set."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lanewise.core.similar import MINILM
from lanewise.lab.semantic_cache import Compared, compare, hashed
from lanewise.lab.semantic_view import markdown
from lanewise.lab.similar_questions import question_pairs
from lanewise.similarity.minilm import MiniLm

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "similar-questions.md"
COSINES = ROOT / "tests" / "lab" / "minilm_cosines.npy"
"""Of the pairs in their order, by the model; no word of a question is in it."""
_OF_ONE = 10_000
ALPHAS = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30)
_HEAD = """# Similar questions

May an answer be given again to a question that only looks like an earlier one?
This page measures it on recorded pairs. It is served where a policy says so and a threshold was certified on your own pairs \
([how](../how-to/answer-similar-questions.md)); the code that scores and certifies is the same.

A similarity counts only within an exact partition: questions whose numbers, names or negations differ are never alike.
Within it a gate, learned from labelled pairs, orders pairs, and a threshold is certified on pairs that the gate never \
saw: of as many answers to come as there were calibration hits, at most a share alpha is \
wrong, with the confidence that is written beside it.
Methods and sources are in `src/lanewise/similarity/`: Learn-then-Test with fixed-sequence testing, \
an exact hypergeometric test, and a betting test for audits.
A hit is a pair above the threshold; shares of hits are of all test pairs, shares of wrong ones are of hits.
The best static threshold is the one that somebody would choose who knew the labels of the test: over all questions or within \
partitions, whichever gives more hits, and within partitions, which the gate never leaves.

This page is made by `python -m scripts.semantic_cache` from `LANEWISE_DATA`; do not edit it.

"""


def measured(data: Path, minilm: Sequence[float]) -> list[Compared]:
    """The comparisons that the page shows, with how alike the model finds the questions of each pair."""
    pairs = question_pairs(data)
    embedded = hashed(pairs)
    by_model = replace(embedded, embedding=MINILM, cosines=minilm)
    return [compare(pairs, each, alphas=ALPHAS) for each in (embedded, by_model)]


def page(compared: Sequence[Compared]) -> str:
    """The whole page."""
    return _HEAD + markdown(compared)


def recorded_cosines() -> list[float]:
    """What the model found when the page was made: for 99,000 questions it takes eight minutes, which no test has."""
    found: list[float] = (np.load(COSINES) / _OF_ONE).tolist()
    return found


def main() -> None:
    """Ask the model anew, and write the page."""
    data = Path(os.environ.get("LANEWISE_DATA", ROOT.parent / "shared" / "data"))
    cosines = MiniLm().cosines([(pair.one, pair.other) for pair in question_pairs(data)])
    np.save(COSINES, np.round(np.array(cosines) * _OF_ONE).astype(np.int16))
    PAGE.write_text(page(measured(data, recorded_cosines())), encoding="utf-8")


if __name__ == "__main__":
    main()
