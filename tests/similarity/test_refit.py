"""A bound fitted anew on audits: which ones count, when it is looked, and that what is certified holds."""

from __future__ import annotations

from random import Random

import pytest
from msgspec import structs

from lanewise.similarity.learned import Certified
from lanewise.similarity.refit import AuditedPair, is_due, refit
from similarity.pairs_made_up import learned

BROKEN: Certified = structs.replace(learned().certified, alpha=0.1, delta=0.1, threshold=0.5)


def audited(
    random: Random, count: int, wrong_below: float, *, wrong: float = 0.4, else_wrong: float = 0.02
) -> list[AuditedPair]:
    """Audits of answers whose scores are spread evenly; a share is wrong below a score, another one above it."""
    scores = [0.5 + 0.5 * random.random() for _ in range(count)]
    shares = [wrong if score < wrong_below else else_wrong for score in scores]
    return [
        AuditedPair(random.randbytes(32), score, random.random() >= share, 0.1)
        for score, share in zip(scores, shares, strict=True)
    ]


def test_it_is_looked_after_a_hundred_audits_and_then_each_time_there_are_twice_as_many() -> None:
    assert [audits for audits in range(9_999) if is_due(audits)] == [100, 200, 400, 800, 1_600, 3_200]


def test_a_threshold_above_which_few_are_wrong_is_found_and_says_on_what() -> None:
    found = refit(BROKEN, audited(Random(1), 800, 0.7), threshold_id="broken")
    assert found is not None
    assert found.threshold is not None
    assert 0.66 < found.threshold < 0.8
    assert (found.pairs, found.refit_of, found.alpha, found.delta) == (800, "broken", 0.1, 0.1)
    assert found.bound < 0.1
    assert found.wrong <= 0.05 * found.hits


def test_where_audits_speak_for_none_there_is_none() -> None:
    assert refit(BROKEN, audited(Random(1), 800, 1.0), threshold_id="broken") is None
    assert refit(BROKEN, audited(Random(1), 50, 0.5, else_wrong=0.0), threshold_id="broken") is None, "too few"
    assert refit(BROKEN, [], threshold_id="broken") is None


def test_a_pair_that_was_audited_again_counts_once_as_it_was_told_last() -> None:
    once = audited(Random(1), 800, 0.7)
    again = [each._replace(right=False) for each in once] + once
    assert refit(BROKEN, again, threshold_id="broken") == refit(BROKEN, once, threshold_id="broken")


def test_audits_of_another_share_are_thinned_so_that_all_are_equally_likely() -> None:
    """Of a month in which half was audited and nearly all was right, only as many count as of one in which a twentieth was."""
    random = Random(2)
    easy = [each._replace(share=0.5) for each in audited(random, 5_000, 0.5, else_wrong=0.0)]
    hard = [each._replace(share=0.05) for each in audited(random, 500, 1.0, wrong=0.3)]
    assert refit(BROKEN, easy, threshold_id="broken") is not None
    assert refit(BROKEN, easy + hard, threshold_id="broken") is None  # half of those to come are like these
    unknown = [each._replace(share=0.0) for each in easy]
    assert refit(BROKEN, unknown, threshold_id="broken") is None


@pytest.mark.parametrize(("wrong_below", "else_wrong"), [(0.5, 0.1), (0.7, 0.095), (0.75, 0.02), (1.0, 0.0)])
def test_however_long_it_is_looked_what_is_certified_is_broken_no_more_often_than_delta(
    wrong_below: float, else_wrong: float
) -> None:
    random, times, broken, found = Random(7), 120, 0, 0
    for _ in range(times):
        seen = audited(random, 400, wrong_below, wrong=0.3, else_wrong=else_wrong)
        looked = (refit(BROKEN, seen[: 100 * 2**look], threshold_id="b") for look in range(3))
        certified = next((each for each in looked if each is not None), None)
        if certified is None or certified.threshold is None:
            continue
        found += 1
        to_come = [
            each
            for each in audited(random, 400, wrong_below, wrong=0.3, else_wrong=else_wrong)
            if each.score >= certified.threshold
        ]
        broken += sum(not each.right for each in to_come) > 0.1 * len(to_come)
    assert broken <= 0.1 * times
    assert found > 0.5 * times or else_wrong > 0.05 or wrong_below == 1.0
