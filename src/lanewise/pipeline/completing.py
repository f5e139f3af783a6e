"""Whether an answer that is still streaming is verified already: asked at its closing marks, where the lane says `stop_when_verified`."""

from __future__ import annotations

import asyncio
from functools import partial

from lanewise.core.answer import Content, Finish
from lanewise.core.errors import InvalidRequest
from lanewise.core.plan import Rung
from lanewise.core.policy import Check
from lanewise.core.protocols.provider import Completion
from lanewise.core.protocols.router import Question
from lanewise.core.protocols.verifier import Candidate
from lanewise.core.verdict import Verdict
from lanewise.pipeline.run import Run
from lanewise.pipeline.verify import seen_of

PATIENCE_S = 2.0  # the stream waits meanwhile


def completion_of(run: Run, rung: Rung) -> Completion | None:
    """How this run's calls may end early; None where they may not.

    Words may come before a tool's call, and several answers side by side, so such a request has all of its answer. Nobody
    is asked who is not there to say that an answer is right, or that its JSON is whole.
    """
    request = run.request
    if not rung.lane.stop_when_verified or not request.stream or request.has_tools or request.choices > 1:
        return None
    deciding = tuple(check for check in rung.checks if check.closes is not None)
    if not deciding:
        return None
    closings = frozenset(check.closes for check in deciding if check.closes is not None)
    return Completion(closings=closings, is_verified=partial(_is_verified, run, deciding))


async def _is_verified(run: Run, deciding: tuple[Check, ...], content: Content) -> bool:
    """Whether every check that can decide it accepts what is there, in time. It is checked as ever once the call has ended."""
    try:
        candidate = _candidate(run, content)
        async with asyncio.timeout(PATIENCE_S):
            for check in deciding:
                verdict = await run.parts.verifiers(check).verify(candidate, _nobody)
                if not _ends(check, verdict):
                    return False
    except (TimeoutError, InvalidRequest):
        return False
    except Exception as error:  # noqa: BLE001 - a verifier that is broken is told where the whole answer is checked
        told = {"message": "a verifier has failed at a closing mark", "exception": error}
        asyncio.get_running_loop().call_exception_handler(told)
        return False
    return True


def _ends(check: Check, verdict: Verdict) -> bool:
    """A proof ends it; of JSON its form does, since nothing but JSON was asked for. What passed only mended may go on."""
    proves = verdict.kind == "proof" or check.closes == "json"
    return verdict.word == "accept" and proves and not verdict.changed


def _candidate(run: Run, content: Content) -> Candidate:
    """What is there, as if the model had stopped here. Raises InvalidRequest."""
    request = run.request
    return Candidate(
        request=request,
        conversation=run.parts.read(request),
        content=seen_of(content),
        finish=Finish.STOP,
        expected=request.hints.expected,
        tests=request.hints.tests,
    )


async def _nobody(question: Question) -> str | None:  # noqa: ARG001 - a question costs money, and this is asked at every mark
    return None
