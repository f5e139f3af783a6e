"""Audits: a share of the answers that were given to similar questions is asked for again, in the background, and compared.

Asking again is an ordinary run of the same caller: admitted, routed, reserved from the same budgets, recorded, and marked as what it is.
Its answer is kept, so that whoever asks the same next is given that one. What comes of it is counted by `core.protocols.similar_answers`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial

import msgspec
from msgspec import structs

from lanewise.core.answer import Generation
from lanewise.core.cached_answer import CachedAnswer
from lanewise.core.errors import LanewiseError
from lanewise.core.events import Event
from lanewise.core.protocols.comparing import TwoAnswers
from lanewise.core.record import Audited, RunRecord
from lanewise.core.request import Caller, Request
from lanewise.core.similar import Alike, Audit
from lanewise.pipeline.aside import ask_aside
from lanewise.pipeline.parts import Parts
from lanewise.pipeline.recall_similar import Similar
from lanewise.pipeline.run import Run

MOST_AT_ONCE = 4
_LEAST_LEFT = 0.1  # of a cap: below it, what is left is the callers'


class GivenBefore(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that was given to a similar question, and is asked for again."""

    run_id: str  # that was given it, or would have been
    question: str
    answer: CachedAnswer
    judge: str  # the name of a deployment; empty: none
    alike: Alike
    share: float  # of such answers, that are asked for again


AskAgain = Callable[[Request, Caller, GivenBefore], Awaitable[RunRecord]]
"""Takes a request through the walk, as an audit of what was given before."""


class Auditing:
    """Draws the answers that are asked for again, and has a few of them asked at once."""

    def __init__(self, ask: AskAgain, parts: Parts) -> None:
        self._ask = ask
        self._parts = parts
        self._running: set[asyncio.Task[None]] = set()

    def consider(self, run: Run, found: Similar | None, record: RunRecord) -> None:
        """Ask again, if it is this one's turn."""
        if found is None:
            return
        alike, answer = found.tried or (found.alike, found.answer)
        if alike is None or answer is None or self._parts.random.random() >= found.semantic.audit_share:
            return
        if len(self._running) >= MOST_AT_ONCE or self._is_short(run):
            self._start(self._parts.similar.audited(run.tenant.name, None))
            return
        given = GivenBefore(
            run_id=record.run_id,
            question=found.asked.text,
            answer=answer,
            judge=found.semantic.judge,
            alike=alike,
            share=found.semantic.audit_share,
        )
        hints = structs.replace(run.request.hints, cache="refresh", progress=False)
        request = structs.replace(run.request, hints=hints)
        self._start(self._audit(request, run.caller, given))

    async def close(self) -> None:
        """Ask no more."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _start(self, act: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(act, name="audit")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _audit(self, request: Request, caller: Caller, given: GivenBefore) -> None:
        audit = None
        try:
            record = await self._ask(request, caller, given)
        except LanewiseError:  # at its rate, or the ledger is away
            record = None
        told = None if record is None else record.trace.audited
        if record is not None and told is not None:
            audit = Audit(
                run_id=record.run_id,
                given_run_id=given.run_id,
                tenant=caller.tenant,
                threshold_id=given.alike.threshold_id,
                correct=told.correct,
                told_by=told.told_by,
                score=given.alike.score,
                pair=given.alike.pair,
                share=given.share,
            )
        await self._parts.similar.audited(caller.tenant, audit)

    def _is_short(self, run: Run) -> bool:
        """Whether this caller's tenant is at a stop, or near one: nothing of what is left is spent on audits."""
        tenant = run.tenant.name
        return any(
            each.left < _LEAST_LEFT * each.amount
            for each in self._parts.budget.standings()
            if each.tally.tenant == tenant
        )


async def compare(run: Run, given: GivenBefore, generation: Generation) -> Audited | None:
    """Whether what was given before does, by the answer that came now; None where none came that could be compared."""
    if generation.failure is not None or generation.empty or run.degraded:
        return None
    content_of = run.parts.content_of
    before, now = content_of(given.answer.generation), content_of(generation)
    if before is None or now is None:
        return None
    answers = TwoAnswers(
        question=given.question, given=before.text, again=now.text, judge=run.policy.deployments.get(given.judge)
    )
    told = await run.parts.comparing.compare(answers, partial(ask_aside, run))
    return Audited(run_id=given.run_id, correct=told.correct, told_by=told.told_by)


async def unseen(event: Event) -> None:
    """Nobody listens to an audit."""
