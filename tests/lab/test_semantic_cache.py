"""The proof on recorded pairs: certified thresholds keep their bound, and give no less than the best static one."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest
from scripts.semantic_cache import ALPHAS, PAGE, measured, page, recorded_cosines

from lanewise.core.similar import HASHED_NGRAMS, MINILM
from lanewise.lab.semantic_cache import Compared, compare, hashed
from lanewise.lab.semantic_view import holds
from lanewise.lab.similar_questions import NoPairs, Pair, question_pairs
from lanewise.similarity.minilm import MiniLm, installed

DATA = Path(os.environ.get("LANEWISE_DATA", Path(__file__).resolve().parents[2] / ".." / "shared" / "data"))


@pytest.fixture(scope="module")
def compared() -> list[Compared]:
    try:
        return measured(DATA, recorded_cosines())
    except NoPairs as error:
        pytest.skip(error.message)


@pytest.mark.data
@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("embedding", [HASHED_NGRAMS, MINILM])
def test_a_bound_is_kept_as_often_as_promised_with_no_fewer_hits_than_the_best_static_threshold(
    compared: list[Compared], embedding: str, alpha: float
) -> None:
    (by_this,) = [each for each in compared if each.embedding == embedding]
    (bounded,) = [each for each in by_this.bounds if each.alpha == alpha]
    assert bounded.splits == 200
    assert by_this.calibrated_on > 17_000
    assert holds(bounded), bounded
    if bounded.off:
        seen = bounded.example
        assert seen.threshold is None
        assert seen.pairs == by_this.calibrated_on


@pytest.mark.data
def test_far_more_is_given_than_by_static_thresholds_and_by_the_model_most(compared: list[Compared]) -> None:
    by_hashing, by_model = compared
    often = [(one, other) for one, other in zip(by_hashing.bounds, by_model.bounds, strict=True) if one.alpha >= 0.15]
    assert [one.off + other.off for one, other in often] == [0.0] * 4
    assert all(one.hits > 3 * one.static_hits for one, _ in often)
    assert all(other.hits > 1.5 * one.hits for one, other in often)
    assert all(other.hits > other.static_inside for _, other in often), (
        "what the partition costs is all that is missing"
    )
    (usual,) = [each for each in by_hashing.static if each.threshold == 0.97 and not each.partitioned]
    assert usual.wrong > 0.1, "static thresholds are worse than they look"


@pytest.mark.data
def test_the_committed_page_is_what_is_measured(compared: list[Compared]) -> None:
    assert PAGE.read_text() == page(compared), "make it anew: python -m scripts.semantic_cache"


@pytest.mark.data
@pytest.mark.skipif(not installed(), reason="the extra `minilm` is not installed")
def test_the_model_finds_pairs_as_alike_as_when_the_page_was_made() -> None:
    try:
        pairs = question_pairs(DATA)
    except NoPairs as error:
        pytest.skip(error.message)
    some = Random(11).sample(range(len(pairs)), 120)
    found = MiniLm().cosines([(pairs[at].one, pairs[at].other) for at in some])
    recorded = recorded_cosines()
    assert found == pytest.approx([recorded[at] for at in some], abs=3e-4)


def made_up(random: Random, count: int) -> list[Pair]:
    """Questions that want one answer where they differ in a common word only; every seventh label is wrong."""
    things = ["cats", "dogs", "owls", "boats", "trees", "stones", "clouds", "rivers"]
    doings = ["sleep", "move", "begin", "end", "grow", "vanish", "sound", "smell"]
    pairs = []
    for number in range(count):
        thing, doing = random.choice(things), random.choice(doings)
        same = random.random() < 0.5
        other = thing if same else random.choice([each for each in things if each != thing])
        pairs.append(
            Pair(
                f"why do {thing} {doing} at night", f"why would {other} {doing} at night", same=same ^ (number % 7 == 0)
            )
        )
    return pairs


def test_a_small_comparison_has_every_figure() -> None:
    pairs = made_up(Random(4), 1_200)
    found = compare(pairs, hashed(pairs), alphas=(0.05, 0.3), delta=0.1, splits=20)
    strict, loose = found.bounds
    assert (found.pairs, found.learned_from, found.calibrated_on, found.tested_on) == (1_200, 450, 375, 375)
    assert found.apart == 0.0
    assert strict.off == 1.0, "one label of seven is wrong: nothing below can be certified"
    assert (strict.hits, strict.kept, strict.example.threshold) == (0.0, 1.0, None)
    assert loose.off < 0.2
    assert 0.3 < loose.hits < 0.7
    assert loose.wrong < 0.3
