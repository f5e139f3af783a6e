"""What is special about affinity in memory: how much of it is kept, and for how long."""

from __future__ import annotations

import pytest

from lanewise.limits import affinity as module
from lanewise.limits.affinity import MemoryAffinity
from walking import CALLER, SetClock, request


def last(affinity: MemoryAffinity, words: str) -> str | None:
    return affinity.last(request(opening=words, continues=True), CALLER, "standard")


def keep(affinity: MemoryAffinity, words: str) -> None:
    affinity.keep(request(opening=words), CALLER, "standard", "alpha/small")


def test_of_too_many_conversations_the_one_that_was_silent_longest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MOST", 3)
    affinity = MemoryAffinity(SetClock())
    for words in ("first", "second", "third", "first", "fourth"):
        keep(affinity, words)
    kept = [words for words in ("first", "second", "third", "fourth") if last(affinity, words) is not None]
    assert kept == ["first", "third", "fourth"]


def test_after_an_hour_no_vendor_has_a_prefix_in_its_cache_any_more() -> None:
    clock = SetClock()
    affinity = MemoryAffinity(clock)
    keep(affinity, "first")
    clock.time_s += 3_599
    assert last(affinity, "first") == "alpha/small"
    clock.time_s += 2
    assert last(affinity, "first") is None
    clock.time_s -= 2  # forgotten for good, not only passed over
    assert last(affinity, "first") is None
