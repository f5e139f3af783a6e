from __future__ import annotations

from lanewise.core.similar import Looked, SimilarStanding, SimilarState
from lanewise.telemetry.metrics import Metrics

STANDING = SimilarStanding(
    tenant="acme",
    embedding="hashed-ngrams-3-5",
    alpha=0.1,
    confidence=0.9,
    threshold_id="learned_1",
    learned_us=1,
    on=False,
    ended_us=2,
    pairs=100,
    hits=20,
    wrong_hits=1,
    bound=0.08,
    alike_pairs=5,
    denied_pairs=1,
    audited=10,
    wrong=4,
    unknown=3,
    share=0.4,
    low=0.15,
    high=0.7,
)


def test_what_came_of_questions_and_what_audits_tell_is_there_to_be_watched() -> None:
    metrics = Metrics()
    metrics.similar = lambda: SimilarState(
        events={("acme", "hit"): 7}, lookups={("index", Looked.LATE): 3}, questions=9, standings=(STANDING,)
    )
    lines = metrics.render().decode().splitlines()
    for line in (
        'lanewise_similar_events_total{event="hit",tenant="acme"} 7.0',
        'lanewise_similar_lookups_total{asked="index",outcome="late"} 3.0',
        "lanewise_similar_questions 9.0",
        'lanewise_similar_on{tenant="acme"} 0.0',
        'lanewise_similar_alpha{tenant="acme"} 0.1',
        'lanewise_similar_false_hits{at="measured",tenant="acme"} 0.4',
        'lanewise_similar_false_hits{at="high",tenant="acme"} 0.7',
    ):
        assert line in lines
