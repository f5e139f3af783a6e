"""Settlement: a run becomes a ledger row and a trace. Handing them over cannot be cancelled."""

from __future__ import annotations

from asyncio import Future
from operator import attrgetter

import msgspec

from lanewise import core
from lanewise.core.answer import Finish, Generation
from lanewise.core.failure import TRANSIENT, Failure, FailureKind
from lanewise.core.record import CallRecord, CapturedContent, KeptAnswer, Outcome, RunRecord, Trace
from lanewise.core.refusal import VENDOR_CONTENT_FILTER, Refusal
from lanewise.core.usage import NO_COST
from lanewise.pipeline.reactions import NOT_GIVEN, OUR_LIMITS
from lanewise.pipeline.recall import as_recalled
from lanewise.pipeline.run import Run
from lanewise.pipeline.weighing import Weighing

_STATUS = {
    **dict.fromkeys(TRANSIENT, 503),  # nobody could answer; it may well be over soon
    FailureKind.RATE_LIMITED: 429,
    FailureKind.LATE_START: 504,
    FailureKind.SLOW: 504,
    FailureKind.VENDOR_ACCESS: 502,
    FailureKind.LOOPING: 502,
    FailureKind.BAD_REQUEST: 400,
    FailureKind.UNTRANSLATABLE: 400,
    FailureKind.CONTENT_FILTER: 400,
    FailureKind.BUDGET: 429,
    FailureKind.BUDGET_UNKNOWN: 503,
    FailureKind.AMPLIFICATION: 429,
    FailureKind.OUTSIDE: 403,
    FailureKind.DEADLINE: 504,
    FailureKind.IDLE_TIMEOUT: 504,
    FailureKind.CANCELLED: 499,
    FailureKind.SHUTDOWN: 503,
    FailureKind.INTERNAL: 500,
    **dict.fromkeys(NOT_GIVEN, 422),
}
_FILTERED = Refusal(policy=VENDOR_CONTENT_FILTER, reason="The vendor's content filter ended the answer")
_NOT_WEIGHED = Weighing()
_number = attrgetter("started_us", "iteration")
_NO_CALL = CallRecord(name="", lane="", deployment="", model="")


def settle(
    run: Run, generation: Generation, *, record: RunRecord | None = None, kept: KeptAnswer | None = None
) -> tuple[RunRecord, Future[None]]:
    """Write the run down. The future is done when the row is durable: before it is, the last byte must not be sent.

    `record` where it was made before, because an answer made of it is `kept` with it.
    """
    record = record or row_of(run, generation)
    content = None
    if run.captured:
        answer = generation.body or msgspec.json.encode(generation.content)
        content = CapturedContent(request=run.request.body, answer=answer)
    durable = run.parts.ledger.append(record, content, kept)
    for observe in run.parts.observers:
        observe(record)
    return record, durable


def row_of(run: Run, generation: Generation) -> RunRecord:
    """The ledger row of a run that came to this, whoever answered, now or before."""
    record, found = record_of(run, generation), run.recall
    return record if found is None or found.answer is None else as_recalled(run, found.answer, record, found.alike)


def record_of(run: Run, generation: Generation) -> RunRecord:
    """The ledger row of a run that came to this."""
    request, failure, calls = run.request, generation.failure, run.calls
    if len(calls) > 1:
        calls.sort(key=_number)  # they were written down as they ended
    refusal = _refusal(generation)
    last = _last_call(run, failed=failure is not None and failure.kind not in NOT_GIVEN)
    weighing = run.weighing or _NOT_WEIGHED
    verdict = weighing.verdict
    row = core.record.RunRecord(
        run_id=run.id,
        started_us=int(run.started_s * 1e6),
        tenant=run.caller.tenant,
        key_id=run.caller.key_id,
        user=request.hints.user,
        feature=request.hints.feature,
        task=request.hints.task,
        request_id=request.request_id,
        requested_model=request.model,
        stream=request.stream,
        lane=run.lane.name,
        deployment=last.deployment,
        served_model=last.served_model,
        outcome=_outcome(run, failure, refusal),
        failure=None if failure is None else failure.kind,
        status=200 if failure is None else status_of(failure),
        latency_us=int(run.elapsed_s() * 1e6),
        first_token_us=None if last.first_token_us is None else last.started_us + last.first_token_us,
        degraded=bool(run.degraded),
        verdict="unchecked" if verdict is None else verdict.word,
        verdict_kind="" if verdict is None else verdict.kind,
        escalated=bool(weighing.escalated),
        attempts=max(1, weighing.attempts),
        process=run.parts.process(),
        reason=run.plan.reason,
        policy_version=run.policy.version,
        waited_us=int(run.waited_s * 1e6),
        trace=_trace(run, refusal),
    )
    return _with_use(row, calls) if calls else row


def _with_use(row: RunRecord, calls: list[CallRecord]) -> RunRecord:
    """The row with what its calls used and cost."""
    total = calls[0] if len(calls) == 1 else _total(calls)
    cost = total.cost
    return msgspec.structs.replace(
        row,
        calls=len(calls),
        input_tokens=total.input_tokens,
        cached_tokens=total.cached_tokens,
        cache_write_tokens=total.cache_write_tokens,
        reasoning_tokens=total.reasoning_tokens,
        output_tokens=total.output_tokens,
        cost_input=cost.input,
        cost_cached=cost.cached,
        cost_cache_write=cost.cache_write,
        cost_reasoning=cost.reasoning,
        cost_output=cost.output,
        cost_tools=cost.tools,
        cost_nanousd=cost.total_nanousd,
        estimated=total.estimated,
        unpriced_calls=[call.priced for call in calls].count(False),
        cache_saved=total.cache_saved,
        held_nanousd=total.held_nanousd,
        held_tokens=total.held_tokens,
        held_thinking_tokens=total.held_thinking_tokens,
    )


def status_of(failure: Failure) -> int:
    """The HTTP status a caller sees for a failure: the vendor's own where the fault is the caller's, else ours."""
    if failure.kind is FailureKind.BAD_REQUEST and failure.status is not None:
        return failure.status
    return _STATUS.get(failure.kind, 502)


def refusal_of(failure: Failure) -> Refusal | None:
    """The decision behind a failure; None where nobody decided it."""
    if failure.kind is FailureKind.CONTENT_FILTER:
        return Refusal(policy=VENDOR_CONTENT_FILTER, reason=failure.message)
    decided = failure.kind in OUR_LIMITS or failure.kind in NOT_GIVEN
    return Refusal(policy=failure.code or failure.kind, reason=failure.message) if decided else None


def _refusal(generation: Generation) -> Refusal | None:
    if generation.failure is not None:
        return refusal_of(generation.failure)
    return _FILTERED if generation.finish is Finish.CONTENT_FILTER else None


def _outcome(run: Run, failure: Failure | None, refusal: Refusal | None) -> Outcome:
    if refusal is not None:
        return "refused"
    if failure is None:
        return "fallback" if run.degraded else "success"
    return "cancelled" if failure.kind is FailureKind.CANCELLED else "failure"


def _last_call(run: Run, *, failed: bool) -> CallRecord:
    """The call that the answer came from, or that failed last: of the lane that ended the run, and not outrun by its twin."""
    answer = "" if run.weighing is None else run.weighing.answer
    for call in reversed(run.calls):
        if (
            call.lane == run.lane.name
            and call.name.startswith(answer)
            and (call.failure != FailureKind.OUTRUN if failed else call.failure is None)
        ):
            return call
    return _NO_CALL


def _total(calls: list[CallRecord]) -> CallRecord:
    """What all calls used and cost together, as if it had been one."""
    cost = NO_COST
    for call in calls:
        cost += call.cost
    return msgspec.structs.replace(
        _NO_CALL,
        input_tokens=sum(call.input_tokens for call in calls),
        cached_tokens=sum(call.cached_tokens for call in calls),
        cache_write_tokens=sum(call.cache_write_tokens for call in calls),
        reasoning_tokens=sum(call.reasoning_tokens for call in calls),
        output_tokens=sum(call.output_tokens for call in calls),
        estimated=any(call.estimated for call in calls),
        held_nanousd=sum(call.held_nanousd for call in calls),
        held_tokens=sum(call.held_tokens for call in calls),
        held_thinking_tokens=sum(call.held_thinking_tokens for call in calls),
        cost=cost,
        cache_saved=sum(call.cache_saved for call in calls),
    )


def _trace(run: Run, refusal: Refusal | None) -> Trace:
    weighing = run.weighing or _NOT_WEIGHED
    return Trace(
        reason=run.plan.reason,
        features=run.plan.features,
        propensity=run.plan.propensity,
        policy_version=run.policy.version,
        calls=tuple(run.calls),
        checks=tuple(weighing.checks),
        degraded=tuple(run.degraded),
        escalated=tuple(weighing.escalated),
        attempts=max(1, weighing.attempts),
        confidence=weighing.confidence,
        strategy=weighing.strategy,
        answer=weighing.answer,
        note=run.plan.note,
        refusal=refusal,
        audited=run.audited,
    )
