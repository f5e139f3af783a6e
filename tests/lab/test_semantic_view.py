from __future__ import annotations

import io
from dataclasses import replace
from random import Random

from lab.test_semantic_cache import made_up
from lanewise.core.similar import MINILM
from lanewise.lab.semantic_cache import Bounded, compare, hashed
from lanewise.lab.semantic_view import holds, markdown, semantic_view
from lanewise.operations.render import show
from lanewise.similarity.certified import Certificate

PAIRS = made_up(Random(4), 400)
COMPARED = compare(PAIRS, hashed(PAIRS), alphas=(0.05, 0.4), splits=5)
CERTIFICATE = Certificate(threshold=0.9, alpha=0.1, delta=0.1, pairs=9, hits=9, wrong=0, bound=0.1)
GOOD = Bounded(
    alpha=0.1,
    delta=0.1,
    splits=200,
    kept=0.9,
    off=0.0,
    hits=0.05,
    wrong=0.08,
    static_hits=0.06,
    static_inside=0.06,
    example=CERTIFICATE,
)


def test_the_page_has_a_row_for_each_bound_and_each_static_threshold() -> None:
    text = markdown([COMPARED, replace(COMPARED, embedding=MINILM)])
    assert text.count("| certified, alpha ") == 2 * 2
    assert text.count("| static cosine ") == 2 * 4
    by_hashing, by_model = text.split("## By ")[1:]
    assert "spelling only" in by_hashing
    assert MINILM in by_model
    assert "alpha 5.0 %: of 125 pairs" in text, "what is off says on what"
    assert "Label noise: of " in text


def test_the_screen_says_the_same() -> None:
    file = io.StringIO()
    show(semantic_view(COMPARED), file)
    assert "certified, alpha 40.0 %, confidence 90.0 %" in file.getvalue()
    assert "Label noise" in file.getvalue()


def test_a_bound_holds_only_where_it_is_kept_and_gives_enough() -> None:
    assert holds(GOOD)
    assert not holds(replace(GOOD, kept=0.89))
    assert not holds(replace(GOOD, static_hits=0.08))
