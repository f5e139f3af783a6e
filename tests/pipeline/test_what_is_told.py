"""What the walk tells whoever listens, so that a caller who waits can be told why."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from lanewise.core.events import Hedged, Routed
from lanewise.core.policy import ModelFacts
from pipeline.runs import TWO, a_walk
from stores.samples import a_call, a_record, a_trace
from walking import CALLER, Walk, answers, deployment, hangs, lane, request


async def routed_of(walk: Walk, **asked: Any) -> Routed:
    await walk.gateway.answer(request(**asked), CALLER, walk.emit)
    routed = walk.events[0]
    assert isinstance(routed, Routed)
    return routed


@pytest.mark.parametrize(
    ("settings", "asked", "thinks"),
    [
        ({}, {}, False),
        ({"effort": "none"}, {"effort": "high"}, False),  # the lane's word is the last
        ({"effort": "low"}, {}, True),
        ({"thinking_budget_tokens": 4_096}, {}, True),
        ({}, {"effort": "high"}, True),
    ],
)
async def test_whether_a_lane_thinks(settings: dict[str, Any], asked: dict[str, Any], thinks: bool) -> None:
    walk = a_walk(lane("standard", "alpha/small", **settings))
    assert (await routed_of(walk, **asked)).thinks is thinks


async def test_a_model_that_always_thinks_does_so_unasked() -> None:
    facts = ModelFacts(thinking="effort", thinking_always=True)
    thinker = dataclasses.replace(deployment("alpha/small"), facts=facts)
    walk = a_walk(lane("standard", deployments=(thinker,)))
    assert (await routed_of(walk)).thinks


async def test_a_hedge_is_told_when_it_is_made() -> None:
    walk = a_walk(
        lane("standard", *(each.name for each in TWO.deployments), hedge_after=1.0),
        {"alpha/small": [hangs], "beta/large": [answers()]},
    )
    usual = a_call(deployment="alpha/small", latency_us=1_000, first_token_us=1_000)
    for number in range(30):
        walk.history.observe(a_record(f"run_{number}", stream=True, trace=a_trace(usual)))

    await walk.gateway.answer(request(stream=True), CALLER, walk.emit)

    (hedged,) = (event for event in walk.events if isinstance(event, Hedged))
    assert (hedged.deployment, hedged.twin) == ("alpha/small", "beta/large")
    assert hedged.after_s == pytest.approx(0.001, rel=0.2)
