"""Samples drawn at the same time; nothing goes on after them, however they are left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from lanewise.core.judged import Judged
from lanewise.core.protocols.strategy import Draw, Sample


class Drawing:
    """Samples under way, given back as they end."""

    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self._live: list[asyncio.Task[Judged]] = []

    @property
    def under_way(self) -> int:
        """How many have not been given back."""
        return len(self._live)

    def draw(self, draws: Sequence[Draw]) -> None:
        """Begin these too."""
        for each in draws:
            self._live.append(asyncio.ensure_future(self._sample(each)))

    async def next_ended(self) -> list[Judged]:
        """What ends next, in the order in which it was begun; empty where nothing is under way. Raises what a sample raised."""
        if not self._live:
            return []
        done, _ = await asyncio.wait(self._live, return_when=asyncio.FIRST_COMPLETED)
        ended = [task for task in self._live if task in done]
        self._live = [task for task in self._live if task not in done]
        return [task.result() for task in ended]

    async def end(self) -> None:
        """Cancel what is under way, and wait until each is billed."""
        left, self._live = self._live, []
        for task in left:
            task.cancel()
        for result in await asyncio.gather(*left, return_exceptions=True):
            if isinstance(result, Exception):
                told = {"message": "a sample that was not needed any more has failed", "exception": result}
                asyncio.get_running_loop().call_exception_handler(told)


@asynccontextmanager
async def drawing(sample: Sample) -> AsyncIterator[Drawing]:
    """Samples that end with the block."""
    drawn = Drawing(sample)
    try:
        yield drawn
    finally:
        await drawn.end()


async def all_of(sample: Sample, draws: Sequence[Draw]) -> list[Judged]:
    """Samples drawn at once, all of them waited for, in the order of their draws."""
    ended: dict[int, Judged] = {}

    async def kept(draw: Draw) -> Judged:
        ended[draw.place] = await sample(draw)
        return ended[draw.place]

    async with drawing(kept) as drawn:
        drawn.draw(draws)
        while await drawn.next_ended():
            pass
    return [ended[draw.place] for draw in draws]
