"""What a run remembers, and how much time it has."""

from __future__ import annotations

from lanewise.core.events import Degraded
from lanewise.core.keeping import Record
from pipeline.runs import a_run, a_walk
from walking import request


async def test_a_degradation_is_told_and_kept_for_the_trace() -> None:
    walk = a_walk()
    run = a_run(walk)
    degraded = Degraded(reason="fallback: overloaded", from_="alpha/small", to="beta/large")

    await run.tell(degraded)

    assert walk.events == [degraded]
    assert run.degraded == [degraded]


def test_time_runs_from_the_run_s_begin_towards_its_lane_s_deadline() -> None:
    walk = a_walk()
    run = a_run(walk)

    walk.clock.time_s += 59.0
    assert (run.elapsed_s(), run.remaining_s()) == (59.0, 1.0)
    walk.clock.time_s += 2.0
    assert run.remaining_s() == -1.0


def test_every_run_has_its_own_id_that_holds_its_begin() -> None:
    walk = a_walk()
    first = a_run(walk)
    walk.clock.time_s += 1.0
    second = a_run(walk)
    assert first.id < second.id


def test_a_sample_of_runs_is_captured_in_the_share_the_policy_says() -> None:
    sampled = a_walk(record=Record(content="sampled", sample=0.25))
    captured = sum(a_run(sampled, request()).captured for _ in range(1_000))

    assert 200 < captured < 300  # drawn from the walk's seeded chance, so the same each time
    assert not a_run(a_walk(record=Record(content="sampled", sample=0.0))).captured
    assert not a_run(a_walk(record=Record(content="off", sample=1.0))).captured
