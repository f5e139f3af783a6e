"""One try at an answer: the call, and how long it may take before somebody else is asked."""

from __future__ import annotations

import msgspec

from lanewise.core.policy import Deployment, Effort, Lane
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Dialect
from lanewise.pipeline.bounding import effort_within
from lanewise.pipeline.run import Run

_LEAST_PATIENCE_S = 5.0  # whatever was measured: a vendor that is usually quick may once take this long
_FOR_THE_NEXT = 0.2  # of the time that is left, where somebody else could still answer in it


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A call to make, why, and its patience. Seconds count from the call's start; None leaves it to the run's deadline."""

    call: Call
    lane: Lane  # it is made for: breakers and the trace know it by this
    reason: str
    first_token_s: float | None = None  # the first sign of an answer; another deployment is asked then
    # The whole answer, or the first piece of it that the caller sees; a faster lane is asked then.
    whole_s: float | None = None


def attempt_at(
    run: Run,
    deployment: Deployment,
    *,
    reason: str,
    cap_tokens: int | None = None,
    effort: Effort | None = None,
    has_next: bool = False,
) -> Attempt:
    """An attempt at the caller's request in the run's lane; `cap_tokens` and `effort` are set where an earlier one was too narrow.

    `has_next`: another deployment of the lane could still be asked.
    """
    lane = run.lane
    return Attempt(
        call=call_at(run, deployment, cap_tokens=cap_tokens, effort=effort),
        lane=lane,
        reason=reason,
        first_token_s=_first_token_s(run, deployment, has_next=has_next),
        whole_s=None if lane.degrade_to is None else _whole_s(run),
    )


def call_at(run: Run, deployment: Deployment, *, cap_tokens: int | None = None, effort: Effort | None = None) -> Call:
    """The caller's request as the run's lane puts it to a deployment."""
    lane, request = run.lane, run.request
    cap = cap_tokens or request.max_output_tokens
    # None, or no answer is asked for: a vendor that takes that for no bound is held by the lane's all the same.
    if not cap:
        most = deployment.facts.max_output_tokens
        cap = lane.max_output_tokens if most is None else min(lane.max_output_tokens, most)
    return Call(
        request=request,
        deployment=deployment,
        stream=request.stream,
        max_output_tokens=max(cap, deployment.facts.min_output_tokens),  # what is sent is what is reserved
        effort=effort or lane.effort or (_bounded_effort(run, deployment) if run.bounds else None),
        thinking_budget_tokens=lane.thinking_budget_tokens if effort is None else None,
        idle_timeout_s=lane.idle_timeout_s,
        tenant=run.caller.tenant,
        stop_loops=lane.early_stop and request.choices == 1,  # several answers are not told apart
        completion=run.completion,
        want_content=run.captured
        or run.weighing is not None
        or request.dialect is not deployment.provider.dialect
        or _signs(deployment),
    )


def _bounded_effort(run: Run, deployment: Deployment) -> Effort | None:
    """What has to be said where nobody says how hard to think, and the model by itself would think harder than is allowed."""
    lane, request = run.lane, run.request
    budget_tokens = request.thinking_budget_tokens or lane.thinking_budget_tokens
    wished = request.effort if budget_tokens is None else "by number"
    return effort_within(deployment, wished, run.bounds)


def _signs(deployment: Deployment) -> bool:
    """Whether its answers may hold proofs of thinking, which have to be known when they come back."""
    if deployment.provider.dialect is Dialect.OPENAI_CHAT:
        return False
    return deployment.facts.thinking != "none" or deployment.facts.thinking_always


def _first_token_s(run: Run, deployment: Deployment, *, has_next: bool) -> float | None:
    """How long there may be no sign of an answer: as the lane says, or as was measured, but time stays for whoever is next.

    What is not streamed gives no sign before its end: nothing is known of it but that time must be left.
    """
    lane, stream = run.lane, run.request.stream
    limit_s = lane.first_token_timeout_s if stream else None
    slow_after = lane.slow_after
    if not has_next or slow_after is None:
        return limit_s
    if stream and limit_s is None:
        usual = run.parts.history.deployment(lane.name, deployment.name)
        if usual is not None and usual.first_token_p95_s is not None:
            limit_s = max(_LEAST_PATIENCE_S, slow_after * usual.first_token_p95_s)
    left_s = (1 - _FOR_THE_NEXT) * run.remaining_s()
    return left_s if limit_s is None or left_s < limit_s else limit_s


def _whole_s(run: Run) -> float | None:
    """How long an answer of this lane is waited for, where a faster lane stands ready to give one instead."""
    lane = run.lane
    if lane.slow_after is None:
        return None
    left_s = (1 - _FOR_THE_NEXT) * run.remaining_s()
    usual = run.parts.history.lane(lane.name)
    return left_s if usual is None else min(left_s, max(_LEAST_PATIENCE_S, lane.slow_after * usual.p95_s))
