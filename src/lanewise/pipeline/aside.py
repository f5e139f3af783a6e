"""A small question of our own to a model, beside the caller's: bounded, reserved, billed and recorded with the run like any other call."""

from __future__ import annotations

import msgspec

from lanewise.core.policy import Lane
from lanewise.core.protocols.provider import Call
from lanewise.core.protocols.router import Question, Unanswered
from lanewise.core.request import Dialect, Request
from lanewise.pipeline.attempt import Attempt
from lanewise.pipeline.generate import generate
from lanewise.pipeline.run import Run
from lanewise.pipeline.showing import Showing


async def ask_aside(run: Run, question: Question) -> str | Unanswered:
    """The answer's text; why there is none where the call failed, came too late, was refused by a budget, or its deployment rests.

    It never takes the last call that the request may make: that one is the caller's.
    """
    if run.allowance.calls < 2:
        return Unanswered(why="the last call that the request may make is kept for its answer (limits.max_calls)")
    deployment = question.deployment
    lane = Lane(name=question.purpose, deployments=(deployment,), timeout_s=question.timeout_s)
    parts = run.parts
    if max(parts.breaker.rests_s(lane, deployment, alone=False), parts.pace.rests_s(deployment, alone=False)) > 0:
        return Unanswered(why=f"{deployment.name} keeps failing, or asked for a rest, and is left alone for now")
    call = Call(
        request=_request(question),
        deployment=deployment,
        stream=False,
        max_output_tokens=question.max_output_tokens,
        effort="none" if deployment.facts.thinking != "none" else None,
        want_content=True,
    )
    attempt = Attempt(call=call, lane=lane, reason=question.purpose, whole_s=question.timeout_s)
    generation = await generate(run, attempt, Showing(run, deployment))
    failure, content = generation.failure, generation.content
    if failure is not None:
        return Unanswered(why=failure.message)
    return Unanswered(why=f"{deployment.name} said nothing") if content is None else content.text


def _request(question: Question) -> Request:
    messages = [{"role": "system", "content": question.system}, {"role": "user", "content": question.text}]
    model = question.deployment.model
    return Request(
        dialect=Dialect.OPENAI_CHAT,
        body=msgspec.json.encode({"model": model, "messages": messages, "temperature": 0}),
        model=model,
        stream=False,
        max_output_tokens=question.max_output_tokens,
        input_chars=len(question.system) + len(question.text),
        last_user_text=question.text,
    )
