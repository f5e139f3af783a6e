"""Retry and fallback: one loop over the lane's deployments until an answer is whole or nothing is left to try."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from lanewise.core.answer import Generation
from lanewise.core.events import Degraded, FellBack
from lanewise.core.failure import Failure, FailureKind
from lanewise.pipeline.generate import generate
from lanewise.pipeline.run import Run

_FIRST_WAIT_S = 0.25
_LONGEST_WAIT_S = 8.0  # a longer Retry-After is not waited for: the caller is told it
#: Failures that another deployment may not have, though this one would repeat them.
_ELSEWHERE = frozenset({FailureKind.VENDOR_ACCESS, FailureKind.UNTRANSLATABLE})
#: Refused by our own limits: the vendor's last failure says more than the refusal of one more try.
_OURS = frozenset({FailureKind.BUDGET, FailureKind.AMPLIFICATION})


@dataclass(frozen=True, kw_only=True, slots=True)
class GiveUp:
    """Nothing better can be tried."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TryNext:
    """Ask the lane's next deployment, at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TryAgain:
    """Ask the same deployment again, after a wait."""

    wait_s: float


RetryDecision = GiveUp | TryNext | TryAgain


async def fall_back(run: Run) -> Generation:
    """The first whole answer of the lane's deployments, else the last failure. Once something was shown, no one takes over."""
    deployments = run.lane.deployments
    place, attempt, reason = 0, 0, "first"
    failed: Generation | None = None
    while True:
        deployment = deployments[place]
        generation = await generate(run, deployment, reason=reason)
        if generation.failure is None:
            await run.release(deployment.provider.dialect)
            return generation
        if failed is not None and generation.failure.kind in _OURS:
            return failed
        run.forget_held()
        failed = generation
        decision = decide(run, generation.failure, attempt=attempt, has_next=place + 1 < len(deployments))
        wait_s = 0.0
        match decision:
            case GiveUp():
                return generation
            case TryNext():
                place, attempt = place + 1, 0
                reason = f"fallback: {generation.failure.kind}"
                await run.tell(Degraded(reason=reason, from_=deployment.name, to=deployments[place].name))
            case TryAgain(wait_s=wait_s):
                attempt += 1
                run.allowance.retries -= 1
                reason = f"retry: {generation.failure.kind}"
        await run.tell(
            FellBack(
                deployment=deployment.name,
                next=deployments[place].name,
                reason=generation.failure.kind,
                wait_s=wait_s,
            )
        )
        if wait_s:
            await asyncio.sleep(wait_s)


def decide(run: Run, failure: Failure, *, attempt: int, has_next: bool) -> RetryDecision:
    """What follows a failure. Another vendor comes before waiting for the same one."""
    if run.shown or run.remaining_s() <= 0:
        return GiveUp()
    if not failure.transient and failure.kind not in _ELSEWHERE:
        return GiveUp()
    if has_next:
        return TryNext()
    if not failure.transient or run.allowance.retries < 1:
        return GiveUp()
    wait_s = failure.retry_after_s
    if wait_s is None:
        wait_s = run.parts.random.uniform(0.5, 1.0) * _FIRST_WAIT_S * 2**attempt
    if wait_s > min(_LONGEST_WAIT_S, run.remaining_s()):
        return GiveUp()
    return TryAgain(wait_s=wait_s)
