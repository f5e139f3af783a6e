"""Exactly one provider call: within its patience, its worst case set aside before it is sent, its true cost charged after."""

from __future__ import annotations

import asyncio

import msgspec

from lanewise.core.answer import Delta, Finish, Generation, Meter
from lanewise.core.caps import Spend
from lanewise.core.errors import InvalidRequest
from lanewise.core.events import Deltas
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.protocols.breaker import Ticket
from lanewise.core.protocols.budget import Reservation
from lanewise.core.protocols.provider import Call
from lanewise.core.record import CallRecord
from lanewise.core.usage import Usage
from lanewise.pipeline.attempt import Attempt, call_at
from lanewise.pipeline.bill import record_call, spent_of, worst_case
from lanewise.pipeline.bounding import why_not_called
from lanewise.pipeline.cut_short import OUTRUN, failure_of
from lanewise.pipeline.held import ANOTHER
from lanewise.pipeline.reserve import reserve
from lanewise.pipeline.run import Run
from lanewise.pipeline.showing import Showing
from lanewise.wire.thinking import LEVELS, budget_for, wish_of


class _Open(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A call that has begun: what was taken for it, and is to be given back once."""

    number: int  # in its part of the run
    started_s: float  # after the run's start
    reservation: Reservation
    worst: Spend
    ticket: Ticket
    pace_number: int
    meter: Meter


async def generate(run: Run, attempt: Attempt, showing: Showing) -> Generation:
    """Make one call to one deployment. Its failure, a refused reservation included, is a value in the generation."""
    call, parts = attempt.call, run.parts
    if run.bounds:
        outside = why_not_called(call, attempt.lane, run.bounds, run.policy)
        if outside is not None:
            return Generation(dialect=call.deployment.provider.dialect, failure=_outside(outside))
    worst = worst_case(call, run.policy.amplification)
    reservation = await reserve(run, attempt, worst, _most_output_tokens(call))
    if isinstance(reservation, Failure):
        return Generation(dialect=call.deployment.provider.dialect, failure=reservation)
    begun = _Open(
        number=run.begun_calls,
        started_s=run.elapsed_s(),
        reservation=reservation,
        worst=worst,
        ticket=parts.breaker.enter(attempt.lane, call.deployment),
        pace_number=parts.pace.begin(call.deployment),
        meter=Meter(),
    )
    run.begun_calls += 1
    try:
        generation = await parts.journal.step(
            f"{attempt.lane.name}/{run.path}call-{begun.number}",
            lambda: _within_patience(run, attempt, begun.meter, showing),
        )
    except BaseException as error:
        failure = OUTRUN if showing.outrun else failure_of(error)
        _close(run, attempt, begun, Generation(dialect=call.deployment.provider.dialect, failure=failure))
        raise
    if showing.outrun and generation.failure is None:
        generation = msgspec.structs.replace(generation, failure=OUTRUN)
    record = _close(run, attempt, begun, generation)
    if generation.failure is None and showing.on_win is not None:
        showing.on_win(showing)
    if generation.ended_early and generation.failure is None:
        await _end(run, record)
    return generation


def _close(run: Run, attempt: Attempt, begun: _Open, generation: Generation) -> CallRecord:
    """Charge a call that is over, give back what it did not use, and write it down: all of it at once, however it ended."""
    parts, call = run.parts, attempt.call
    record = record_call(run, attempt, begun.meter, generation, number=begun.number, started_s=begun.started_s)
    record, spent = spent_of(record, call, begun.meter, worst=begun.worst, limits=run.policy.amplification)
    parts.budget.charge(begun.reservation, spent)
    unused_tokens = _most_output_tokens(call) - record.output_tokens - record.held_tokens
    run.allowance.give_back(nanousd=begun.worst.nanousd - spent.nanousd, output_tokens=max(0, unused_tokens))
    run.calls.append(record)
    parts.breaker.note(attempt.lane, call.deployment, begun.ticket, generation.failure)
    parts.pace.end(call.deployment, begun.pace_number, generation.failure, begun.meter.quota)
    return record


async def _end(run: Run, record: CallRecord) -> None:
    """Give a stream that was ended early the end that its vendor would have given it, in the caller's dialect."""
    usage = Usage(
        input_tokens=record.input_tokens,
        cached_tokens=record.cached_tokens,
        output_tokens=record.output_tokens,
        reasoning_tokens=record.reasoning_tokens,
        estimated=True,
    )
    end = Delta(finish=Finish.STOP, usage=usage)
    await run.emit(Deltas(dialect=ANOTHER[run.request.dialect], deltas=[end]))


def thinking_budget_tokens(run: Run) -> int | None:
    """How many tokens the lane's first deployment may think, where that is a number: those who wait are told."""
    deployment = run.lane.deployments[0]
    call = call_at(run, deployment)
    wish = wish_of(call)
    if deployment.facts.thinking != "budget" or (wish.effort is not None and wish.effort not in LEVELS):
        return run.lane.thinking_budget_tokens
    return budget_for(deployment.facts, wish, call.max_output_tokens) or None


def _outside(why: str) -> Failure:
    return Failure(kind=FailureKind.OUTSIDE, message=f"{why[0].upper()}{why[1:]}")


def _most_output_tokens(call: Call) -> int:
    """What a call may generate: each of its answers may use the whole cap."""
    return call.max_output_tokens * call.request.choices


async def _within_patience(run: Run, attempt: Attempt, meter: Meter, showing: Showing) -> Generation:
    call = attempt.call
    now_s = asyncio.get_running_loop().time()
    ends_s = now_s + run.remaining_s()
    whole_by_s = ends_s if attempt.whole_s is None else min(ends_s, now_s + attempt.whole_s)
    begins_by_s = whole_by_s if attempt.first_token_s is None else min(whole_by_s, now_s + attempt.first_token_s)
    deadline = run.parts.deadlines.at(begins_by_s)
    showing.keep_to(deadline, whole_by_s=whole_by_s, ends_s=ends_s)
    try:
        with deadline:
            return await run.parts.provider.generate(call, meter, showing.relay)
    except TimeoutError:
        if not deadline.expired:  # somebody else's
            raise
        late = _late(run, attempt, out_of_time=deadline.when_s == ends_s, begun=showing.has_shown)
        return Generation(dialect=call.deployment.provider.dialect, failure=late)
    except InvalidRequest as error:
        failure = Failure(kind=FailureKind.UNTRANSLATABLE, message=error.message, param=error.param)
        return Generation(dialect=call.deployment.provider.dialect, failure=failure)


def _late(run: Run, attempt: Attempt, *, out_of_time: bool, begun: bool) -> Failure:
    """Which limit a call ran into: the run's own deadline, that of its begin, or that of its lane."""
    lane, first_token_s, whole_s = attempt.lane, attempt.first_token_s, attempt.whole_s
    if out_of_time:
        message = f"No answer within the {run.deadline_s:g} s of lane {lane.name!r}"
        return Failure(kind=FailureKind.DEADLINE, message=message)
    if first_token_s is not None and not begun and (whole_s is None or first_token_s <= whole_s):
        message = f"{attempt.call.deployment.name} gave no sign of an answer within {first_token_s:g} s"
        return Failure(kind=FailureKind.LATE_START, message=message)
    message = f"No answer within {whole_s:g} s, which is as long as lane {lane.name!r} is waited for"
    return Failure(kind=FailureKind.SLOW, message=message)
