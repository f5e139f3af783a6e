"""The vector of a question, asked of a deployment beside the caller's request: reserved, billed and recorded with the run."""

from __future__ import annotations

from array import array

import msgspec

from lanewise.core.policy import Deployment, Lane
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Dialect, Request
from lanewise.pipeline.attempt import Attempt
from lanewise.pipeline.generate import generate
from lanewise.pipeline.run import Run
from lanewise.pipeline.showing import Showing

PURPOSE = "similar"
PATIENCE_S = 2.0  # a caller waits for it, and may be answered without
_MOST_NUMBERS = 8_192


class _Vector(msgspec.Struct, gc=False):
    embedding: list[float]


class _Vectors(msgspec.Struct, gc=False):
    data: list[_Vector]


_read = msgspec.json.Decoder(_Vectors).decode


async def vector_aside(run: Run, deployment: Deployment, text: str) -> bytes | None:
    """Its numbers as float32; None where the call failed, came too late, was refused by a budget, or its deployment rests.

    It never takes the last call that the request may make: that one is the caller's.
    """
    if run.allowance.calls < 2 or deployment.provider.dialect is not Dialect.OPENAI_CHAT:
        return None
    lane, parts = Lane(name=PURPOSE, deployments=(deployment,), timeout_s=PATIENCE_S), run.parts
    if max(parts.breaker.rests_s(lane, deployment, alone=False), parts.pace.rests_s(deployment, alone=False)) > 0:
        return None
    call = Call(request=_request(deployment, text), deployment=deployment, stream=False, max_output_tokens=1)
    attempt = Attempt(call=call, lane=lane, reason=PURPOSE, whole_s=PATIENCE_S)
    generation = await generate(run, attempt, Showing(run, deployment))
    if generation.failure is not None:
        return None
    try:
        (vector,) = _read(generation.body).data
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
        return None
    return array("f", vector.embedding).tobytes() if 0 < len(vector.embedding) <= _MOST_NUMBERS else None


def _request(deployment: Deployment, text: str) -> Request:
    return Request(
        dialect=Dialect.OPENAI_CHAT,
        body=msgspec.json.encode({"model": deployment.model, "input": text, "encoding_format": "float"}),
        model=deployment.model,
        stream=False,
        embeds=True,
        choices=0,
        input_chars=len(text),
    )
