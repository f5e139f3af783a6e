"""One step of a search: asked for once, by the lane's own deployments, and judged with all the steps before it. No caller sees it."""

from __future__ import annotations

import msgspec

from lanewise.core.answer import Content, Generation
from lanewise.core.errors import InvalidRequest
from lanewise.core.events import Searching
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.plan import Rung
from lanewise.core.protocols.strategy import Draw
from lanewise.core.protocols.verifier import Candidate
from lanewise.core.request import Request
from lanewise.core.verdict import Verdict
from lanewise.pipeline.asking_again import asked_on, gives_up
from lanewise.pipeline.attempt import call_at
from lanewise.pipeline.bill import worst_case
from lanewise.pipeline.fall_back import fall_back
from lanewise.pipeline.held import Held
from lanewise.pipeline.run import Run
from lanewise.pipeline.verify import verify
from lanewise.pipeline.weighing import Attempted, Weighing

_TIME_FOR_THE_ANSWER = 0.2  # of the lane's, after the steps
_CALLS_FOR_THE_ANSWER = 2  # one more than it needs: a judge never takes the last


async def take_step(run: Run, weighing: Weighing, rung: Rung, draw: Draw) -> Attempted:
    """A step and its verdict; a failure where nobody gave one, or where it would leave nothing for the answer after it."""
    part = _part(run, rung, draw)
    spent = _spent(run, part)
    if spent is not None:
        return _without_step(
            rung, part, Failure(kind=spent, message="A further step would leave nothing for the answer")
        )
    name = draw.name.removeprefix("search-")
    generation = await fall_back(part, f"step: {name}")
    part.showing = None  # it knows of the part, and the collector of cycles has better things to do
    content = generation.content
    if generation.failure is not None or content is None:
        return Attempted(generation=generation, part=part)
    if gives_up(content) is not None:
        return _without_step(rung, part, Failure(kind=FailureKind.UNSOLVED, message="The model sees no next step"))
    verdict = await _verdict(
        run.request, part, weighing, msgspec.structs.replace(generation, content=_so_far(draw, content))
    )
    weighing.steps += 1
    word, score = ("unverifiable", None) if verdict is None else (verdict.word, verdict.score)
    await run.tell(Searching(step=name, verdict=word, score=score, steps=weighing.steps))
    return Attempted(generation=generation, part=part, verdict=verdict)


def _part(run: Run, rung: Rung, draw: Draw) -> Run:
    """The part of the run that takes the step: within a step's tokens, and in time for the answer."""
    lane, asked = rung.lane, run.request
    cap = min(lane.search.step_tokens, asked.max_output_tokens or lane.max_output_tokens)
    request = msgspec.structs.replace(asked_on(asked, draw), max_output_tokens=cap)
    part = run.part(rung, f"{draw.name}/", request=request, emit=Held(run.emit))
    part.deadline_s -= _TIME_FOR_THE_ANSWER * min(lane.timeout_s, run.deadline_s)
    return part


def _spent(run: Run, part: Run) -> FailureKind | None:
    """What a further step would use up."""
    if part.remaining_s() <= 0:
        return FailureKind.DEADLINE
    answer = call_at(run, run.lane.deployments[0])
    holds = run.allowance.calls > _CALLS_FOR_THE_ANSWER and run.allowance.holds(
        worst_nanousd=worst_case(answer, run.policy.amplification).nanousd, output_tokens=answer.max_output_tokens
    )
    return None if holds else FailureKind.AMPLIFICATION


def _without_step(rung: Rung, part: Run, failure: Failure) -> Attempted:
    dialect = rung.lane.deployments[0].provider.dialect
    return Attempted(generation=Generation(dialect=dialect, failure=failure), part=part)


def _so_far(draw: Draw, content: Content) -> Content:
    return Content(text=f"{draw.built_on}\n{content.text}".strip())


async def _verdict(request: Request, part: Run, weighing: Weighing, generation: Generation) -> Verdict | None:
    """What the lane's search has to say of all the steps so far, as the beginning of an answer to the caller's own words."""
    try:
        conversation = part.parts.read(request)
    except InvalidRequest:  # only its own vendor can read it
        return None
    candidate = Candidate(
        request=request,
        conversation=conversation,
        content=generation.content or Content(),
        finish=generation.finish,
        answered_by=generation.served_model,
        partial=True,
    )
    return await verify(part, weighing, part.lane.search.judges, candidate)
