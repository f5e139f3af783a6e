"""What the walk is made of: its parts, in memory where nothing else is said, with the stores and vendors that were opened for it."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import NamedTuple

import structlog

from lanewise.bootstrap.budgets import Budgets
from lanewise.bootstrap.checking import Verifiers, strategies
from lanewise.bootstrap.policies import router, today
from lanewise.bootstrap.similar import content_of
from lanewise.bootstrap.workers import Workers
from lanewise.core.clock import Clock
from lanewise.core.ids import RandomIds
from lanewise.core.policy import Deployment
from lanewise.core.protocols.admission import Limiter
from lanewise.core.protocols.breaker import Position
from lanewise.core.protocols.provider import Provider
from lanewise.core.usage import RateCard
from lanewise.limits.affinity import MemoryAffinity
from lanewise.limits.breaker import MemoryBreaker
from lanewise.limits.pace import MemoryPace
from lanewise.limits.waiting import MemoryWaitingRoom
from lanewise.operations.similar import SimilarQuestions
from lanewise.pipeline.journal import TransientJournal
from lanewise.pipeline.parts import Parts
from lanewise.providers.http import HttpProvider
from lanewise.providers.pools import Pools
from lanewise.providers.prices import rate_card
from lanewise.providers.reasoning_memory import ReasoningMemory
from lanewise.stores.answer_cache import StoredAnswers
from lanewise.stores.breaker_log import BreakerLog
from lanewise.stores.database import Database
from lanewise.stores.ledger_writer import SqlLedger
from lanewise.stores.reasoning_states import StoredReasoningState
from lanewise.stores.records import Records
from lanewise.telemetry.history import MemoryHistory
from lanewise.verifiers.same_answer import SameAnswer
from lanewise.wire import EMBEDDINGS, INBOUND, OUTBOUND

_REMEMBERED_RUNS = 400  # of each lane

_log = structlog.get_logger()


class Opened(NamedTuple):
    """What the walk's parts are made of, and is closed after them."""

    ledger: SqlLedger
    provider: Provider
    moves: BreakerLog
    budgets: Budgets
    history: MemoryHistory
    workers: Workers
    cache: StoredAnswers
    limiter: Limiter
    similar: SimilarQuestions


def parts_of(clock: Clock, opened: Opened) -> Parts:
    """The walk's parts, in memory where nothing else is said."""
    history = opened.history
    return Parts(
        router=router(clock, history),
        provider=opened.provider,
        ledger=opened.ledger,
        budget=opened.budgets.budget,
        limiter=opened.limiter,
        breaker=MemoryBreaker(clock, moved=partial(_breaker_moved, opened.moves), history=history),
        pace=MemoryPace(clock),
        history=history,
        affinity=MemoryAffinity(clock),
        waiting_room=MemoryWaitingRoom(),
        journal=TransientJournal(),
        clock=clock,
        ids=RandomIds(),
        random=Random(),  # noqa: S311 - jitter and sampling, no secrets
        verifiers=Verifiers(opened.workers),
        strategies=strategies(),
        read=lambda request: INBOUND[request.dialect].read_conversation(request).conversation,
        prices_of=_reprice,
        cache=opened.cache,
        process=lambda: opened.budgets.process,
        similar=opened.similar,
        vectors=opened.workers.vectors,
        comparing=SameAnswer(),
        content_of=content_of,
        observers=(history.observe, opened.budgets.watch.observe),
    )


def provider_of(pools: Pools, clock: Clock, reasoning: StoredReasoningState) -> HttpProvider:
    """Who calls vendors, in whatever dialect they speak."""
    return HttpProvider(
        OUTBOUND,
        INBOUND,
        pools=pools,
        clock=clock,
        embeddings=EMBEDDINGS,
        reasoning=ReasoningMemory(reasoning),
    )


async def history_of(database: Database) -> MemoryHistory:
    """How long calls took before this start, so that nobody waits for what is known already. Raises StoreError."""
    history = MemoryHistory()
    async for latest in Records(database).latest_calls(_REMEMBERED_RUNS):
        history.learn(latest.calls, stream=latest.stream)
    return history


def _reprice(deployment: Deployment, served_model: str) -> RateCard | None:
    """The prices of the model that a vendor really served."""
    return rate_card(deployment.provider, served_model, {}, today())


def _breaker_moved(moves: BreakerLog, lane: str, deployment: str, position: Position) -> None:
    _log.warning("breaker", lane=lane, deployment=deployment, position=position)
    moves.note(lane, deployment, position)
