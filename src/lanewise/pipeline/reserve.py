"""Before a call is sent: its worst case is set aside, in the request's own allowance and in every cap that applies."""

from __future__ import annotations

import datetime as dt
import math

from lanewise.core.caps import Cap, Spend
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.money import format_usd
from lanewise.core.protocols.budget import Budget, Payer, Refused, Reservation
from lanewise.pipeline.attempt import Attempt
from lanewise.pipeline.run import Run

_TRIES = 3  # to have more leased: others who waited may have been quicker
_UNKNOWN_FOR_S = 2.0


async def reserve(run: Run, attempt: Attempt, worst: Spend, most_output_tokens: int) -> Reservation | Failure:
    """Set a call's worst case aside, or say which limit stands against it. Waits only where a shared cap has to be asked for more."""
    limit = run.allowance.refuses(worst_nanousd=worst.nanousd, output_tokens=most_output_tokens)
    if limit is not None:
        why = run.allowance.missing(limit, worst_nanousd=worst.nanousd, output_tokens=most_output_tokens)
        message = f"No call of this size can be made for this request in lane {attempt.lane.name!r}: {why}"
        return Failure(kind=FailureKind.AMPLIFICATION, message=message, code=limit)
    reservation: Reservation | Refused | None = None
    try:
        reservation = await set_aside(run.parts.budget, _payer(run), worst)
    finally:
        if not isinstance(reservation, Reservation):  # also where nobody waits for it any more
            run.allowance.give_back(nanousd=worst.nanousd, output_tokens=most_output_tokens)
    return reservation if isinstance(reservation, Reservation) else _told(run, reservation)


async def set_aside(budget: Budget, payer: Payer, worst: Spend) -> Reservation | Refused:
    """Set a call's worst case aside, where need be with what other processes can spare."""
    answer = budget.reserve(payer, worst)
    for _ in range(_TRIES):
        if isinstance(answer, Reservation) or not answer.short:
            return answer
        worth_it = await budget.replenish(payer, worst)
        answer = budget.reserve(payer, worst)
        if not worth_it:
            break
    return answer


def _payer(run: Run) -> Payer:
    """Whose caps a call of this run draws on. A question of our own counts in the lane that asks it."""
    hints = run.request.hints
    return Payer(
        tenant=run.tenant,
        key_id=run.caller.key_id,
        user=hints.user,
        feature=hints.feature,
        lane=run.lane if run.lane.name else None,
    )


def _told(run: Run, refused: Refused) -> Failure:
    cap = refused.cap
    if refused.unknown:
        return Failure(
            kind=FailureKind.BUDGET_UNKNOWN,
            message=f"{_whose(run, refused)} is shared, and what is left of it cannot be found out now",
            retry_after_s=_UNKNOWN_FOR_S,
            code=cap.limit,
        )
    left = f"{_amount(refused.left, cap)} of {_amount(refused.amount, cap)} is left"
    fits = refused.asked <= refused.amount
    ever = refused.asked <= max(refused.amount, cap.amount + int(cap.amount * cap.terms.roll_over))
    resets = ever and math.isfinite(refused.retry_after_s)
    return Failure(
        kind=FailureKind.BUDGET,
        message=f"{_whose(run, refused)} does not hold this call: its worst case is {_amount(refused.asked, cap)}, {left}"
        + (_resets(run, refused) if resets else _NEVER_ANEW if ever else _NEVER_HELD),
        retry_after_s=refused.retry_after_s if resets else None,
        code=cap.limit,
        may_wait=cap.terms.at_stop == "wait" and fits,
        instead=cap.terms.lane if cap.terms.at_stop == "lane" else "",
    )


def _resets(run: Run, refused: Refused) -> str:
    at = dt.datetime.fromtimestamp(round(run.parts.clock.now_s() + refused.retry_after_s), dt.UTC)
    return f"; it begins anew at {at:%Y-%m-%dT%H:%M}Z"


def _whose(run: Run, refused: Refused) -> str:
    cap = refused.cap
    kind = "" if cap.unit == "dollars" else f"{_UNITS[cap.unit]} "
    period = "whole" if cap.period == "total" else cap.period
    who = f"{cap.scope} {refused.subject!r}"
    if cap.scope in _OF_TENANT:
        who = f"requests that name no {cap.scope}" if refused.subject == run.tenant.name else who
        who = f"{who} of tenant {run.tenant.name!r}"
    return f"The {period} {kind}budget of {who}"


def _amount(amount: int, cap: Cap) -> str:
    return format_usd(amount) if cap.unit == "dollars" else f"{amount:,} {_UNITS[cap.unit]}s"


_NEVER_ANEW = "; it never begins anew"
_NEVER_HELD = "; all of it would not hold this call: ask for fewer output tokens, or with a shorter body"
_UNITS = {"tokens": "token", "thinking_tokens": "thinking token"}
_OF_TENANT = frozenset({"key", "user", "feature"})
