"""What is special about history in memory: its bounds, its grain, and what it is told after a restart."""

from __future__ import annotations

import pytest

from lanewise.telemetry import history as module
from lanewise.telemetry.history import MemoryHistory
from stores.samples import a_call, a_record, a_trace


def test_names_of_many_reloads_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 5)
    history = MemoryHistory()
    for number in range(23):
        call = a_call(lane=f"lane-{number}")
        for _ in range(20):
            history.observe(a_record(trace=a_trace(call)))
    known = [number for number in range(23) if history.lane(f"lane-{number}") is not None]
    assert known == [20, 21, 22]
    assert all(history.deployment(f"lane-{number}", "openai/gpt-5.4-mini") is not None for number in known)


@pytest.mark.parametrize(
    ("latency_us", "told_s"), [(0, 0.001), (1_000, 0.001), (1_001, 0.0011), (10**12, 1.1**159 / 1000)]
)
def test_times_beyond_its_grain_are_told_as_the_shortest_and_longest_it_knows(latency_us: int, told_s: float) -> None:
    history = MemoryHistory()
    history.learn([a_call(latency_us=latency_us)] * 20, stream=False)
    told = history.lane("standard")
    assert told is not None
    assert (told.p50_s, told.p95_s) == pytest.approx((told_s, told_s))


def test_every_call_of_a_run_is_learned_from() -> None:
    history = MemoryHistory()
    for _ in range(10):
        history.observe(a_record(trace=a_trace(a_call(), a_call(lane="classify"), a_call())))
    told = history.lane("standard")
    assert told is not None
    assert told.calls == 20
    assert history.lane("classify") is None
