"""A search over the steps of a solution, for answers that are worth minutes: steps are judged as they are found, and the best carried on.

After "Tree of Thoughts" (arXiv 2305.10601): several next steps after each beginning, judged, the worse ones left; after beam search
against process scores (arXiv 2408.03314) and self-evaluation guided beam search (arXiv 2305.00633): a fixed number of beginnings is
carried on at a time. Other than there, what was left is taken up again where nothing better is left.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from lanewise.core.answer import Finish
from lanewise.core.judged import Judged, better
from lanewise.core.policy import Lane
from lanewise.core.protocols.strategy import Draw, Sample
from lanewise.strategies.steps import words_of_a_step, words_of_the_answer
from lanewise.strategies.together import all_of, drawing
from lanewise.strategies.tree import Beginning, Tree


class SearchSteps:
    """Asks for the plain answer first, and searches only where no check accepts it: most requests need no tree."""

    async def choose(self, lane: Lane, sample: Sample) -> Judged:
        """The first whole answer that a check accepts, else the best by its verdict, then by its steps' score."""
        plain = await sample(Draw())
        if plain.failed or plain.accepted or plain.generation.finish is Finish.CONTENT_FILTER:
            return plain
        return await _Searching(lane, sample, plain).to_the_end()


class _Searching:
    """One search under way. `best` is the best whole answer so far."""

    def __init__(self, lane: Lane, sample: Sample, plain: Judged) -> None:
        self._bounds = lane.search
        self._sample = sample
        self._tree = Tree(lane.search)
        self._best = plain
        self._left = lane.samples - 1  # draws
        self._drawn = 1
        self._standing = 0  # whole answers that nobody has rejected

    async def to_the_end(self) -> Judged:
        """Round by round: the best beginnings are carried on by a step, and those that are whole are answered."""
        grows = True
        while grows and self._standing < self._bounds.beam:
            grows = await self._has_grown()
            if await self._is_answered(self._tree.take_whole()):
                return self._best
        if not self._standing:
            await self._is_answered(self._tree.take_best())
        return self._best

    async def _has_grown(self) -> bool:
        """Carry on the best beginnings; False where there is none, nothing is left for it, or nobody could be asked."""
        most = self._left - 1  # one draw is kept for an answer
        parents = self._tree.take_open() if most > 0 else []
        ways = [(parent, which) for parent in parents for which in range(self._bounds.width)][:most]
        steps = await all_of(self._sample, [self._step(parent, which) for parent, which in ways])
        for (parent, which), judged in zip(ways, steps, strict=True):
            if not judged.failed:
                self._tree.add(parent, which, judged)
        came = {parent for (parent, _), judged in zip(ways, steps, strict=True) if not judged.failed}
        self._tree.put_back([parent for parent in parents if parent not in came])
        return bool(came)

    async def _is_answered(self, whole: Sequence[Beginning]) -> bool:
        """Ask for the whole answers after these beginnings; True once a check accepts one, and then the others are cancelled."""
        draws = [self._draw(f"{each.name}-answer", each, words_of_the_answer()) for each in whole[: self._left]]
        scores = {draw.place: each.score for draw, each in zip(draws, whole, strict=False)}

        async def scored(draw: Draw) -> Judged:
            judged = await self._sample(draw)
            return judged if judged.confidence is not None else structs.replace(judged, confidence=scores[draw.place])

        async with drawing(scored) as drawn:
            drawn.draw(draws)
            while ended := await drawn.next_ended():
                for judged in ended:
                    word = "unverifiable" if judged.verdict is None else judged.verdict.word
                    self._standing += not (judged.failed or judged.given_up) and word != "reject"
                    self._best = better(self._best, judged)
                    if not judged.failed and word == "accept":
                        return True
        return False

    def _step(self, parent: Beginning, which: int) -> Draw:
        return structs.replace(self._draw(parent.child(which), parent, words_of_a_step(which)), shows=False)

    def _draw(self, name: str, after: Beginning, words: str) -> Draw:
        place, self._drawn, self._left = self._drawn, self._drawn + 1, self._left - 1
        return Draw(place=place, name=f"search-{name}", words=words, built_on=after.text)
