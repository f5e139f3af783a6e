from __future__ import annotations

import asyncio

import pytest

from lanewise.core.judged import Judged
from lanewise.core.protocols.strategy import Draw
from lanewise.strategies.together import drawing
from strategies.sampling import Samples, said


async def test_samples_come_back_as_they_end() -> None:
    samples = Samples(said("slow"), said("fast"), turns=(5, 1))
    async with drawing(samples) as drawn:
        drawn.draw([Draw(place=0), Draw(place=1)])
        first = await drawn.next_ended()
        assert drawn.under_way == 1
        second = await drawn.next_ended()
        assert await drawn.next_ended() == []
    texts = [each.generation.content.text for each in first + second]  # type: ignore[union-attr]
    assert texts == ["fast", "slow"]


async def test_a_fault_of_a_cancelled_sample_is_told() -> None:
    async def sample(draw: Draw) -> Judged:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise RuntimeError("while it was cancelled") from None
        raise AssertionError

    told: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(str(context["exception"])))
    async with drawing(sample) as drawn:
        drawn.draw([Draw()])
        await asyncio.sleep(0)
    loop.set_exception_handler(None)
    assert told == ["while it was cancelled"]


async def test_leaving_by_an_error_ends_them_too() -> None:
    samples = Samples(None)

    async def leaves() -> None:
        async with drawing(samples) as drawn:
            drawn.draw([Draw()])
            await asyncio.sleep(0)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await leaves()
    assert samples.cancelled == [0]
