"""Verifiers, one after the other, to one verdict: one reject is enough, unless the lane hears all; one that is down gives way, visibly."""

from __future__ import annotations

import asyncio
from functools import partial

import msgspec

from lanewise.core.answer import Content
from lanewise.core.events import Verifying
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import BreakerPolicy, Check, Deployment, Lane, ProviderPolicy
from lanewise.core.protocols.verifier import Candidate, VerifierDown
from lanewise.core.record import CheckRecord
from lanewise.core.request import Dialect
from lanewise.core.said_aloud import said_aloud
from lanewise.core.verdict import Verdict, combined
from lanewise.pipeline.aside import ask_aside
from lanewise.pipeline.run import Run
from lanewise.pipeline.weighing import Weighing

#: Verifiers are watched by the breakers of vendors, as deployments of a lane of this name: an operator sees and wakes them there.
WATCHED = Lane(name="verify", deployments=(), breaker=BreakerPolicy(min_calls=5))
_VERIFIERS = ProviderPolicy(name="verifier", dialect=Dialect.OPENAI_CHAT, base_url="")


def seen_of(content: Content) -> Content:
    """What a verifier is shown of an answer: of one that is thinking alone no text, for whatever stands in it was not said."""
    if not content.text or said_aloud(content.text).strip():
        return content
    return msgspec.structs.replace(content, text="")


async def verify(run: Run, weighing: Weighing, checks: tuple[Check, ...], candidate: Candidate) -> Verdict | None:
    """What the rung's checks say of an answer, in their order; None where there is none."""
    if not checks:
        return None
    if not candidate.partial:  # of a step another event tells
        await run.tell(Verifying(verifiers=tuple(check.verifier for check in checks), attempt=weighing.attempts))
    verdicts: list[Verdict] = []
    for check in checks:
        verdicts.append(await _one(run, weighing, check, candidate))
        if verdicts[-1].word == "reject" and (candidate.partial or not run.lane.all_checks):
            break
    return combined(verdicts)


async def _one(run: Run, weighing: Weighing, check: Check, candidate: Candidate) -> Verdict:
    """One check, or what stands in for it while it is down."""
    verdict = await _asked(run, weighing, check, candidate)
    if isinstance(verdict, Verdict):
        return verdict
    if check.stand_in is None:
        return _cannot(check, verdict)
    instead = await _asked(run, weighing, check.stand_in, candidate, stands_in_for=check.verifier)
    return instead if isinstance(instead, Verdict) else _cannot(check, verdict)


async def _asked(
    run: Run, weighing: Weighing, check: Check, candidate: Candidate, *, stands_in_for: str = ""
) -> Verdict | str:
    """A verifier's verdict, written down; where it is down, why."""
    breaker, watched = run.parts.breaker, _watched(check)
    if breaker.rests_s(WATCHED, watched, alone=False) > 0:
        return _noted(run, weighing, check, f"{check.verifier} keeps failing and is left alone for now")
    ticket = breaker.enter(WATCHED, watched)
    began_s, calls = run.elapsed_s(), len(run.calls)
    why = ""
    try:
        async with asyncio.timeout(max(0.0, min(check.timeout_s, run.remaining_s()))):
            verdict = await run.parts.verifiers(check).verify(candidate, partial(ask_aside, run))
    except TimeoutError:
        why = f"{check.verifier} gave no verdict within {check.timeout_s:g} s"
    except VerifierDown as error:
        why = f"{check.verifier} is down: {error}"
    except asyncio.CancelledError:
        breaker.note(WATCHED, watched, ticket, _LEFT)
        raise
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a verifier, the answer is still there to be given, marked
        why = f"{check.verifier} is broken: {type(error).__name__}"
        told = {"message": "a verifier has failed", "exception": error}
        asyncio.get_running_loop().call_exception_handler(told)
    breaker.note(WATCHED, watched, ticket, Failure(kind=FailureKind.SERVER_ERROR, message=why) if why else None)
    if why:
        return _noted(run, weighing, check, why, latency_us=int((run.elapsed_s() - began_s) * 1e6))
    verdict = msgspec.structs.replace(verdict, stands_in_for=stands_in_for) if stands_in_for else verdict
    prefix = f"/{run.path}"
    weighing.checks.append(
        CheckRecord(
            verifier=verdict.verifier,
            kind=verdict.kind,
            verdict=verdict.word,
            score=verdict.score,
            passed=verdict.word == "accept",
            reason=verdict.reason,
            latency_us=int((run.elapsed_s() - began_s) * 1e6),
            of=run.path,
            lane=run.lane.name,
            cost_nanousd=sum(call.cost.total_nanousd for call in run.calls[calls:] if prefix in call.name),
            changed=verdict.changed,
            stands_in_for=stands_in_for,
            deferred=verdict.deferred,
            why=check.why,
            partial=candidate.partial,
        )
    )
    return verdict


def _noted(run: Run, weighing: Weighing, check: Check, why: str, *, latency_us: int = 0) -> str:
    """Write down that a verifier gave no verdict, and hand on why."""
    weighing.checks.append(
        CheckRecord(
            verifier=check.verifier,
            kind="",
            verdict="down",
            reason=why,
            latency_us=latency_us,
            of=run.path,
            lane=run.lane.name,
            why=check.why,
        )
    )
    return why


def _cannot(check: Check, why: str) -> Verdict:
    """Nobody could judge: said, never taken for a pass."""
    return Verdict(verifier=check.verifier, word="unverifiable", kind="form", reason=why)


def _watched(check: Check) -> Deployment:
    return Deployment(provider=_VERIFIERS, model=check.verifier)


_LEFT = Failure(kind=FailureKind.CANCELLED, message="The caller left before the answer was checked")
