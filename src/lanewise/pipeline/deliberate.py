"""The lane's strategy makes one answer of as many samples as it wants."""

from __future__ import annotations

import dataclasses
from functools import partial

from msgspec import structs

from lanewise.core.events import Degraded
from lanewise.core.judged import Judged
from lanewise.core.plan import Rung
from lanewise.core.protocols.strategy import Draw
from lanewise.pipeline.repair import repair
from lanewise.pipeline.run import Run
from lanewise.pipeline.take_step import take_step
from lanewise.pipeline.weighing import Attempted, Weighing

_ONLY = Draw()


async def deliberate(run: Run, weighing: Weighing, rung: Rung) -> Attempted:
    """The rung's answer, or the failure that says most."""
    strategy = rung.lane.strategy
    if strategy == "search" and (why := without_steps(run, rung)):
        await run.tell(Degraded(reason=f"{strategy}: {why}", from_=strategy, to="single"))
        strategy, rung = (
            "single",
            structs.replace(rung, lane=dataclasses.replace(rung.lane, strategy="single", samples=1)),
        )
    if strategy == "single":
        return await repair(run, weighing, rung, _ONLY)
    chosen: Judged = await run.parts.strategies[strategy].choose(rung.lane, partial(_drawn, run, weighing, rung))
    assert isinstance(chosen, Attempted), "a strategy gives back one of its samples"
    return structs.replace(chosen, verdict=None) if chosen.given_up else chosen


def without_steps(run: Run, rung: Rung) -> str:
    """Why the answer to a request cannot be found step by step; empty where it can.

    A step would call the tools, or be the JSON that was asked for; what is shown at once is there before any step.
    """
    request = run.request
    if request.has_tools:
        return "tools"
    if request.response_format is not None:
        return "response_format"
    if request.choices > 1:
        return "several answers"
    return "" if rung.held else "released"


async def _drawn(run: Run, weighing: Weighing, rung: Rung, draw: Draw) -> Attempted:
    return await (repair if draw.shows else take_step)(run, weighing, rung, draw)
