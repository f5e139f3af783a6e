"""What every Strategy must do. A new implementation adds one line to `STRATEGIES`."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.bootstrap.checking import strategies
from lanewise.core.judged import Judged
from lanewise.core.policy import Lane
from lanewise.core.protocols.strategy import Draw, Strategy
from lanewise.strategies.best_of_n import BestOfN
from lanewise.strategies.draft import DraftFirst
from lanewise.strategies.search import SearchSteps
from lanewise.strategies.vote import Vote
from strategies.sampling import FAILED, Samples, said

STRATEGIES: dict[str, Callable[[], Strategy]] = {
    BestOfN.__name__: BestOfN,
    DraftFirst.__name__: DraftFirst,
    SearchSteps.__name__: SearchSteps,
    Vote.__name__: Vote,
}
ANSWERS = st.builds(
    said,
    st.sampled_from(["4", "5", "Answer: 4"]),
    st.sampled_from([None, "accept", "reject", "unverifiable"]),
    st.sampled_from(["proof", "evidence", "form"]),
) | st.just(FAILED)


def lane(samples: int = 3) -> Lane:
    return dataclasses.replace(Lane(name="standard", deployments=()), strategy="vote", samples=samples)


@pytest.mark.parametrize("make", STRATEGIES.values(), ids=STRATEGIES)
class TestStrategy:
    """One run of it per strategy."""

    @given(st.lists(ANSWERS, min_size=1, max_size=6), st.integers(1, 6))
    def test_it_gives_back_one_of_what_it_drew_and_draws_no_more_than_the_lane_allows(
        self, make: Callable[[], Strategy], answers: list[Judged], most: int
    ) -> None:
        samples = Samples(*answers)
        chosen = asyncio.run(make().choose(lane(most), samples))
        assert 1 <= len(samples.drawn) <= most
        assert len(set(samples.places)) == len(samples.places)
        assert chosen.generation in [each.generation for each in answers]

    @given(st.lists(ANSWERS, min_size=1, max_size=6))
    def test_whatever_is_an_answer_goes_before_what_is_none(
        self, make: Callable[[], Strategy], answers: list[Judged]
    ) -> None:
        samples = Samples(*answers)
        chosen = asyncio.run(make().choose(lane(6), samples))
        drawn = [answers[min(place, len(answers) - 1)] for place in samples.places]
        assert chosen.failed == all(each.failed for each in drawn)

    async def test_the_first_sample_is_the_request_as_it_came_unless_the_strategy_is_the_words(
        self, make: Callable[[], Strategy]
    ) -> None:
        samples = Samples(said("4", "reject"))
        await make().choose(lane(4), samples)
        words = [draw.words for draw in sorted(samples.drawn, key=lambda draw: draw.place)]
        assert len(set(words)) == len(words)
        assert words[0] == "" or len(words) == 1

    async def test_being_cancelled_ends_every_sample(self, make: Callable[[], Strategy]) -> None:
        samples = Samples(None)
        task = asyncio.ensure_future(make().choose(lane(4), samples))
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert sorted(samples.cancelled) == samples.places

    async def test_a_fault_in_a_sample_is_told_and_ends_the_others(self, make: Callable[[], Strategy]) -> None:
        live: list[int] = []

        async def sample(draw: Draw) -> Judged:
            if draw.place == 0:
                await asyncio.sleep(0)
                raise RuntimeError("a fault of ours")
            live.append(draw.place)
            try:
                await asyncio.Event().wait()
            finally:
                live.remove(draw.place)
            raise AssertionError

        with pytest.raises(RuntimeError):
            await make().choose(lane(4), sample)
        assert live == []


def test_every_strategy_of_the_registry_is_here() -> None:
    assert {type(each).__name__ for each in strategies().values()} == set(STRATEGIES)
