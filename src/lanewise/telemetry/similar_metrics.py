"""Prometheus metrics of answers to similar questions."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from lanewise.core.similar import SimilarState


def similar_families(state: SimilarState) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
    """What came of questions, what is in force by tenant, and what audits tell of it."""
    events = CounterMetricFamily(
        "lanewise_similar_events", "What came of questions that were not asked before.", labels=("tenant", "event")
    )
    for (tenant, event), count in sorted(state.events.items()):
        events.add_metric((tenant, event), count)
    yield events
    lookups = CounterMetricFamily(
        "lanewise_similar_lookups",
        "What was looked up for a question while its caller waited: its vector here, those near it in the database.",
        labels=("asked", "outcome"),
    )
    for (asked, outcome), count in sorted(state.lookups.items()):
        lookups.add_metric((asked, outcome), count)
    yield lookups
    yield GaugeMetricFamily(
        "lanewise_similar_questions", "Questions whose answer may be given to similar ones.", value=state.questions
    )
    on = GaugeMetricFamily(
        "lanewise_similar_on",
        "1 while answers are given to similar questions, 0 since audits have ended it.",
        labels=("tenant",),
    )
    wrong = GaugeMetricFamily(
        "lanewise_similar_false_hits",
        "The share of wrong answers by the audits, and where the true one lies.",
        labels=("tenant", "at"),
    )
    alpha = GaugeMetricFamily("lanewise_similar_alpha", "The share that is promised at most.", labels=("tenant",))
    for each in state.standings:
        on.add_metric((each.tenant,), int(each.on))
        alpha.add_metric((each.tenant,), each.alpha)
        for at, share in (("measured", each.share), ("low", each.low), ("high", each.high)):
            wrong.add_metric((each.tenant, at), share)
    yield from (on, wrong, alpha)
