"""Rung by rung: an answer that is not good enough escalates to the next lane of the plan, while there is time and money for it."""

from __future__ import annotations

from collections.abc import Sequence

from lanewise.core.answer import Generation
from lanewise.core.errors import InvalidRequest
from lanewise.core.events import Degraded, Escalated
from lanewise.core.judged import better
from lanewise.core.plan import HUMAN, Rung
from lanewise.core.verdict import VOTE
from lanewise.pipeline.deliberate import deliberate
from lanewise.pipeline.give import give, refuse_for_a_person, refuse_several
from lanewise.pipeline.reactions import NOT_CALLED
from lanewise.pipeline.run import Run
from lanewise.pipeline.unrest import unrest_in
from lanewise.pipeline.weighing import Attempted, Weighing

_UNSOLVED = "unsolved"


async def climb(run: Run) -> Generation:
    """The first answer that is good enough, else the best of all; a typed refusal where the plan wants a person to decide."""
    refuse_several(run)
    weighing = run.weighing = Weighing()
    rungs = await _begin(run, weighing)
    best: Attempted | None = None
    doubted = False  # what is best so far was climbed from for doubts, not because a check has rejected it
    for place, rung in enumerate(rungs):
        judged = await deliberate(run, weighing, rung)
        _forget_unasked(weighing, judged)
        best = await _best(run, None if doubted and _stands(judged) else best, judged)
        if place == 0:
            weighing.confidence = judged.confidence
        why = why_not_enough(rung, judged)
        if why is None or place + 1 == len(rungs):
            if why == _UNSOLVED and best is not judged:
                await _stay(run, _UNSOLVED, judged.part.lane.name, best)
            break
        following = rungs[place + 1]
        if following.lane.name == HUMAN:
            return refuse_for_a_person(run, weighing, best, why)
        misfit = _misfit(run, following)
        if misfit is not None:
            await _stay(run, misfit, following.lane.name, best)
            break
        doubted = best is judged and not why.startswith("reject")
        await _go_up(run, weighing, following, why)
    assert best is not None, "a plan has a rung"
    return await give(run, weighing, best)


def why_not_enough(rung: Rung, judged: Attempted) -> str | None:
    """Why the next rung should be asked; None where this answer is good enough, or is none, or was shown already."""
    verdict = judged.verdict
    if not rung.held or (judged.failed and verdict is None):
        return None
    if judged.given_up:
        return _UNSOLVED
    if verdict is not None and verdict.word == "reject":
        return f"reject: {verdict.verifier}"
    if judged.silent:
        return "empty"
    by_others = judged.accepted and verdict is not None and verdict.verifier != VOTE  # a vote is as sure as it agrees
    if by_others or judged.confidence is None or judged.confidence >= rung.threshold:
        return None
    return f"confidence: {judged.confidence:.2f} < {rung.threshold:.2f}"


def _stands(judged: Attempted) -> bool:
    """Whether there is an answer that nobody has anything against."""
    rejected = judged.verdict is not None and judged.verdict.word == "reject"
    return not (judged.failed or judged.silent or judged.given_up or rejected)


def _forget_unasked(weighing: Weighing, judged: Attempted) -> None:
    """A rung whose first call our own limits have refused was not asked: nobody has escalated to it."""
    failure = judged.generation.failure
    unasked = failure is not None and failure.kind in NOT_CALLED and not judged.part.begun_calls
    if unasked and weighing.escalated and weighing.escalated[-1].to == judged.part.lane.name:
        weighing.escalated.pop()


async def _begin(run: Run, weighing: Weighing) -> Sequence[Rung]:
    """The rungs to climb: the first is left out where the conversation goes badly."""
    rungs = run.plan.rungs
    if len(rungs) < 2 or not run.request.continues or rungs[1].lane.name == HUMAN:
        return rungs
    try:
        unrest = unrest_in(run.parts.read(run.request))
    except InvalidRequest:  # only its own vendor can read it
        return rungs
    if unrest is None or _misfit(run, rungs[1]) is not None:
        return rungs
    await _go_up(run, weighing, rungs[1], unrest)
    return rungs[1:]


async def _go_up(run: Run, weighing: Weighing, rung: Rung, why: str) -> None:
    step = Escalated(reason=why, from_=run.lane.name, to=rung.lane.name)
    weighing.escalated.append(step)
    run.enter(rung)
    await run.tell(step)


async def _best(run: Run, best: Attempted | None, judged: Attempted) -> Attempted:
    """The better of what there was and what came now; marked where the lane that was climbed to gave nothing."""
    chosen = better(best, judged)
    assert isinstance(chosen, Attempted)
    failure = judged.generation.failure
    if failure is not None and chosen is not judged:
        await _stay(run, failure.kind, judged.part.lane.name, chosen)
    return chosen


async def _stay(run: Run, why: str, lane: str, best: Attempted) -> None:
    """The answer there is has to do, because that lane gives none."""
    stays = best.part.lane.name
    await run.tell(Degraded(reason=f"escalation: {why}", from_=lane, to=stays, lane=stays))


def _misfit(run: Run, rung: Rung) -> str | None:
    """What stands against asking a rung: its usual time, or the request's calls; dollars are told by the reservation of its call."""
    usual = run.parts.history.lane(rung.lane.name)
    if usual is not None and not run.can_wait(usual.p50_s):
        return "deadline"
    return None if run.allowance.calls else "limits.max_calls"
