"""One answer, checked, and asked for again with the reason until it passes: at most so many times, and never for the same reason twice."""

from __future__ import annotations

import msgspec

from lanewise.core.answer import Content, Finish, Generation
from lanewise.core.errors import InvalidRequest
from lanewise.core.events import Repairing
from lanewise.core.failure import FailureKind
from lanewise.core.judged import better
from lanewise.core.plan import Rung
from lanewise.core.protocols.strategy import Draw
from lanewise.core.protocols.verifier import Candidate
from lanewise.core.record import CheckRecord
from lanewise.core.request import Request
from lanewise.core.verdict import LOOPS, Verdict
from lanewise.pipeline.asking_again import asked_again, asked_on, gives_up
from lanewise.pipeline.completing import completion_of
from lanewise.pipeline.confidence import confidence_in
from lanewise.pipeline.degrade import degrade
from lanewise.pipeline.held import Held
from lanewise.pipeline.run import Run
from lanewise.pipeline.verify import seen_of, verify
from lanewise.pipeline.weighing import OTHERS, Attempted, Weighing

_NOTHING = Content()
_SEVERAL = "Several answers of one call (n) are not told apart, so none of them was checked. Ask for each alone."
_FILTERED = "The vendor's content filter ended the answer, so what there is of it was not checked."
_ANEW = "Answer anew, and stop when the answer is given."


async def repair(run: Run, weighing: Weighing, rung: Rung, draw: Draw) -> Attempted:
    """The best of a sample and its repairs, the last paid one included. A failed call ends it with what there was until then.

    A model that says in a repair that it cannot be done takes back what it had answered.
    """
    own = asked_on(run.request, draw)
    path = f"{draw.name or f'sample-{draw.place}'}/" if rung.lane.samples > 1 else ""
    request, why = own, "first" if not draw.place else "search" if draw.name else "sample"
    if weighing.escalated and not draw.place:
        why = f"escalated: {weighing.escalated[-1].reason.partition(':')[0]}"
    best = await _attempt(run, weighing, rung, request, path=path, why=why)
    earlier = last = best
    for number in range(1, rung.lane.repairs + 1):
        verdict = last.verdict
        if verdict is None or not _is_worth_asking(run, rung, last):
            break
        await run.tell(Repairing(verifier=verdict.verifier, repair=number))
        content = last.generation.content or _NOTHING
        request = asked_again(own, content, verdict)
        why = f"repair: {verdict.verifier}"
        earlier, last = last, await _attempt(run, weighing, rung, request, path=f"{path}repair-{number}/", why=why)
        best = last if last.given_up else _better(best, last)
        if _is_the_same(earlier, last):
            break
    return best


async def _attempt(run: Run, weighing: Weighing, rung: Rung, request: Request, *, path: str, why: str) -> Attempted:
    """One answer and its verdict."""
    held = Held(run.emit) if rung.held else None
    part = run.part(rung, path, request=request, emit=held or run.emit)
    part.completion = completion_of(run, rung)
    weighing.attempts += 1
    generation = await degrade(part, why)
    run.waited_s = max(run.waited_s, part.waited_s)
    part.showing = None  # it knows of the part, and the collector of cycles has better things to do
    judged = Attempted(generation=generation, part=part, held=held)
    content = generation.content
    if generation.failure is not None:
        return msgspec.structs.replace(judged, verdict=_of_a_loop(part, weighing, rung, generation))
    if request.choices > 1 and rung.checks:
        return msgspec.structs.replace(judged, verdict=_unchecked(rung, _SEVERAL))
    if judged.hands_on_others and rung.checks:
        return msgspec.structs.replace(judged, verdict=_unchecked(rung, OTHERS))
    if content is None or gives_up(content) is not None:
        return msgspec.structs.replace(judged, given_up=content is not None)
    if generation.finish is Finish.CONTENT_FILTER and rung.checks:
        return msgspec.structs.replace(judged, verdict=_unchecked(rung, _FILTERED))
    verdict = await _verdict(run, part, weighing, rung, judged=judged)
    confidence = confidence_in(generation)
    return msgspec.structs.replace(judged, verdict=_as_shown(verdict, held), confidence=confidence)


async def _verdict(run: Run, part: Run, weighing: Weighing, rung: Rung, *, judged: Attempted) -> Verdict | None:
    """What the rung's checks say. A request that only its own vendor can read is answered all the same, and not judged."""
    generation = judged.generation
    if not rung.checks:
        return None
    try:
        conversation = run.parts.read(run.request)
    except InvalidRequest as error:
        return _unchecked(rung, f"The request cannot be read for a check: {error.message}")
    candidate = Candidate(
        request=run.request,
        conversation=conversation,
        content=seen_of(generation.content or _NOTHING),
        finish=generation.finish,
        answered_by=generation.served_model,
        expected=run.request.hints.expected,
        tests=run.request.hints.tests,
    )
    return await verify(part, weighing, rung.checks, candidate)


def _unchecked(rung: Rung, why: str) -> Verdict:
    """Of an answer that no verifier is shown."""
    return Verdict(verifier=rung.checks[0].verifier, word="unverifiable", kind="form", reason=why)


def _as_shown(verdict: Verdict | None, held: Held | None) -> Verdict | None:
    """What passed only after it was mended has not passed where the caller saw it as it came."""
    if held is not None or verdict is None or verdict.word != "accept" or not verdict.changed:
        return verdict
    reason = f"It was shown as it came, and passes only mended: {'; '.join(verdict.changed)}"
    return msgspec.structs.replace(verdict, word="reject", reason=reason, score=0.0)


def _of_a_loop(part: Run, weighing: Weighing, rung: Rung, generation: Generation) -> Verdict | None:
    """A held answer that was cut off in a loop is rejected like one that ran on. Thinking alone leaves nothing to be asked about."""
    failure, content = generation.failure, generation.content
    if (
        failure is None
        or failure.kind is not FailureKind.LOOPING
        or not rung.held
        or content is None
        or not (content.text or content.tool_calls)
    ):
        return None
    verdict = Verdict(verifier=LOOPS, word="reject", kind="form", reason=f"{failure.message}. {_ANEW}", score=0.0)
    weighing.checks.append(
        CheckRecord(
            verifier=verdict.verifier,
            kind=verdict.kind,
            verdict=verdict.word,
            score=verdict.score,
            reason=verdict.reason,
            of=part.path,
            lane=part.lane.name,
            why="early_stop",
        )
    )
    return verdict


def _is_worth_asking(run: Run, rung: Rung, last: Attempted) -> bool:
    """Whether asking again may help and can still be seen: not what was shown, nor what the model says cannot be done."""
    verdict = last.verdict
    if verdict is None or verdict.word != "reject":
        return False
    return rung.held and run.remaining_s() > 0


def _is_the_same(earlier: Attempted, last: Attempted) -> bool:
    """Whether the failure repeats itself: the next answer would fail in the same way."""
    before, now = earlier.verdict, last.verdict
    if before is None or now is None:
        return True  # there was no answer any more, or the model gave up
    if (before.verifier, before.reason) != (now.verifier, now.reason):
        return False
    # What judges a form says exactly what is wrong.
    return now.kind == "form" or _read(earlier, before) == _read(last, now)


def _read(judged: Attempted, verdict: Verdict) -> str:
    content = judged.generation.content or _NOTHING
    return content.text.strip() if verdict.answer is None else verdict.answer


def _better(best: Attempted, other: Attempted) -> Attempted:
    chosen = better(best, other)
    assert isinstance(chosen, Attempted)
    return chosen
