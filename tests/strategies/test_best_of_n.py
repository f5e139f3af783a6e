from __future__ import annotations

import dataclasses

from lanewise.core.policy import Lane
from lanewise.strategies.best_of_n import BestOfN
from strategies.sampling import FAILED, Samples, said

THREE = dataclasses.replace(Lane(name="reasoning", deployments=()), strategy="best_of_n", samples=3)


async def test_the_first_that_is_accepted_answers_and_the_others_are_cancelled() -> None:
    samples = Samples(None, said("4", "accept"), None)
    chosen = await BestOfN().choose(THREE, samples)
    assert chosen.accepted
    assert samples.places == [0, 1, 2]
    assert sorted(samples.cancelled) == [0, 2]


async def test_a_rejected_one_is_waited_past() -> None:
    samples = Samples(said("5", "reject"), said("4", "accept"), said("5", "reject"), turns=(0, 5, 1))
    chosen = await BestOfN().choose(THREE, samples)
    assert chosen.generation.content.text == "4"  # type: ignore[union-attr]


async def test_where_none_is_accepted_the_best_is_given() -> None:
    samples = Samples(said("a", "reject", score=0.1), said("b", "reject", score=0.7), FAILED)
    chosen = await BestOfN().choose(THREE, samples)
    assert chosen.generation.content.text == "b"  # type: ignore[union-attr]


async def test_where_all_fail_the_failure_is_given() -> None:
    assert (await BestOfN().choose(THREE, Samples(FAILED))).failed
