"""The whole walk of one request, on one screen.

    HTTP / job / eval
      └─ admit      is the ledger alive, are tenant and key within their rates and concurrency, is there a place?
      └─ route      caller → model name → rules → classifier → default: a Plan, with its reason
      └─ recall     was it asked before, or something so alike that its answer does? Then nobody is asked, and what follows is left out
      └─ climb      where answers are weighed: rung by rung, one that is not good enough escalates to the plan's next lane
           └─ deliberate  the lane's strategy: single, draft, vote, best of n, search
                └─ repair      generate → verify → ask again with the verdict, at most so many times
                     └─ verify      the rung's checks in their order, to one verdict
      └─ degrade    a lane that cannot answer gives way to a faster one, marked; who can wait waits (for each answer of repair, or alone)
           └─ fall_back  retry, next deployment; breaker, deadline and allowance decide; a switch stays for the run
                └─ widen      an answer that thinking left no room for is asked for once more
                     └─ hedge      a slow call gets a twin; the first to show something wins
                          └─ generate   exactly one provider call: patience, reserve, charge
      └─ settle     the ledger row and the trace, durable before the last byte is sent
      └─ an Answer, whose generation may carry a failure

Each step is a coroutine that returns a value; what happens on the way is pushed to the caller's sink (decision 0001).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import msgspec

from lanewise.core.answer import Generation
from lanewise.core.errors import InvalidRequest, NotAllowed
from lanewise.core.events import Routed, Sink
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.plan import Plan
from lanewise.core.policy import Policy
from lanewise.core.protocols.hot_state import Standing
from lanewise.core.record import KeptAnswer, RunRecord
from lanewise.core.request import Caller, Request
from lanewise.pipeline.admit import admit
from lanewise.pipeline.aside import ask_aside
from lanewise.pipeline.auditing import Auditing, GivenBefore, compare, unseen
from lanewise.pipeline.bounding import hold, within
from lanewise.pipeline.cache_name import CacheNames
from lanewise.pipeline.climb import climb
from lanewise.pipeline.cut_short import failure_of
from lanewise.pipeline.degrade import degrade
from lanewise.pipeline.generate import thinking_budget_tokens
from lanewise.pipeline.parts import Parts
from lanewise.pipeline.recall import give_again, recall, remember
from lanewise.pipeline.run import Run
from lanewise.pipeline.settle import row_of, settle


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to: the last generation, and its ledger row, which is durable."""

    generation: Generation
    record: RunRecord


Keep = Callable[[Answer], Awaitable[KeptAnswer | None]]
"""Asked for what is to be kept of an answer before its row is written, so that both are committed together."""


class Gateway:
    """Answers requests under the current policy. `policy` is replaced whole on reload; runs keep the one they began with."""

    def __init__(self, policy: Policy, parts: Parts) -> None:
        self.policy = policy
        self.parts = parts
        self._cache_names = CacheNames()
        self.auditing = Auditing(self._ask_again, parts)

    async def answer(
        self,
        request: Request,
        caller: Caller,
        emit: Sink,
        *,
        keep: Keep | None = None,
        given: GivenBefore | None = None,
    ) -> Answer:
        """Take one request from admission to its durable record. `given` is an answer that it asks for again, to compare them.

        Raises LimitReached, Unavailable, UnknownModel, NotAllowed: nothing was asked of a vendor and nothing is charged.
        A vendor's failure is in the answer's generation. Cancelling it closes the call upstream and still records the run.
        """
        parts, policy = self.parts, self.policy
        place = await admit(request, caller, policy, parts)
        tenant = place.entrant.tenant
        record, kept = None, None
        try:
            run = Run(request=request, caller=caller, tenant=tenant, policy=policy, parts=parts, emit=emit)
            run.came_before(place.waited_s)
            try:
                run.follow(await _planned(run))
                before = await recall(run, self._cache_names) if tenant.caching.exact else None
                await emit(_routed(run, place.standing))
                generation = await (_made(run) if before is None else give_again(run, before))
                if given is not None:
                    run.audited = await compare(run, given, generation)
                if keep is not None:
                    record = row_of(run, generation)
                    kept = await keep(Answer(generation=generation, record=record))
            except (InvalidRequest, NotAllowed):
                if run.calls:  # the classifier was asked before: what it cost is recorded
                    record, _ = settle(run, Generation(dialect=request.dialect, failure=_UNROUTED))
                raise
            except BaseException as error:
                # Handed over for good; nobody is left to wait for it. What was spent is recorded whatever went wrong.
                record, _ = settle(run, Generation(dialect=request.dialect, failure=failure_of(error)))
                raise
            finally:
                run.showing = None  # it knows of the run, and the collector of cycles has better things to do
            record, durable = settle(run, generation, record=record, kept=kept)
            await durable
            if run.recall is not None:
                remember(run, run.recall, generation, record)
                self.auditing.consider(run, run.recall.similar, record)
            return Answer(generation=generation, record=record)
        finally:
            parts.limiter.leave(place, _tokens(record))

    async def _ask_again(self, request: Request, caller: Caller, given: GivenBefore) -> RunRecord:
        return (await self.answer(request, caller, unseen, given=given)).record


def _tokens(record: RunRecord | None) -> int:
    """What counts against rates of tokens: all calls together, whatever became of them."""
    return 0 if record is None else record.input_tokens + record.output_tokens


async def _planned(run: Run) -> Plan:
    """Where the request goes, within what its caller may use; what gave way is marked. Raises UnknownModel, NotAllowed."""
    request, caller, bounds, parts = run.request, run.caller, run.bounds, run.parts
    if run.tenant.known is not None:
        run.tenant.known.refuse_unknown(request.hints.user, request.hints.feature)
    if bounds:
        hold(request, bounds, parts)
    plan = await parts.router.route(request, caller, run.policy, partial(ask_aside, run))
    if not bounds:
        return plan
    plan, degraded = within(plan, bounds, run.policy)
    if degraded is not None:
        await run.tell(degraded)
    return plan


def _made(run: Run) -> Awaitable[Generation]:
    return climb(run) if run.plan.weighed else degrade(run)


def _routed(run: Run, standing: Standing | None) -> Routed:
    lane = run.lane
    return Routed(
        run_id=run.id,
        lane=lane.name,
        reason=run.plan.reason,
        heartbeat_after_s=lane.heartbeat_after_s,
        thinks=_thinks(run),
        thinking_budget_tokens=thinking_budget_tokens(run) if run.request.stream else None,
        expected=run.parts.history.lane(lane.name),
        note=run.plan.note,
        cache=_cache_word(run),
        standing=standing,
    )


def _cache_word(run: Run) -> str:
    if run.recall is not None:
        return run.recall.word
    return "bypass" if run.tenant.caching.exact else ""


def _thinks(run: Run) -> bool:
    lane = run.lane
    effort = lane.effort or run.request.effort
    asked = lane.thinking_budget_tokens is not None or effort not in (None, "none")
    return asked or lane.deployments[0].facts.thinking_always


_UNROUTED = Failure(kind=FailureKind.BAD_REQUEST, message="The request names something that is not there")
