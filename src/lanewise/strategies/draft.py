"""One sample with a short draft before its answer, for models that do not think by themselves."""

from __future__ import annotations

from lanewise.core.judged import Judged
from lanewise.core.policy import Lane
from lanewise.core.protocols.strategy import Draw, Sample

#: After "Chain of Draft: Thinking Faster by Writing Less" (arXiv 2502.18600): steps of a few words cost a tenth of prose, at its accuracy.
WORDS = (
    "Think step by step before you answer, but keep only a minimum draft of each step, five words at most. Then give the final answer, "
    "in the form that is asked for."
)


class DraftFirst:
    """Asks once, for steps and then the answer."""

    async def choose(self, lane: Lane, sample: Sample) -> Judged:  # noqa: ARG002 - it has nothing to choose among
        """The one sample."""
        return await sample(Draw(words=WORDS))
