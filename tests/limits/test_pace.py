"""What is special about paces in memory: their bounds."""

from __future__ import annotations

import pytest

from lanewise.limits import pace as module
from lanewise.limits.pace import MemoryPace
from walking import SetClock, deployment


def test_names_of_many_reloads_do_not_fill_the_memory_and_who_is_running_is_kept_longest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MOST", 3)
    pace, busy = MemoryPace(SetClock()), deployment("alpha/small")
    pace.begin(busy)
    for number in range(50):
        each = deployment(f"alpha/model-{number}")
        pace.end(each, pace.begin(each), None, None)
    states = pace.states()
    assert len(states) == 3
    assert (states[0].deployment, states[0].running) == ("alpha/small", 1)


def test_where_all_are_running_the_oldest_is_forgotten_and_its_end_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 1)
    pace, first, second = MemoryPace(SetClock()), deployment("alpha/small"), deployment("beta/small")
    number = pace.begin(first)
    pace.begin(second)
    pace.end(first, number, None, None)
    assert [(state.deployment, state.running) for state in pace.states()] == [("beta/small", 1)]
