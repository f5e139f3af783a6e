"""The metrics of a gateway: what asks whom when they are read."""

from __future__ import annotations

from msgspec import structs

from lanewise.bootstrap.budgets import Budgets
from lanewise.core.protocols.question_vectors import QuestionVectors
from lanewise.core.similar import SimilarState
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
    metrics.budget, metrics.crowd = budgets, parts.limiter.state
    metrics.similar = lambda: _with_vectors(similar.state(), parts.vectors)
    return metrics


def _with_vectors(state: SimilarState, vectors: QuestionVectors) -> SimilarState:
    asked = {("vector", outcome): count for outcome, count in vectors.outcomes().items()}
    return structs.replace(state, lookups={**state.lookups, **asked})
