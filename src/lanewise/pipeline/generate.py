"""Exactly one provider call: within its deadline, its worst case set aside before it is sent, its true cost charged after."""

from __future__ import annotations

import asyncio

from lanewise.core.answer import Generation, Meter
from lanewise.core.errors import InvalidRequest
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.money import format_usd
from lanewise.core.policy import Deployment
from lanewise.core.protocols.budget import Refused, Reservation
from lanewise.core.protocols.provider import Call
from lanewise.pipeline.bill import record_call, worst_case_nanousd
from lanewise.pipeline.run import Run
from lanewise.wire.thinking import LEVELS, budget_for, wish_of


async def generate(run: Run, deployment: Deployment, *, reason: str) -> Generation:
    """Make one call to one deployment. Its failure, a refused reservation included, is a value in the generation."""
    call = _call(run, deployment)
    worst_nanousd = worst_case_nanousd(call)
    reservation = _reserve(run, call, worst_nanousd)
    if isinstance(reservation, Failure):
        return Generation(dialect=deployment.provider.dialect, failure=reservation)
    most_output_tokens = _most_output_tokens(call)
    meter = Meter()
    started_s = run.elapsed_s()
    generation = Generation(dialect=deployment.provider.dialect, failure=_LEFT)
    try:
        generation = await run.parts.journal.step(
            f"{run.lane.name}/call-{len(run.calls)}", lambda: _within_deadline(run, call, meter)
        )
    finally:
        record = record_call(run, call, meter, generation, reason=reason, started_s=started_s)
        run.calls.append(record)
        # An unpriced call is held to its worst case: a cap must not be passed because a price is unknown.
        spent_nanousd = record.cost.total_nanousd if record.priced else worst_nanousd
        run.parts.budget.charge(reservation, run.tenant, spent_nanousd)
        run.allowance.give_back(
            nanousd=worst_nanousd - spent_nanousd, output_tokens=most_output_tokens - record.output_tokens
        )
    return generation


def thinking_budget_tokens(run: Run) -> int | None:
    """How many tokens the lane's first deployment may think, where that is a number: those who wait are told."""
    deployment = run.lane.deployments[0]
    call = _call(run, deployment)
    wish = wish_of(call)
    if deployment.facts.thinking != "budget" or (wish.effort is not None and wish.effort not in LEVELS):
        return run.lane.thinking_budget_tokens
    return budget_for(deployment.facts, wish, call.max_output_tokens) or None


def _most_output_tokens(call: Call) -> int:
    """What a call may generate: each of its answers may use the whole cap."""
    return call.max_output_tokens * call.request.choices


def _call(run: Run, deployment: Deployment) -> Call:
    lane, request = run.lane, run.request
    most = deployment.facts.max_output_tokens
    cap = request.max_output_tokens or (lane.max_output_tokens if most is None else min(lane.max_output_tokens, most))
    return Call(
        request=request,
        deployment=deployment,
        stream=request.stream,
        max_output_tokens=cap,
        effort=lane.effort,
        thinking_budget_tokens=lane.thinking_budget_tokens,
        idle_timeout_s=lane.idle_timeout_s,
        want_content=run.captured or request.dialect is not deployment.provider.dialect,
    )


def _reserve(run: Run, call: Call, worst_nanousd: int) -> Reservation | Failure:
    limit = run.allowance.refuses(worst_nanousd=worst_nanousd, output_tokens=_most_output_tokens(call))
    if limit is not None:
        return Failure(
            kind=FailureKind.AMPLIFICATION,
            message=f"This request may not set another call in motion: {limit} (lane {run.lane.name!r}) is reached",
            code=limit,
        )
    reservation = run.parts.budget.reserve(run.tenant, worst_nanousd)
    if isinstance(reservation, Refused):
        run.allowance.give_back(nanousd=worst_nanousd, output_tokens=_most_output_tokens(call))
        return Failure(
            kind=FailureKind.BUDGET,
            message=(
                f"The daily budget of tenant {run.tenant.name!r} does not hold this call: its worst case is "
                f"{format_usd(worst_nanousd)}, {format_usd(reservation.left_nanousd)} of {format_usd(reservation.cap_nanousd)} is left"
            ),
            retry_after_s=reservation.retry_after_s,
            code=reservation.limit,
        )
    return reservation


async def _within_deadline(run: Run, call: Call, meter: Meter) -> Generation:
    dialect = call.deployment.provider.dialect
    try:
        async with asyncio.timeout(max(0.0, run.remaining_s())):
            return await run.parts.provider.generate(call, meter, lambda deltas: run.relay(dialect, deltas))
    except TimeoutError:
        message = f"No answer within the {run.lane.timeout_s:g} s of lane {run.lane.name!r}"
        return Generation(dialect=dialect, failure=Failure(kind=FailureKind.DEADLINE, message=message))
    except InvalidRequest as error:
        failure = Failure(kind=FailureKind.UNTRANSLATABLE, message=error.message, param=error.param)
        return Generation(dialect=dialect, failure=failure)


_LEFT = Failure(kind=FailureKind.CANCELLED, message="The caller left during the call")
