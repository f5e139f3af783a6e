"""The whole walk of one request, on one screen.

    HTTP / job / eval
      └─ admit      is there room: is the ledger alive, is the tenant within its rate and concurrency?
      └─ route      caller → model name → rules → default: a Plan, with its reason
      └─ fall_back  retry, next deployment; deadline and allowance decide; a switch stays for the run
           └─ generate   exactly one provider call: deadline, reserve, charge
      └─ settle     the ledger row and the trace, durable before the last byte is sent
      └─ an Answer, whose generation may carry a failure

Each step is a coroutine that returns a value; what happens on the way is pushed to the caller's sink (decision 0001).
"""

from __future__ import annotations

import asyncio

import msgspec

from lanewise.core.answer import Generation
from lanewise.core.events import Routed, Sink
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import Policy
from lanewise.core.record import RunRecord
from lanewise.core.request import Caller, Request
from lanewise.pipeline.admit import admit
from lanewise.pipeline.fall_back import fall_back
from lanewise.pipeline.generate import thinking_budget_tokens
from lanewise.pipeline.parts import Parts
from lanewise.pipeline.run import Run
from lanewise.pipeline.settle import settle


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to: the last generation, and its ledger row, which is durable."""

    generation: Generation
    record: RunRecord


class Gateway:
    """Answers requests under the current policy. `policy` is replaced whole on reload; runs keep the one they began with."""

    def __init__(self, policy: Policy, parts: Parts) -> None:
        self.policy = policy
        self.parts = parts

    async def answer(self, request: Request, caller: Caller, emit: Sink) -> Answer:
        """Take one request from admission to its durable record.

        Raises LimitReached, Unavailable, UnknownModel: nothing was asked of a vendor and nothing is charged.
        A vendor's failure is in the answer's generation. Cancelling it closes the call upstream and still records the run.
        """
        parts, policy = self.parts, self.policy
        tenant = policy.tenant(caller.tenant)
        admit(tenant, parts)
        try:
            plan = parts.router.route(request, caller, policy)
            run = Run(request=request, caller=caller, policy=policy, plan=plan, parts=parts, emit=emit)
            await emit(_routed(run))
            try:
                generation = await fall_back(run)
            except BaseException as error:
                # Handed over for good; nobody is left to wait for it. What was spent is recorded whatever went wrong.
                settle(run, Generation(dialect=request.dialect, failure=_ended_by(error)))
                raise
            record, durable = settle(run, generation)
            await durable
            return Answer(generation=generation, record=record)
        finally:
            parts.limiter.leave(tenant)


def _ended_by(error: BaseException) -> Failure:
    """Why a run ended without a generation. Whoever cancels it for another reason than that its caller left says so in the cancellation."""
    if not isinstance(error, asyncio.CancelledError):
        return _BROKEN
    return _STOPPED if FailureKind.SHUTDOWN in error.args else _NOBODY_LISTENS


def _routed(run: Run) -> Routed:
    lane = run.lane
    return Routed(
        run_id=run.id,
        lane=lane.name,
        reason=run.plan.reason,
        heartbeat_after_s=lane.heartbeat_after_s,
        thinking_budget_tokens=thinking_budget_tokens(run) if run.request.stream else None,
    )


_NOBODY_LISTENS = Failure(kind=FailureKind.CANCELLED, message="The caller left before the answer was complete")
_STOPPED = Failure(kind=FailureKind.SHUTDOWN, message="The gateway was shut down before the answer was complete")
_BROKEN = Failure(kind=FailureKind.INTERNAL, message="The gateway failed; the log says why")
