from __future__ import annotations

from lanewise.core.policy import Lane
from lanewise.strategies.draft import WORDS, DraftFirst
from strategies.sampling import Samples, said


async def test_it_asks_once_for_short_steps() -> None:
    samples = Samples(said("4"))
    await DraftFirst().choose(Lane(name="standard", deployments=()), samples)
    assert [draw.words for draw in samples.drawn] == [WORDS]
