"""The metrics of a gateway: what asks whom when they are read."""

from __future__ import annotations

from lanewise.bootstrap.budgets import Budgets
from lanewise.operations.similar import SimilarQuestions
from lanewise.pipeline.parts import Parts
from lanewise.server.shared_runs import SharedRuns
from lanewise.stores.answer_cache import StoredAnswers
from lanewise.stores.ledger_writer import SqlLedger
from lanewise.telemetry.metrics import Metrics


def metrics_of(
    parts: Parts,
    *,
    ledger: SqlLedger,
    cache: StoredAnswers,
    shared: SharedRuns,
    budgets: Budgets,
    similar: SimilarQuestions,
) -> Metrics:
    """Metrics that know of every part that is asked when they are."""
    metrics = Metrics(
        ledger_healthy=lambda: ledger.healthy,
        breakers=parts.breaker.states,
        paces=parts.pace.states,
        waiting=lambda: len(parts.waiting_room),
        idempotent=lambda: shared.counts,
        cache=cache.state,
    )
    metrics.budget, metrics.crowd, metrics.similar = budgets, parts.limiter.state, similar.state
    return metrics
