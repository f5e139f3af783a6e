"""Makes `docs/reference/similar-questions.md` from recorded pairs: `python -m scripts.semantic_cache`, with LANEWISE_DATA set."""

from __future__ import annotations

import os
from pathlib import Path

from lanewise.lab.semantic_cache import Compared, compare
from lanewise.lab.semantic_view import markdown
from lanewise.lab.similar_questions import question_pairs

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "similar-questions.md"
ALPHAS = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30)
PAIRS = 16_000
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
The best static threshold is the one that somebody would choose who knew the labels of the test.

This page is made by `python -m scripts.semantic_cache` from `LANEWISE_DATA`; do not edit it.

"""


def measured(data: Path) -> Compared:
    """The comparison that the page shows."""
    return compare(question_pairs(data, PAIRS), alphas=ALPHAS)


def page(compared: Compared) -> str:
    """The whole page."""
    return _HEAD + markdown(compared)


if __name__ == "__main__":
    PAGE.write_text(
        page(measured(Path(os.environ.get("LANEWISE_DATA", ROOT.parent / "shared" / "data")))), encoding="utf-8"
    )
