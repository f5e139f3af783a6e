"""The proof on recorded pairs: certified thresholds keep their bound, and give no less than the best static one."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest
from scripts.semantic_cache import ALPHAS, PAGE, measured, page

from lanewise.lab.semantic_cache import Compared, compare
from lanewise.lab.semantic_view import holds
from lanewise.lab.similar_questions import NoPairs, Pair

DATA = Path(os.environ.get("LANEWISE_DATA", Path(__file__).resolve().parents[2] / ".." / "shared" / "data"))


@pytest.fixture(scope="module")
def compared() -> Compared:
    try:
        return measured(DATA)
    except NoPairs as error:
        pytest.skip(error.message)


@pytest.mark.data
@pytest.mark.parametrize("alpha", ALPHAS)
def test_a_bound_is_kept_as_often_as_promised_with_no_fewer_hits_than_the_best_static_threshold(
    compared: Compared, alpha: float
) -> None:
    (bounded,) = [each for each in compared.bounds if each.alpha == alpha]
    assert bounded.splits == 200
    assert holds(bounded), bounded
    if bounded.off:
        seen = bounded.example
        assert seen.threshold is None
        assert seen.pairs == compared.calibrated_on


@pytest.mark.data
def test_something_can_be_certified_and_static_thresholds_are_worse_than_they_look(compared: Compared) -> None:
    always = [each for each in compared.bounds if each.off == 0]
    assert always
    assert all(each.hits > each.static_hits for each in always)
    (usual,) = [each for each in compared.static if each.threshold == 0.97 and not each.partitioned]
    assert usual.wrong > 0.1


@pytest.mark.data
def test_the_committed_page_is_what_is_measured(compared: Compared) -> None:
    assert PAGE.read_text() == page(compared), "make it anew: python -m scripts.semantic_cache"


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
    found = compare(made_up(Random(4), 1_200), alphas=(0.05, 0.3), delta=0.1, splits=20)
    strict, loose = found.bounds
    assert (found.pairs, found.learned_from, found.calibrated_on, found.tested_on) == (1_200, 450, 375, 375)
    assert found.apart == 0.0
    assert strict.off == 1.0, "one label of seven is wrong: nothing below can be certified"
    assert (strict.hits, strict.kept, strict.example.threshold) == (0.0, 1.0, None)
    assert loose.off < 0.2
    assert 0.3 < loose.hits < 0.7
    assert loose.wrong < 0.3
