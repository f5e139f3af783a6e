"""The lane's strategy makes one answer of as many samples as it wants."""

from __future__ import annotations

from functools import partial

from lanewise.core.judged import Judged
from lanewise.core.plan import Rung
from lanewise.core.protocols.strategy import Draw
from lanewise.pipeline.repair import repair
from lanewise.pipeline.run import Run
from lanewise.pipeline.weighing import Attempted, Weighing

_ONLY = Draw()


async def deliberate(run: Run, weighing: Weighing, rung: Rung) -> Attempted:
    """The rung's answer, or the failure that says most."""
    lane = rung.lane
    if lane.strategy == "single":
        return await repair(run, weighing, rung, _ONLY)
    sample = partial(repair, run, weighing, rung)
    chosen: Judged = await run.parts.strategies[lane.strategy].choose(lane, sample)
    assert isinstance(chosen, Attempted), "a strategy gives back one of its samples"
    return chosen
