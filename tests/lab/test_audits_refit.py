"""The proof on recorded pairs: a bound that serving has broken is fitted anew on audits, and kept as often as promised."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from scripts.semantic_cache import recorded_cosines

from lanewise.core.similar import MINILM
from lanewise.lab.similar_questions import NoPairs, question_pairs
from lanewise.similarity.features import question_of
from lanewise.similarity.learned import Certified, Labelled, learn_threshold
from lanewise.similarity.refit import FIRST_LOOK, AuditedPair, is_due, refit
from lanewise.similarity.watch import Watch

pytestmark = pytest.mark.data

DATA = Path(os.environ.get("LANEWISE_DATA", Path(__file__).resolve().parents[2] / ".." / "shared" / "data"))
LEARNED, SERVED, SPLITS, DELTA = 8_000, 10_000, 200, 0.1
#: By bound, of how many splits in ten it is fitted at least, within so many audits: the lower it is, the more audits it takes.
FITTED = {0.15: 1, 0.2: 9, 0.3: 9}
MOST_AUDITS = FIRST_LOOK * 16


@dataclass(frozen=True, slots=True)
class Served:
    """What was certified on labels of a generous hand, and the answers that are given by it: score, and whether it did in truth."""

    certified: Certified
    hits: list[tuple[float, bool]]


@pytest.fixture(scope="module", params=FITTED)
def served(request: pytest.FixtureRequest) -> Served:
    try:
        pairs = question_pairs(DATA)
    except NoPairs as error:
        pytest.skip(error.message)
    random = Random(29)
    some = random.sample(range(len(pairs)), LEARNED + SERVED)
    generous = [
        Labelled(one=pairs[at].one, other=pairs[at].other, same=pairs[at].same or random.random() < 0.4)
        for at in some[:LEARNED]
    ]
    cosines = recorded_cosines()
    learned = learn_threshold(
        generous, alpha=request.param, delta=DELTA, embedding=MINILM, cosines=[cosines[at] for at in some[:LEARNED]]
    )
    threshold = learned.certified.threshold
    assert threshold is not None
    hits = []
    for at in some[LEARNED:]:
        one, other = question_of(pairs[at].one), question_of(pairs[at].other)
        score = learned.likeness.score(one, other, alike=cosines[at])
        if score >= threshold:
            hits.append((score, pairs[at].same))
    return Served(learned.certified, hits)


def test_what_generous_labels_promised_is_not_kept(served: Served) -> None:
    wrong = sum(not right for _, right in served.hits) / len(served.hits)
    assert wrong > served.certified.alpha + 0.02
    assert len(served.hits) > 2_000


def test_the_bound_is_fitted_anew_and_kept_as_often_as_promised(served: Served) -> None:
    alpha, random = served.certified.alpha, Random(31)
    ended = fitted = kept = 0
    for _ in range(SPLITS):
        hits = random.sample(served.hits, len(served.hits))
        half = min(len(hits) // 2, MOST_AUDITS)
        certified, over = audited_until_fitted(served.certified, hits[:half], random)
        ended += over
        if certified is None or certified.threshold is None:
            kept += 1
            continue
        fitted += 1
        to_come = [right for score, right in hits[half:] if score >= certified.threshold]
        kept += sum(not right for right in to_come) <= alpha * len(to_come)
    assert ended >= 0.9 * SPLITS
    assert kept >= (1 - DELTA) * SPLITS
    assert fitted >= FITTED[alpha] / 10 * SPLITS


def audited_until_fitted(
    of: Certified, hits: list[tuple[float, bool]], random: Random
) -> tuple[Certified | None, bool]:
    """Audits come one by one: they end the bound, go on, and are looked at, as a gateway does it. Whether it was ended, too."""
    watch, seen, over = Watch(alpha=of.alpha, delta=of.delta), list[AuditedPair](), False
    for score, right in hits:
        watch.note(right=right)
        seen.append(AuditedPair(random.randbytes(32), score, right, 0.05))
        over = over or watch.broken
        found = refit(of, seen, threshold_id="broken") if over and is_due(len(seen)) else None
        if found is not None:
            return found, over
    return None, over
