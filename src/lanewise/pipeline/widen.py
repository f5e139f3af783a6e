"""Answers without room: thinking used up the output cap, and little or nothing was left to say."""

from __future__ import annotations

from lanewise.core.answer import Finish, Generation
from lanewise.core.policy import Deployment, Effort
from lanewise.pipeline.attempt import Attempt, attempt_at
from lanewise.pipeline.hedge import Shown, hedge
from lanewise.pipeline.run import Run
from lanewise.wire.thinking import LEVELS, wish_of

_WIDER = 2  # times the cap
_LESS: dict[str, Effort] = {
    "minimal": "none",
    "low": "minimal",
    "medium": "low",
    "high": "low",
    "xhigh": "medium",
    "max": "medium",
}
_UNSAID: Effort = "medium"  # what vendors take for granted where nobody says how hard to think


async def widen(run: Run, attempt: Attempt, twin: Deployment | None) -> Shown:
    """Make the call; where thinking left no room for an answer, once more with more room. The first answer stands where that fails."""
    shown = await hedge(run, attempt, twin)
    if shown.generation.failure is not None or not lacks_room(shown.generation):
        return shown
    again = wider(run, shown.showing.deployment, attempt, shown.generation)
    if again is None:
        return shown
    run.allowance.retries -= 1
    wide = await hedge(run, again, None)
    return wide if wide.generation.failure is None or run.committed else shown


def wider(run: Run, deployment: Deployment, attempt: Attempt, generation: Generation) -> Attempt | None:
    """The same question with more room, or with less thinking where the caller set the cap; None where the answer has to stand."""
    if run.committed or run.allowance.retries < 1:
        return None
    if generation.finish is not Finish.LENGTH:
        return attempt_at(run, deployment, reason="retry: empty")
    if attempt.call.request.max_output_tokens is None:
        cap, most = attempt.call.max_output_tokens * _WIDER, deployment.facts.max_output_tokens
        cap = cap if most is None else min(cap, most)
        if cap > attempt.call.max_output_tokens:
            return attempt_at(run, deployment, reason="wider: length", cap_tokens=cap)
    wished = wish_of(attempt.call).effort or _UNSAID
    less = _LESS.get(wished) if wished in LEVELS else None
    if less is None or deployment.facts.thinking == "none":
        return None
    return attempt_at(run, deployment, reason="wider: length", effort=less)


def lacks_room(generation: Generation) -> bool:
    """Whether a whole answer says nothing, or was cut off after it had spent most of its tokens on thinking."""
    if generation.finish is Finish.CONTENT_FILTER:
        return False  # a refusal is an answer
    if generation.empty:
        return True
    usage = generation.usage
    return generation.finish is Finish.LENGTH and usage is not None and usage.reasoning_tokens * 2 > usage.output_tokens
