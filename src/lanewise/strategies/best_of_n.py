"""Several samples at once; the first that a check accepts is the answer, and the others are cancelled."""

from __future__ import annotations

from lanewise.core.judged import Judged, better
from lanewise.core.policy import Lane
from lanewise.core.protocols.strategy import Draw, Sample
from lanewise.strategies.asking import words_for
from lanewise.strategies.together import drawing


class BestOfN:
    """Pays for the samples that it cancels, as far as they had come; waits for nobody once one is accepted."""

    async def choose(self, lane: Lane, sample: Sample) -> Judged:
        """The first accepted sample, else the best of all by its verdict."""
        best: Judged | None = None
        async with drawing(sample) as drawn:
            drawn.draw([Draw(place=place, words=words_for(place)) for place in range(lane.samples)])
            while ended := await drawn.next_ended():
                for judged in ended:
                    best = better(best, judged)
                if best is not None and _is_accepted(best):
                    return best
        assert best is not None, "a lane draws at least one sample"
        return best


def _is_accepted(judged: Judged) -> bool:
    """A form counts as well: where no verifier says more, the first answer of the right form is as good as any."""
    return not judged.failed and judged.verdict is not None and judged.verdict.word == "accept"
