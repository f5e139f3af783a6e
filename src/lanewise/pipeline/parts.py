"""What the walk is given: every part behind a protocol of core, chosen in `bootstrap/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from random import Random
from typing import Protocol

from lanewise.core.answer import Content, Generation
from lanewise.core.clock import Clock
from lanewise.core.conversation import Conversation
from lanewise.core.ids import Ids
from lanewise.core.plan import Plan
from lanewise.core.policy import Check, Deployment, Policy
from lanewise.core.protocols.admission import Limiter
from lanewise.core.protocols.affinity import Affinity
from lanewise.core.protocols.answer_cache import AnswerCache
from lanewise.core.protocols.breaker import Breaker
from lanewise.core.protocols.budget import Budget
from lanewise.core.protocols.comparing import Comparing, NobodyCompares
from lanewise.core.protocols.history import History
from lanewise.core.protocols.journal import Journal
from lanewise.core.protocols.ledger import Ledger
from lanewise.core.protocols.pace import Pace
from lanewise.core.protocols.provider import Provider
from lanewise.core.protocols.question_vectors import NobodyMakesVectors, QuestionVectors
from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.similar_answers import NothingIsAlike, SimilarAnswers
from lanewise.core.protocols.strategy import Strategy
from lanewise.core.protocols.verifier import Verifier
from lanewise.core.protocols.waiting import WaitingRoom
from lanewise.core.record import RunRecord
from lanewise.core.request import Caller, Request
from lanewise.core.usage import RateCard
from lanewise.pipeline.deadlines import Deadlines

NOTHING_ALIKE, NOT_COMPARED, NO_VECTORS = NothingIsAlike(), NobodyCompares(), NobodyMakesVectors()


class Decider(Protocol):
    """A router that always decides."""

    async def route(self, request: Request, caller: Caller, policy: Policy, ask: Ask) -> Plan:
        """A plan for this request. Raises UnknownModel where it names something that is not there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """The walk's parts. They outlive a policy: limits, pools and counts survive its reload."""

    router: Decider
    provider: Provider
    ledger: Ledger
    budget: Budget
    limiter: Limiter
    breaker: Breaker
    pace: Pace
    history: History
    affinity: Affinity
    waiting_room: WaitingRoom
    journal: Journal
    clock: Clock
    ids: Ids
    random: Random  # jitter and sampling, seeded in tests
    verifiers: Callable[[Check], Verifier]  # the one that a policy's check stands for
    strategies: Mapping[str, Strategy]  # by name, all but `single`
    read: Callable[[Request], Conversation]  # what a request says, whatever its dialect
    prices_of: Callable[[Deployment, str], RateCard | None]  # another model's prices at a deployment's provider
    cache: AnswerCache
    similar: SimilarAnswers = NOTHING_ALIKE
    vectors: QuestionVectors = NO_VECTORS
    comparing: Comparing = NOT_COMPARED
    # A whole body's too, where nobody has read it yet.
    content_of: Callable[[Generation], Content | None] = attrgetter("content")
    deadlines: Deadlines = field(default_factory=Deadlines)
    process: Callable[[], str] = str  # the name of this process's leases; empty where it shares no budgets
    observers: tuple[Callable[[RunRecord], None], ...] = field(default=())  # told of every run: metrics
